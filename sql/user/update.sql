update users set username = $3, full_name = $4, email = $5, role_id = $6
where id = $1 and version = $2
returning id
