-- The contract is signed, and stays so until the transaction ends. No row: it is not, or not there.
WITH held AS (
	SELECT id, is_signed FROM contract WHERE id = $2 FOR SHARE
)
INSERT INTO event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at)
SELECT $1, id, $3, $4, $5, $6, $7, nullif($8, ''), now(), now()
FROM held
WHERE is_signed
RETURNING id
