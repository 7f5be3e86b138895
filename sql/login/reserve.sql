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
on conflict (username) do update set
	failures = case
		when a.last_at < clock_timestamp() - make_interval(secs => $2) then 1
		when a.next_at > clock_timestamp() then a.failures
		else a.failures + 1 end,
	last_at = case when a.next_at > clock_timestamp() then a.last_at else clock_timestamp() end
returning failures, extract(epoch from next_at - clock_timestamp())::float8 as wait
