-- $1 any, $2 own, $3 assigned: the reach of the actor $4 on clients; $5 the id. The company's first $6 clients
-- come along, one a row. Unless $7 is 0 a row also confirms that
-- the session $7 is the actor's and lives, and that the role is still $8, of version $9 and stamp $10, as
-- session/authorise.sql told them.
SELECT y.id, y.name, y.created_at, y.updated_at, y.version,
	CASE WHEN $1 OR $2 OR $3 THEN (
		SELECT count(*) FROM client n WHERE n.company_id = y.id AND ($1 OR $2 AND n.commercial_id = $4 OR $3 AND EXISTS (
			SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = n.id AND e.support_contact_id = $4))) END AS clients,
	coalesce(c.id, 0) AS "client.id", coalesce(c.full_name, '') AS "client.full_name", coalesce(c.email, '') AS "client.email",
	c.phone AS "client.phone", y.id AS "client.company_id", y.name AS "client.company",
	coalesce(c.commercial_id, 0) AS "client.commercial_id", coalesce(c.commercial, '') AS "client.commercial",
	coalesce(c.first_contact_date, y.created_at) AS "client.first_contact_date", c.last_contact_date AS "client.last_contact_date",
	coalesce(c.created_at, y.created_at) AS "client.created_at", coalesce(c.updated_at, y.created_at) AS "client.updated_at",
	coalesce(c.version, 0) AS "client.version", coalesce(c.is_own, false) AS "client.is_own", coalesce(c.is_assigned, false) AS "client.is_assigned"
FROM company y
LEFT JOIN LATERAL (
	SELECT c.id, c.full_name, c.email, c.phone, c.commercial_id, u.username AS commercial,
		c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version, s.is_own, s.is_assigned
	FROM client c
	LEFT JOIN users u ON u.id = c.commercial_id
	CROSS JOIN LATERAL (
		SELECT c.commercial_id = $4 AS is_own,
			EXISTS (SELECT FROM contract k JOIN event e ON e.contract_id = k.id
				WHERE k.client_id = c.id AND e.support_contact_id = $4) AS is_assigned
	) s
	WHERE c.company_id = y.id AND ($1 OR $2 AND s.is_own OR $3 AND s.is_assigned)
	ORDER BY c.id
	LIMIT $6
) c ON true
WHERE y.id = $5
AND ($7::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = $7 AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = $4 AND r.id = $8 AND r.version = $9 AND r.xmin::text = $10))
ORDER BY c.id
