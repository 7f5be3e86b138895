select exists (select from company where id = $1)
