with ended as (
	update session set ended_at = clock_timestamp(), end_reason = $2 where id = $1 and ended_at is null returning id
)
select count(*) from ended
