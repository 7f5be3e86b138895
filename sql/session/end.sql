WITH ended AS (
	UPDATE session SET ended_at = clock_timestamp(), end_reason = $2 WHERE id = $1 AND ended_at IS NULL RETURNING id
)
SELECT count(*) FROM ended
