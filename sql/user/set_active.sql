update users set is_active = $3 where id = $1 and version = $2 returning id
