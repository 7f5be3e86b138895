with ended as (
	update session set ended_at = clock_timestamp(), end_reason = $3
	where id in (select id from session where user_id = $1 and id <> $2 and ended_at is null order by id for update)
	returning id
)
select count(*) from ended
