-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id. $6 any, $7 own, $8 assigned: their reach
-- on contracts, of which the client's first $9 come along, one a row. Unless $10 is 0 a row also confirms that
-- the session $10 is the actor's and lives, and that the role is still $11, of version $12 and stamp $13, as
-- session/authorise.sql told them.
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company,
	c.commercial_id, u.username AS commercial, c.first_contact_date, c.last_contact_date,
	c.created_at, c.updated_at, c.version, s.is_own, s.is_assigned,
	coalesce(k.id, 0) AS "contract.id", c.id AS "contract.client_id", c.full_name AS "contract.client",
	coalesce(k.commercial_id, 0) AS "contract.commercial_id", coalesce(k.commercial, '') AS "contract.commercial",
	CASE WHEN k.id IS NULL THEN 0 ELSE k.total_amount END AS "contract.total_amount", CASE WHEN k.id IS NULL THEN 0 ELSE k.remaining_amount END AS "contract.remaining_amount",
	coalesce(k.is_signed, false) AS "contract.is_signed", coalesce(k.is_fully_paid, false) AS "contract.is_fully_paid",
	coalesce(k.created_at, c.created_at) AS "contract.created_at", coalesce(k.updated_at, c.created_at) AS "contract.updated_at",
	coalesce(k.version, 0) AS "contract.version", s.is_own AS "contract.is_own", coalesce(k.is_assigned, false) AS "contract.is_assigned"
FROM client c
LEFT JOIN users u ON u.id = c.commercial_id
LEFT JOIN company y ON y.id = c.company_id
CROSS JOIN LATERAL (
	SELECT c.commercial_id = $4 AS is_own,
		EXISTS (SELECT FROM contract k JOIN event e ON e.contract_id = k.id
			WHERE k.client_id = c.id AND e.support_contact_id = $4) AS is_assigned
	OFFSET 0 -- once, not for each row that comes along
) s
LEFT JOIN LATERAL (
	SELECT k.id, k.commercial_id, o.username AS commercial, k.total_amount, k.remaining_amount,
		k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, t.is_assigned
	FROM contract k
	LEFT JOIN users o ON o.id = k.commercial_id
	CROSS JOIN LATERAL (
		SELECT EXISTS (SELECT FROM event e WHERE e.contract_id = k.id AND e.support_contact_id = $4) AS is_assigned
	) t
	WHERE k.client_id = c.id AND ($6 OR $7 AND s.is_own OR $8 AND t.is_assigned)
	ORDER BY k.id
	LIMIT $9
) k ON true
WHERE c.id = $5 AND ($1 OR $2 AND s.is_own OR $3 AND s.is_assigned)
AND ($10::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = $10 AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = $4 AND r.id = $11 AND r.version = $12 AND r.xmin::text = $13))
ORDER BY k.id
