UPDATE users SET username = coalesce(nullif($3, ''), username), full_name = coalesce(nullif($4, ''), full_name), email = coalesce(nullif($5, ''), email), role_id = $6
WHERE id = $1 AND version = $2
RETURNING id
