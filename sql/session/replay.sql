-- A token that was replaced before ends its session. No row: nobody knows the token.
WITH replayed AS (
	SELECT s.id, s.user_id, s.ended_at
	FROM session_token t
	JOIN session s ON s.id = t.session_id
	WHERE t.token_hash = $1
	FOR UPDATE OF s
), ended AS (
	UPDATE session s SET ended_at = clock_timestamp(), end_reason = 'replay'
	FROM replayed
	WHERE s.id = replayed.id AND s.ended_at IS NULL
)
SELECT 'replayed' AS outcome, id AS session_id, user_id FROM replayed
