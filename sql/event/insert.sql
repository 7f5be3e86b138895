-- The contract is signed, and stays so until the transaction ends. No row: it is not, or not there.
with held as (
	select id, is_signed from contract where id = $2 for share
)
insert into event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at)
select $1, id, $3, $4, $5, $6, $7, nullif($8, ''), now(), now()
from held
where is_signed
returning id
