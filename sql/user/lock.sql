select username from users where id = $1 for update
