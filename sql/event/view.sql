-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id
select e.id, e.title, e.contract_id, k.client_id, c.full_name as client, c.commercial_id, u.username as commercial,
	e.full_address, e.support_contact_id, coalesce(h.username, '') as support_contact, e.start_date, e.end_date,
	e.participant_count, coalesce(e.notes, '') as notes, e.created_at, e.updated_at, e.version,
	c.commercial_id = $4 as is_own, e.support_contact_id is not distinct from $4 as is_assigned
from event e
join contract k on k.id = e.contract_id
join client c on c.id = k.client_id
join users u on u.id = c.commercial_id
left join users h on h.id = e.support_contact_id
where e.id = $5 and ($1 or $2 and c.commercial_id = $4 or $3 and e.support_contact_id = $4)
