INSERT INTO users (username, full_name, email, role_id, password_hash, is_active, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, true, now(), now())
RETURNING id
