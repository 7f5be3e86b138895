-- An event through which the client $1 is assigned to the user $2 stays so until the transaction ends.
SELECT e.id
FROM contract k
JOIN event e ON e.contract_id = k.id
WHERE k.client_id = $1 AND e.support_contact_id = $2
ORDER BY e.id
LIMIT 1
FOR SHARE OF k, e
