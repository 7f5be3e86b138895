-- Nobody else changes the event, nor whose it is, until the transaction ends.
SELECT e.id
FROM event e
JOIN contract k ON k.id = e.contract_id
JOIN client c ON c.id = k.client_id
WHERE e.id = $1
FOR SHARE OF c, k FOR UPDATE OF e
