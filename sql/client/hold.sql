-- The client keeps its commercial until the transaction ends.
select commercial_id from client where id = $1 for share
