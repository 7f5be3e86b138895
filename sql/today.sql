-- What is to be done today: the first records of each kind, through an index. Of contracts @looked_at are looked at, so that an answer never
-- takes long.

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
JOIN contract_shown v ON v.id = p.id AND v.owner_id = @actor
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
	WHERE NOT EXISTS (SELECT FROM event e WHERE e.contract_id = n.id AND e.cancelled_at IS NULL)
	ORDER BY n.created_at DESC, n.id DESC
	LIMIT @limit
) p
JOIN contract_shown v ON v.id = p.id AND v.owner_id = @actor
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
	WHERE EXISTS (SELECT FROM event e WHERE e.contract_id = n.id AND e.cancelled_at IS NULL AND e.end_date <= @now)
	AND NOT EXISTS (SELECT FROM event e WHERE e.contract_id = n.id AND e.cancelled_at IS NULL AND e.end_date > @now)
	ORDER BY n.created_at, n.id
	LIMIT @limit
) p
JOIN contract_shown v ON v.id = p.id AND v.owner_id = @actor
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
JOIN client_shown v ON v.id = p.id
ORDER BY coalesce(v.last_contact_date, v.first_contact_date), v.id

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
