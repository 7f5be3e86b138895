UPDATE session SET secret_hash = $2 WHERE id = $1 RETURNING id
