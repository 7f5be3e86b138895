select id from company where id = $1 for update
