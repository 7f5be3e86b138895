-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id. Unless $6 is 0 a row also confirms that
-- the session $6 is the actor's and lives, and that the role is still $7, of version $8 and stamp $9, as
-- session/authorise.sql told them.
SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial,
	k.total_amount, k.remaining_amount, k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, s.is_own, s.is_assigned
FROM contract k
JOIN client c ON c.id = k.client_id
JOIN users u ON u.id = k.commercial_id
CROSS JOIN LATERAL (
	SELECT c.commercial_id = $4 AS is_own,
		EXISTS (SELECT FROM event e WHERE e.contract_id = k.id AND e.support_contact_id = $4) AS is_assigned
) s
WHERE k.id = $5 AND ($1 OR $2 AND s.is_own OR $3 AND s.is_assigned)
AND ($6::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = $6 AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = $4 AND r.id = $7 AND r.version = $8 AND r.xmin::text = $9))
