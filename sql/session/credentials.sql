select id, username, password_hash, is_active from users where username = $1
