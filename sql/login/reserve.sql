-- Counts an attempt unless it comes too early. $2 is after how many seconds failures are forgotten.
with forgotten as ( -- of others too, that the table stays small
	delete from login_attempt
	where username in (
		select username from login_attempt
		where last_at < clock_timestamp() - make_interval(secs => $2) and username <> lower($1)
		limit 100
		for update skip locked
	)
)
insert into login_attempt as a (username, failures, last_at, next_at)
values (lower($1), 1, clock_timestamp(), clock_timestamp())
on conflict (username) do update set (failures, last_at, next_at) = (
	select
		case when forgotten then 1 when early then a.failures else a.failures + 1 end,
		case when early and not forgotten then a.last_at else clock_timestamp() end,
		case when forgotten then clock_timestamp() else a.next_at end
	from (select a.last_at < clock_timestamp() - make_interval(secs => $2) as forgotten, a.next_at > clock_timestamp() as early) as x
)
returning failures, extract(epoch from next_at - clock_timestamp())::float8 as wait
