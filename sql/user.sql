-- Users, active or not.

-- name: available
-- Active support users who can look after an event at a time. It tells whether another event keeps them from it, and the first one that does.
-- It also tells how many events they have in the week around it. Those who are free come first, then who has the fewest. They are those whom a search finds. Of
-- an event that is not within the reach on events nothing is told but when it is.
SELECT u.id, u.username, u.full_name, u.email, u.role_id, u.role, u.is_active, u.last_login, u.created_at, u.updated_at, u.version, w.events,
	b.id IS NOT NULL AS busy, coalesce(b.id, 0) AS event_id, coalesce(b.seen, false) AS event_seen, coalesce(CASE WHEN b.seen THEN b.title END, '') AS event_title,
	b.start_date AS event_start, b.end_date AS event_end
FROM users_found('{support}', false, @parts, @digits) u
CROSS JOIN LATERAL (SELECT count(*) AS events FROM clashes(u.id, @week_from, @week_before, @but) c) w
LEFT JOIN LATERAL (
	SELECT v.id, v.title, v.start_date, v.end_date, @any OR @own AND v.commercial_id = @actor OR @assigned AND v.support_contact_id = @actor AS seen
	FROM (SELECT c.id FROM clashes(u.id, @from, @before, @but) c ORDER BY c.start_date, c.id LIMIT 1) c
	CROSS JOIN LATERAL one_event(c.id) v
) b ON true
WHERE u.is_active
ORDER BY b.id IS NOT NULL, w.events, u.username COLLATE "C", u.id
LIMIT nullif(@limit, 0)

-- name: choose_password
-- Whoever logged in with a password that somebody else chose has their own from here on. No row: it is another one by now, or the user is not
-- active.
UPDATE users SET password_hash = @new_hash WHERE id = @id AND password_hash = @old_hash AND is_active RETURNING id

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (SELECT FROM users_found(@roles, @inactive, @parts, @digits) v LIMIT nullif(@limit, 0)) f

-- name: delete
DELETE FROM users WHERE id = @id RETURNING id

-- name: hold
-- The user stays as they are until the transaction ends.
SELECT u.username, u.is_active, (SELECT r.name FROM role r WHERE r.id = u.role_id) AS role
FROM users u
WHERE u.id = @id
FOR SHARE OF u

-- name: insert
INSERT INTO users (username, full_name, email, role_id, password_hash, is_active, created_at, updated_at)
VALUES (@username, @full_name, @email, @role_id, @password_hash, true, now(), now())
RETURNING id

-- name: left_behind
-- What refers to the user, as far as the actor may be told; of events those that have not ended.
SELECT
	(SELECT count(*) FROM client c CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
		WHERE c.commercial_id = @id AND (@clients_any OR @clients_own AND r.is_own OR @clients_assigned AND r.is_assigned)) AS clients,
	(SELECT count(*) FROM contract_shown k
		WHERE k.commercial_id = @id AND k.has_client AND (@contracts_any OR @contracts_own AND k.owner_id = @actor OR @contracts_assigned AND EXISTS (
			SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = k.id))) AS contracts,
	(SELECT count(*) FROM event_shown e
		WHERE e.support_contact_id = @id AND e.end_date > @now AND e.cancelled_at IS NULL
		AND (@events_any OR @events_own AND e.commercial_id = @actor OR @events_assigned AND e.support_contact_id = @actor)) AS events

-- name: list
-- A page of users of some roles, or of all.
WITH place AS (
	SELECT k.text_key COLLATE "C" AS text_key, k.moment_key, k.number_key, p.id
	FROM user_shown p
	CROSS JOIN LATERAL user_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.text_key COLLATE "C", g.moment_key, g.number_key::bigint, @after FROM given_keys(@after_key, @kind, @descending) g
)
SELECT v.id, v.username, v.full_name, v.email, v.role_id, v.role, v.is_active, v.last_login,
	v.created_at, v.updated_at, v.version
FROM users_found(@roles, @inactive, @parts, @digits) v
CROSS JOIN LATERAL user_keys(v, @sort, @descending) k
WHERE (@after = 0 OR CASE @kind
	WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
	WHEN 'text' THEN CASE
		WHEN @descending THEN (k.text_key COLLATE "C", v.id) < (SELECT p.text_key, p.id FROM place p)
		ELSE (k.text_key COLLATE "C", v.id) > (SELECT p.text_key, p.id FROM place p) END
	WHEN 'moment' THEN CASE
		WHEN @descending THEN (k.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
		ELSE (k.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
	WHEN 'number' THEN CASE WHEN @descending
		THEN (k.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
		ELSE (k.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT @descending THEN k.text_key COLLATE "C" END, CASE WHEN @descending THEN k.text_key COLLATE "C" END DESC,
	CASE WHEN NOT @descending THEN k.moment_key END, CASE WHEN @descending THEN k.moment_key END DESC,
	CASE WHEN NOT @descending THEN k.number_key END, CASE WHEN @descending THEN k.number_key END DESC,
	CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
LIMIT nullif(@limit, 0)

-- name: lock
SELECT username FROM users WHERE id = @id FOR UPDATE

-- name: may_keep
-- The password is the user's own choice from here on.
WITH kept AS (DELETE FROM first_password WHERE user_id = @id RETURNING user_id)
SELECT count(*) FROM kept

-- name: must_change
-- The user changes the password when they log in with it.
INSERT INTO first_password (user_id) VALUES (@id) ON CONFLICT (user_id) DO UPDATE SET user_id = excluded.user_id RETURNING user_id

-- name: named
-- Where not any, those users whom a client or an event in sight of the actor names. They are looked for BETWEEN, not by
-- equality. So who has many records is found at once in the table too. Who has none would by equality be looked for in
-- all of it.
SELECT u.id, u.username AS name
FROM users u
WHERE u.id = ANY (@ids) AND (@any OR u.id = @actor
	OR EXISTS (
		SELECT FROM client c CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
		WHERE c.commercial_id BETWEEN u.id AND u.id AND (@clients_any OR @clients_own AND r.is_own OR @clients_assigned AND r.is_assigned))
	OR EXISTS (
		SELECT FROM event_shown e
		WHERE e.support_contact_id BETWEEN u.id AND u.id
		AND (@events_any OR @events_own AND e.commercial_id = @actor OR @events_assigned AND e.support_contact_id = @actor)))

-- name: references
SELECT 'client' AS noun, count(*) AS n FROM client WHERE commercial_id = @id
UNION ALL
SELECT 'contract', count(*) FROM contract WHERE commercial_id = @id
UNION ALL
SELECT 'event', count(*) FROM event WHERE support_contact_id = @id
UNION ALL
SELECT 'note', count(*) FROM note WHERE author_id = @id
ORDER BY noun

-- name: renew_hash
-- The history is told that it is the same password.
WITH renewed AS (
	UPDATE users SET password_hash = @new_hash
	FROM (SELECT set_config('epev.renews_hash', 'on', true)) AS setting
	WHERE id = (SELECT id FROM users WHERE id = @id AND password_hash = @old_hash FOR NO KEY UPDATE SKIP LOCKED)
	RETURNING id
)
SELECT EXISTS (SELECT FROM renewed)

-- name: set_active
UPDATE users SET is_active = @active WHERE id = @id AND version = @version RETURNING id

-- name: set_password
UPDATE users SET password_hash = @password_hash WHERE id = @id RETURNING id

-- name: touch_login
-- Bookkeeping does not wait: whoever holds the row, perhaps this very person's --atomic script, goes first.
WITH touched AS (
	UPDATE users SET last_login = now()
	WHERE id = (SELECT id FROM users WHERE id = @id FOR NO KEY UPDATE SKIP LOCKED)
	RETURNING id
)
SELECT count(*) FROM touched

-- name: update
UPDATE users SET username = coalesce(nullif(@username, ''), username), full_name = coalesce(nullif(@full_name, ''), full_name), email = coalesce(nullif(@email, ''), email), role_id = @role_id
WHERE id = @id AND version = @version
RETURNING id

-- name: view
-- The user @id, or where that is 0, of the name @name.
SELECT u.id, u.username, u.full_name, u.email, u.role_id, u.role, u.is_active, u.last_login, u.created_at, u.updated_at, u.version
FROM user_shown u
WHERE u.id = @id OR @id = 0 AND u.username = @name
