-- Who writes, for the history, and the mark $5 of the transaction, by which the history tells its commit. Of that
-- mark it also holds a lock, from before anything else until it is over. With a session $1, its user and role stay as they
-- are until then, too. No role: the session has no rights any more, or the role was changed for another one while
-- this waited for the user. After such a wait the session is as it was before.
WITH alone AS MATERIALIZED (
	SELECT pg_advisory_xact_lock($5::bigint)
), held AS (
	SELECT u.xmin::text AS user_stamp, r.id AS role_id, r.version, r.xmin::text AS stamp
	FROM session s
	JOIN users u ON u.id = s.user_id
	JOIN role r ON r.id = u.role_id
	WHERE s.id = (SELECT $1::bigint FROM alone) AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
	FOR SHARE OF u, r
)
SELECT whereabouts() AS place, user_stamp, role_id, version, stamp
FROM (SELECT
	set_config('epev.actor_id', $2, true),
	set_config('epev.actor', $3, true),
	set_config('epev.session_id', $4, true),
	set_config('epev.mark', (SELECT $5::bigint FROM alone)::text, true)) AS settings
LEFT JOIN held ON true
