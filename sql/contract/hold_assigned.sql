-- An event through which the contract $1 is assigned to the user $2 stays so until the transaction ends.
SELECT e.id
FROM event e
WHERE e.contract_id = $1 AND e.support_contact_id = $2
ORDER BY e.id
LIMIT 1
FOR SHARE
