SELECT 0 AS clients, count(*) AS contracts, 0 AS events FROM contract WHERE client_id = $1
