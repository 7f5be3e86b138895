insert into company (name, created_at, updated_at) values ($1, now(), now()) returning id
