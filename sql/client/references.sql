select 0 as clients, count(*) as contracts, 0 as events from contract where client_id = $1
