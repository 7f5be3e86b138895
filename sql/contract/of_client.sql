-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the client, $6 limit
SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial,
	k.total_amount, k.remaining_amount, k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, s.is_own, s.is_assigned
FROM contract k
JOIN client c ON c.id = k.client_id
JOIN users u ON u.id = k.commercial_id
CROSS JOIN LATERAL (
	SELECT c.commercial_id = $4 AS is_own,
		EXISTS (SELECT FROM event e WHERE e.contract_id = k.id AND e.support_contact_id = $4) AS is_assigned
) s
WHERE k.client_id = $5 AND ($1 OR $2 AND s.is_own OR $3 AND s.is_assigned)
ORDER BY k.id
LIMIT $6
