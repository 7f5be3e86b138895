-- All contracts of a client go to its commercial.
with moved as (
	update contract set commercial_id = $2 where client_id = $1 and commercial_id <> $2 returning id
)
select count(*) from moved
