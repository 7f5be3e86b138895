-- The commercial is the client's, and stays so until the transaction ends; $2 is the one that was given,
-- or 0. No row: there is no such client, or another commercial was given.
with held as (
	select id, commercial_id from client where id = $1 for share
)
insert into contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at, updated_at)
select id, commercial_id, $3::numeric, $4::numeric, $5, $6, now(), now()
from held
where $2 in (0, commercial_id)
returning id
