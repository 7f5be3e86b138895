-- The contract keeps its signature, and whose it is, until the transaction ends.
SELECT k.is_signed
FROM contract k
JOIN client c ON c.id = k.client_id
WHERE k.id = $1
FOR SHARE OF c, k
