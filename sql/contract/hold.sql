-- The contract keeps its signature until the transaction ends.
select is_signed from contract where id = $1 for share
