-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id
select c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') as company,
	c.commercial_id, u.username as commercial, c.first_contact_date, c.last_contact_date,
	c.created_at, c.updated_at, c.version, s.is_own, s.is_assigned
from client c
join users u on u.id = c.commercial_id
left join company y on y.id = c.company_id
cross join lateral (
	select c.commercial_id = $4 as is_own,
		exists (select from contract k join event e on e.contract_id = k.id
			where k.client_id = c.id and e.support_contact_id = $4) as is_assigned
) s
where c.id = $5 and ($1 or $2 and s.is_own or $3 and s.is_assigned)
