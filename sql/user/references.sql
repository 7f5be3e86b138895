select
	(select count(*) from client where commercial_id = $1) as clients,
	(select count(*) from contract where commercial_id = $1) as contracts,
	(select count(*) from event where support_contact_id = $1) as events
