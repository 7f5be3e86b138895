-- Whether the user $1, or the users of role $2, are the only active ones who hold role:assign. $3 is the
-- role that the user moves to, or 0.
WITH assigner AS (
	SELECT g.role_id
	FROM role_permission g
	JOIN permission p ON p.id = g.permission_id
	WHERE p.name = 'role:assign'
), holder AS (
	SELECT u.id, u.id = $1 OR u.role_id = $2 AS loses
	FROM users u
	WHERE u.is_active AND u.role_id IN (SELECT role_id FROM assigner)
)
SELECT $3 NOT IN (SELECT role_id FROM assigner) AND coalesce(bool_and(loses), false) FROM holder
