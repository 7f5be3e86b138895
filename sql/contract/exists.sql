select exists (select from contract where id = $1)
