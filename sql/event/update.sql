UPDATE event SET title = $3, contract_id = $4, full_address = $5, support_contact_id = $6, start_date = $7, end_date = $8,
	participant_count = $9, notes = nullif($10, '')
WHERE id = $1 AND version = $2
RETURNING id
