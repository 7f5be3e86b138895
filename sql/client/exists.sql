select exists (select from client where id = $1)
