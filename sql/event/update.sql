UPDATE event SET title = coalesce(nullif($3, ''), title), contract_id = $4, full_address = coalesce(nullif($5, ''), full_address),
	support_contact_id = $6, start_date = coalesce($7, start_date), end_date = coalesce($8, end_date),
	participant_count = $9, notes = nullif($10, '')
WHERE id = $1 AND version = $2
RETURNING id
