SELECT count(*) AS clients, 0 AS contracts, 0 AS events FROM client WHERE company_id = $1
