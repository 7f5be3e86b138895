UPDATE client SET commercial_id = $3 WHERE id = $1 AND version = $2 RETURNING id
