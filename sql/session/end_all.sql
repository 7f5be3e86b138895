WITH ended AS (
	UPDATE session SET ended_at = clock_timestamp(), end_reason = $3
	WHERE id IN (SELECT id FROM session WHERE user_id = $1 AND id <> $2 AND ended_at IS NULL ORDER BY id FOR UPDATE)
	RETURNING id
)
SELECT count(*) FROM ended
