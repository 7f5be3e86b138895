-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id
select k.id, k.client_id, c.full_name as client, k.commercial_id, u.username as commercial,
	k.total_amount, k.remaining_amount, k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, s.is_own, s.is_assigned
from contract k
join client c on c.id = k.client_id
join users u on u.id = k.commercial_id
cross join lateral (
	select c.commercial_id = $4 as is_own,
		exists (select from event e where e.contract_id = k.id and e.support_contact_id = $4) as is_assigned
) s
where k.id = $5 and ($1 or $2 and s.is_own or $3 and s.is_assigned)
