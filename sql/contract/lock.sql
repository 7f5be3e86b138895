select is_signed from contract where id = $1 for update
