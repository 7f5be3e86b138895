-- All contracts of a client go to its commercial.
WITH moved AS (
	UPDATE contract SET commercial_id = $2 WHERE client_id = $1 AND commercial_id IS DISTINCT FROM $2 RETURNING id
)
SELECT count(*) FROM moved
