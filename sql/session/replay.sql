-- A token that was replaced before ends its session, which the history tells as of the session itself: nobody knows
-- who showed it. No row: nobody knows the token.
WITH replayed AS (
	SELECT s.id, s.user_id, u.username
	FROM session_token t
	JOIN session s ON s.id = t.session_id
	JOIN users u ON u.id = s.user_id
	WHERE t.token_hash = $1
	FOR UPDATE OF s
), named AS MATERIALIZED (
	SELECT id, set_config('epev.actor_id', user_id::text, true), set_config('epev.actor', username, true), set_config('epev.session_id', id::text, true)
	FROM replayed
), ended AS (
	UPDATE session s SET ended_at = clock_timestamp(), end_reason = 'replay'
	FROM named
	WHERE s.id = named.id AND s.ended_at IS NULL
)
SELECT 'replayed' AS outcome, id AS session_id, user_id FROM replayed
