-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id. Unless $6 is 0 a row also confirms that
-- the session $6 is the actor's and lives, and that the role is still $7, of version $8 and stamp $9, as
-- session/authorise.sql told them.
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
WHERE c.id = $5 AND ($1 OR $2 AND s.is_own OR $3 AND s.is_assigned)
AND ($6::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = $6 AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = $4 AND r.id = $7 AND r.version = $8 AND r.xmin::text = $9))
