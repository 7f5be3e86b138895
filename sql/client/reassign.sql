update client set commercial_id = $3 where id = $1 and version = $2 returning id
