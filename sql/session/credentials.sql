SELECT id, username, password_hash, is_active FROM users WHERE username = $1
