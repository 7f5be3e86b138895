insert into users (username, full_name, email, role_id, password_hash, is_active, created_at, updated_at)
values ($1, $2, $3, $4, $5, true, now(), now())
returning id
