UPDATE contract SET client_id = $3, commercial_id = $4, total_amount = $5, remaining_amount = $6,
	is_signed = $7, is_fully_paid = $8
WHERE id = $1 AND version = $2
RETURNING id
