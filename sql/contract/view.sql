-- $1 any, $2 own, $3 assigned: the reach of the actor $4; $5 the id. $6 any, $7 own, $8 assigned: their reach
-- on events, of which the contract's first $9 come along, one a row. Unless $10 is 0 a row also confirms that
-- the session $10 is the actor's and lives, and that the role is still $11, of version $12 and stamp $13, as
-- session/authorise.sql told them.
SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial,
	o.username AS owner, k.total_amount, k.remaining_amount, k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version,
	s.is_own, s.is_assigned,
	coalesce(e.id, 0) AS "event.id", coalesce(e.title, '') AS "event.title", k.id AS "event.contract_id",
	k.client_id AS "event.client_id", c.full_name AS "event.client", c.commercial_id AS "event.commercial_id", o.username AS "event.commercial",
	coalesce(e.full_address, '') AS "event.full_address", e.support_contact_id AS "event.support_contact_id",
	coalesce(e.support_contact, '') AS "event.support_contact",
	coalesce(e.start_date, k.created_at) AS "event.start_date", coalesce(e.end_date, k.created_at) AS "event.end_date",
	coalesce(e.participant_count, 0) AS "event.participant_count", coalesce(e.notes, '') AS "event.notes",
	coalesce(e.created_at, k.created_at) AS "event.created_at", coalesce(e.updated_at, k.created_at) AS "event.updated_at",
	coalesce(e.version, 0) AS "event.version", s.is_own AS "event.is_own", coalesce(e.is_assigned, false) AS "event.is_assigned"
FROM contract k
LEFT JOIN client c ON c.id = k.client_id -- a predecessor's row may refer to nothing
LEFT JOIN users u ON u.id = k.commercial_id
LEFT JOIN users o ON o.id = c.commercial_id
CROSS JOIN LATERAL (
	SELECT c.commercial_id = $4 AS is_own,
		EXISTS (SELECT FROM event e WHERE e.contract_id = k.id AND e.support_contact_id = $4) AS is_assigned
	OFFSET 0 -- once, not for each row that comes along
) s
LEFT JOIN LATERAL (
	SELECT e.id, e.title, e.full_address, e.support_contact_id, h.username AS support_contact, e.start_date, e.end_date,
		e.participant_count, e.notes, e.created_at, e.updated_at, e.version,
		e.support_contact_id IS NOT DISTINCT FROM $4 AS is_assigned
	FROM event e
	LEFT JOIN users h ON h.id = e.support_contact_id
	WHERE e.contract_id = k.id AND ($6 OR $7 AND s.is_own OR $8 AND e.support_contact_id = $4)
	ORDER BY e.id
	LIMIT $9
) e ON true
WHERE k.id = $5 AND ($1 OR $2 AND s.is_own OR $3 AND s.is_assigned)
AND ($10::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = $10 AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = $4 AND r.id = $11 AND r.version = $12 AND r.xmin::text = $13))
ORDER BY e.id
