delete from client where id = $1 returning id
