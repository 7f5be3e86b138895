select id from client where id = $1 for update
