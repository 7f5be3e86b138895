UPDATE client SET full_name = coalesce(nullif($3, ''), full_name), email = coalesce(nullif($4, ''), email), phone = $5, company_id = $6,
	first_contact_date = coalesce($7, first_contact_date), last_contact_date = $8
WHERE id = $1 AND version = $2
RETURNING id
