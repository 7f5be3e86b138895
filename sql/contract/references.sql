SELECT 0 AS clients, 0 AS contracts, count(*) AS events FROM event WHERE contract_id = $1
