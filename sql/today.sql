-- What is to be done today: the first records of each kind, through an index. Of contracts @looked_at are looked at, so that an answer never
-- takes long.

-- name: events
-- Events that the actor supports and that take place in some of a time, the first ones; where @begins, those that begin in it alone. With
-- the ids of those that each clashes with, and the e-mail address and the phone number of the client as the agenda has them.
SELECT v.id, v.title, v.contract_id, v.client_id, v.client, CASE WHEN s.told THEN v.client_email ELSE '' END AS client_email,
	coalesce(CASE WHEN s.told THEN v.client_phone END, '') AS client_phone, v.commercial_id, v.commercial,
	v.full_address, v.support_contact_id, v.support_contact, v.start_date, v.end_date,
	v.participant_count, v.notes, v.created_at, v.updated_at, v.version,
	v.commercial_id = @actor AS is_own, true AS is_assigned,
	ARRAY(SELECT c.id::text FROM clashes(@actor, v.start_date, v.end_date, v.id) c ORDER BY c.id) AS clashes
FROM (
	SELECT c.id
	FROM clashes(@actor, @from, @before, 0) c
	WHERE NOT @begins OR c.start_date >= @from
	ORDER BY c.start_date, c.id
	LIMIT @limit
) p
CROSS JOIN LATERAL one_event(p.id) v
CROSS JOIN LATERAL (
	SELECT @related_any OR @related_own AND r.is_own OR @related_assigned AND r.is_assigned AS told
	FROM client_relation(v.client_id, v.commercial_id, @actor) r
) s
ORDER BY v.start_date, v.id

-- name: unsigned
-- Contracts of the actor's clients that are not signed, the oldest first.
SELECT v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount, v.is_signed, v.is_fully_paid, v.created_at,
	v.updated_at, v.version, true AS is_own
FROM (
	SELECT k.id FROM contract k
	WHERE k.commercial_id = @actor AND k.is_signed IS NOT TRUE
	ORDER BY k.commercial_id, k.created_at, k.id
	LIMIT @limit
) p
CROSS JOIN LATERAL one_contract(p.id) v
WHERE v.owner_id = @actor
ORDER BY v.created_at, v.id

-- name: without_event
-- Signed contracts of the actor's clients for which no event is booked, the newest first.
SELECT v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount, v.is_signed, v.is_fully_paid, v.created_at,
	v.updated_at, v.version, true AS is_own
FROM (
	SELECT n.id, n.created_at
	FROM (
		SELECT k.id, k.created_at FROM contract k
		WHERE k.commercial_id = @actor AND k.is_signed
		ORDER BY k.commercial_id DESC, k.created_at DESC, k.id DESC
		LIMIT @looked_at
	) n
	-- one look into an index for each of them until there are enough
	WHERE (SELECT e.contract_id FROM event e WHERE e.contract_id = n.id AND e.cancelled_at IS NULL LIMIT 1) IS NULL
	ORDER BY n.created_at DESC, n.id DESC
	LIMIT @limit
) p
CROSS JOIN LATERAL one_contract(p.id) v
WHERE v.owner_id = @actor
ORDER BY v.created_at DESC, v.id DESC

-- name: unpaid
-- Signed contracts of the actor's clients that are not paid though their events are over, the oldest first.
SELECT v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount, v.is_signed, v.is_fully_paid, v.created_at,
	v.updated_at, v.version, true AS is_own
FROM (
	SELECT n.id, n.created_at
	FROM (
		SELECT k.id, k.created_at FROM contract k
		WHERE k.commercial_id = @actor AND k.is_signed AND k.remaining_amount > 0
		ORDER BY k.commercial_id, k.created_at, k.id
		LIMIT @looked_at
	) n
	WHERE (SELECT e.end_date FROM event e WHERE e.contract_id = n.id AND e.cancelled_at IS NULL AND e.end_date IS NOT NULL
		ORDER BY e.end_date DESC LIMIT 1) <= @now -- of the last one
	ORDER BY n.created_at, n.id
	LIMIT @limit
) p
CROSS JOIN LATERAL one_contract(p.id) v
WHERE v.owner_id = @actor
ORDER BY v.created_at, v.id

-- name: silent
-- Clients of the actor to whom nobody has spoken since a moment, the longest ago first.
SELECT v.id, v.full_name, v.email, v.phone, v.company_id, v.company, v.commercial_id, v.commercial, v.first_contact_date, v.last_contact_date,
	v.created_at, v.updated_at, v.version, true AS is_own
FROM (
	SELECT c.id FROM client c
	WHERE c.commercial_id = @actor AND coalesce(c.last_contact_date, c.first_contact_date) < @since
	ORDER BY c.commercial_id, coalesce(c.last_contact_date, c.first_contact_date), c.id
	LIMIT @limit
) p
CROSS JOIN LATERAL one_client(p.id) v
ORDER BY coalesce(v.last_contact_date, v.first_contact_date), v.id

-- name: unassigned
-- Events within a reach that have not ended and that nobody looks after, or somebody who does not serve any more: the first ones.
SELECT v.id, v.title, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial,
	v.full_address, v.support_contact_id, v.support_contact, v.start_date, v.end_date,
	v.participant_count, v.notes, v.cancelled_at, v.cancel_reason, v.created_at, v.updated_at, v.version,
	v.commercial_id = @actor AS is_own, v.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM (
	(SELECT t.id, t.start_date
	FROM events_to_assign(@any, @own, @actor, @now, @limit) t
	ORDER BY t.start_date, t.id
	LIMIT @limit)
	UNION ALL
	SELECT f.id, f.start_date
	FROM users n
	JOIN role r ON r.id = n.role_id
	CROSS JOIN LATERAL (
		SELECT t.id, t.start_date
		FROM clashes(n.id, @now, 'infinity', 0) t
		WHERE @any OR @assigned AND n.id = @actor OR @own AND (
			SELECT c.commercial_id FROM event e JOIN contract k ON k.id = e.contract_id JOIN client c ON c.id = k.client_id WHERE e.id = t.id) = @actor
		ORDER BY t.start_date, t.id
		LIMIT @limit
	) f
	WHERE NOT (n.is_active AND r.name = 'support')
	ORDER BY start_date, id
	LIMIT @limit
) p
CROSS JOIN LATERAL one_event(p.id) v
WHERE v.has_commercial
ORDER BY v.start_date, v.id

-- name: owed
-- What signed contracts have left to be paid, and how many they are: of @looked_at of them at most.
SELECT count(*) AS count, coalesce(sum(k.remaining_amount), 0) AS remaining
FROM (
	SELECT k.remaining_amount FROM contract k
	WHERE k.is_signed AND k.remaining_amount > 0 AND k.remaining_amount < 'Infinity'
	LIMIT @looked_at
) k

-- name: left
-- Users who are not active, and what is theirs still: clients, and events that have not ended. Each is counted up to @limit.
SELECT u.id, u.username, u.full_name, n.clients, n.events
FROM users u
CROSS JOIN LATERAL (
	SELECT (SELECT count(*) FROM (SELECT FROM client c WHERE c.commercial_id = u.id LIMIT @limit) c) AS clients,
		(SELECT count(*) FROM (SELECT FROM clashes(u.id, @now, 'infinity', 0) LIMIT @limit) e) AS events
) n
WHERE NOT coalesce(u.is_active, false) AND n.clients + n.events > 0
ORDER BY u.username COLLATE "C", u.id
LIMIT @limit
