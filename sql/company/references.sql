select count(*) as clients, 0 as contracts, 0 as events from client where company_id = $1
