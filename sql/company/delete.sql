delete from company where id = $1 returning id
