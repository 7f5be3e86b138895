delete from event where id = $1 returning id
