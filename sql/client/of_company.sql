-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the company, $6 limit
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company,
	c.commercial_id, u.username AS commercial, c.first_contact_date, c.last_contact_date,
	c.created_at, c.updated_at, c.version, s.is_own, s.is_assigned
FROM client c
JOIN users u ON u.id = c.commercial_id
LEFT JOIN company y ON y.id = c.company_id
CROSS JOIN LATERAL (
	SELECT c.commercial_id = $4 AS is_own,
		EXISTS (SELECT FROM contract k JOIN event e ON e.contract_id = k.id
			WHERE k.client_id = c.id AND e.support_contact_id = $4) AS is_assigned
) s
WHERE c.company_id = $5 AND ($1 OR $2 AND s.is_own OR $3 AND s.is_assigned)
ORDER BY c.id
LIMIT $6
