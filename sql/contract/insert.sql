-- The commercial is the client's, and stays so until the transaction ends; $2 is the one that was given,
-- or 0. No row: there is no such client, or another commercial was given.
WITH held AS (
	SELECT id, commercial_id FROM client WHERE id = $1 FOR SHARE
)
INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at, updated_at)
SELECT id, commercial_id, $3::numeric, $4::numeric, $5, $6, now(), now()
FROM held
WHERE $2::bigint IN (0, commercial_id)
RETURNING id
