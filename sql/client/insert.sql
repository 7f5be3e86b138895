INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, now(), now())
RETURNING id
