-- The contract keeps its signature until the transaction ends.
SELECT is_signed FROM contract WHERE id = $1 FOR SHARE
