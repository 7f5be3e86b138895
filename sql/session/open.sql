insert into session (user_id, token_hash, expires_at)
select id, $2, $3 from users where id = $1 and is_active
returning id
