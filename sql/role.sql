-- Roles and their permissions.

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (SELECT FROM roles_found(@parts, @digits) v LIMIT nullif(@limit, 0)) f

-- name: grant
-- No row: there is no such role. False: it holds the permission already. The role is held first, so that
-- the history tells of the grant after whatever was still done without it.
with held as (
	select id from role where id = @id for no key update
), named as (
	insert into permission (name) values (@code) on conflict (name) do nothing returning id
), granted as (
	insert into role_permission (role_id, permission_id)
	select r.id, p.id
	from held r
	cross join (select id from named union all select id from permission where name = @code) p
	on conflict do nothing
	returning role_id
)
select exists (select from granted) from held

-- name: holding
SELECT ARRAY(
	SELECT DISTINCT r.name COLLATE "C"
	FROM role r
	JOIN role_permission g ON g.role_id = r.id
	JOIN permission p ON p.id = g.permission_id
	WHERE p.name = ANY (@codes::text[])
	ORDER BY 1
)

-- name: last_assigner
-- Whether the user, or the users of @role, are the only active ones who hold role:assign. They move to @new_role, or to none with 0.
WITH assigner AS (
	SELECT g.role_id
	FROM role_permission g
	JOIN permission p ON p.id = g.permission_id
	WHERE p.name = 'role:assign'
), holder AS (
	SELECT u.id, u.id = @user OR u.role_id = @role AS loses
	FROM users u
	WHERE u.is_active AND u.role_id IN (SELECT role_id FROM assigner)
)
SELECT @new_role NOT IN (SELECT role_id FROM assigner) AND coalesce(bool_and(loses), false) FROM holder

-- name: list
WITH place AS (
	SELECT k.text_key COLLATE "C" AS text_key, k.number_key, p.id
	FROM role p
	CROSS JOIN LATERAL role_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.text_key COLLATE "C", g.number_key::bigint, @after FROM given_keys(@after_key, @kind, @descending) g
)
SELECT v.id, v.name, v.version, h.users, h.permissions
FROM roles_found(@parts, @digits) v
CROSS JOIN LATERAL role_holds(v.id) h
CROSS JOIN LATERAL role_keys(v, @sort, @descending) k
WHERE (@after = 0 OR CASE @kind
	WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
	WHEN 'text' THEN CASE
		WHEN @descending THEN (k.text_key COLLATE "C", v.id) < (SELECT p.text_key, p.id FROM place p)
		ELSE (k.text_key COLLATE "C", v.id) > (SELECT p.text_key, p.id FROM place p) END
	WHEN 'number' THEN CASE
		WHEN @descending THEN (k.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
		ELSE (k.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT @descending THEN k.text_key COLLATE "C" END, CASE WHEN @descending THEN k.text_key COLLATE "C" END DESC,
	CASE WHEN NOT @descending THEN k.number_key END, CASE WHEN @descending THEN k.number_key END DESC,
	CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
LIMIT nullif(@limit, 0)

-- name: named
SELECT id, name FROM role WHERE id = ANY (@ids) AND @any

-- name: view
-- The role @id, or where that is 0, of the name @name: whatever its case, where that leaves no doubt.
SELECT r.id, r.name, r.version, h.users, h.permissions
FROM role r
CROSS JOIN LATERAL role_holds(r.id) h
WHERE r.id = @id OR @id = 0 AND (r.name = @name
	OR lower(r.name) = lower(@name) AND (SELECT count(*) FROM role other WHERE lower(other.name) = lower(@name)) = 1)

-- name: revoke
-- No row: there is no such role. False: it does not hold the permission. The role is held first, so that
-- the history tells of the revocation after whatever was still done with it.
with held as (
	select id from role where id = @id for no key update
), revoked as (
	delete from role_permission
	where role_id in (select id from held) and permission_id in (select id from permission where name = @code)
	returning role_id
)
select exists (select from revoked) from held
