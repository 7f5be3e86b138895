UPDATE company SET name = coalesce(nullif($3, ''), name) WHERE id = $1 AND version = $2 RETURNING id
