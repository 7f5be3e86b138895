UPDATE client SET full_name = $3, email = $4, phone = $5, company_id = $6, first_contact_date = $7, last_contact_date = $8
WHERE id = $1 AND version = $2
RETURNING id
