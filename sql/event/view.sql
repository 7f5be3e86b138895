-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id. $6 any, $7 own, $8 assigned: their reach on
-- clients, of which one in sight has its e-mail address and phone told. Unless $9 is 0 a row also confirms that
-- the session $9 is the actor's and lives, and that the role is still $10, of version $11 and stamp $12, as
-- session/authorise.sql told them.
SELECT e.id, e.title, e.contract_id, k.client_id, c.full_name AS client,
	CASE WHEN s.told THEN c.email ELSE '' END AS client_email, coalesce(CASE WHEN s.told THEN c.phone END, '') AS client_phone, c.commercial_id, u.username AS commercial,
	e.full_address, e.support_contact_id, coalesce(h.username, '') AS support_contact, e.start_date, e.end_date,
	e.participant_count, coalesce(e.notes, '') AS notes, e.created_at, e.updated_at, e.version,
	c.commercial_id = $4 AS is_own, e.support_contact_id IS NOT DISTINCT FROM $4 AS is_assigned
FROM event e
LEFT JOIN contract k ON k.id = e.contract_id -- a predecessor's row may refer to nothing
LEFT JOIN client c ON c.id = k.client_id
LEFT JOIN users u ON u.id = c.commercial_id
LEFT JOIN users h ON h.id = e.support_contact_id
CROSS JOIN LATERAL (
	SELECT $6 OR $7 AND c.commercial_id = $4 OR $8 AND EXISTS (
		SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = c.id AND e.support_contact_id = $4) AS told
) s
WHERE e.id = $5 AND ($1 OR $2 AND c.commercial_id = $4 OR $3 AND e.support_contact_id = $4)
AND ($9::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = $9 AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = $4 AND r.id = $10 AND r.version = $11 AND r.xmin::text = $12))
