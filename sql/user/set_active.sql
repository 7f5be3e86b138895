UPDATE users SET is_active = $3 WHERE id = $1 AND version = $2 RETURNING id
