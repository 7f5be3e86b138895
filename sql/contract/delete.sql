delete from contract where id = $1 returning id
