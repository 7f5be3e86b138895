-- The client keeps its commercial until the transaction ends.
SELECT commercial_id FROM client WHERE id = $1 FOR SHARE
