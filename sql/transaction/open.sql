-- Who writes, for the history, and the number of the transaction. With a session $1, its user and role stay
-- as they are until the transaction ends. No role: the session has no rights any more, or the role was changed
-- for another one while this waited for the user. After such a wait the session is as it was before.
WITH held AS (
	SELECT u.xmin::text AS user_stamp, r.id AS role_id, r.version, r.xmin::text AS stamp
	FROM session s
	JOIN users u ON u.id = s.user_id
	JOIN role r ON r.id = u.role_id
	WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
	FOR SHARE OF u, r
)
SELECT pg_current_xact_id()::text AS xid, user_stamp, role_id, version, stamp
FROM (SELECT
	set_config('epev.actor_id', $2, true),
	set_config('epev.actor', $3, true),
	set_config('epev.session_id', $4, true)) AS settings
LEFT JOIN held ON true
