-- No row: the token is not the present one of a living session.
with living as (
	select s.id, s.user_id
	from session s
	join users u on u.id = s.user_id
	where s.token_hash = $1 and s.ended_at is null and s.expires_at > clock_timestamp() and u.is_active
	for update of s
), replaced as (
	insert into session_token (token_hash, session_id) select $1, id from living
)
update session s set token_hash = $2, expires_at = $3, renewed_at = clock_timestamp()
from living
where s.id = living.id
returning 'rotated' as outcome, s.id as session_id, s.user_id
