UPDATE users SET username = $3, full_name = $4, email = $5, role_id = $6
WHERE id = $1 AND version = $2
RETURNING id
