-- A token that was replaced before ends its session. No row: nobody knows the token.
with replayed as (
	select s.id, s.user_id, s.ended_at
	from session_token t
	join session s on s.id = t.session_id
	where t.token_hash = $1
	for update of s
), ended as (
	update session s set ended_at = clock_timestamp(), end_reason = 'replay'
	from replayed
	where s.id = replayed.id and s.ended_at is null
)
select 'replayed' as outcome, id as session_id, user_id from replayed
