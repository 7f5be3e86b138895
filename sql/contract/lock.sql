-- Nobody else changes the contract, nor whose it is, until the transaction ends. Everybody locks clients, then
-- contracts, then events.
SELECT k.is_signed
FROM contract k
JOIN client c ON c.id = k.client_id
WHERE k.id = $1
FOR SHARE OF c FOR UPDATE OF k
