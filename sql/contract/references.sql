select 0 as clients, 0 as contracts, count(*) as events from event where contract_id = $1
