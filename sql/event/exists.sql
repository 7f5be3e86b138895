select exists (select from event where id = $1)
