-- Events: of the commercial of their client, and assigned to a support contact.

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (
SELECT
FROM event v
WHERE (@any
	OR @own AND CASE WHEN cardinality(@parts::text[]) = 0 -- they may be many more than what is searched
		THEN v.contract_id = ANY (ARRAY(SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = @actor))
		ELSE v.contract_id IN (SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = @actor) END
	OR cardinality(@assigned::integer[]) > 0 AND v.support_contact_id = @actor)
AND (NOT @unassigned OR v.support_contact_id IS NULL OR v.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
	SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
AND (@upcoming::timestamptz IS NULL OR v.end_date > @upcoming::timestamptz)
AND (@contract = 0 OR v.contract_id = @contract)
AND (@support = 0 OR v.support_contact_id = @support)
AND (@from::timestamptz IS NULL OR v.start_date >= @from)
AND (@before::timestamptz IS NULL OR v.start_date < @before)
AND (@from IS NULL AND @before IS NULL OR isfinite(v.start_date))
AND (cardinality(@parts::text[]) = 0
	OR v.id = ANY (ARRAY( -- they may be many: none is looked for twice
		SELECT m.id FROM events_with((@parts::text[])[1], (@digits::text[])[1], (@amounts_from::numeric[])[1], (@amounts_to::numeric[])[1]) m)))
AND (cardinality(@parts) < 2 OR search_key(v.title || ' ' || v.full_address || ' ' || coalesce(v.notes, '')) LIKE ALL (@parts) OR (
	SELECT h.every FROM event_has(v.id, v.title, v.full_address, v.notes, v.contract_id, v.support_contact_id,
		@parts, @digits::text[], @amounts_from::numeric[], @amounts_to::numeric[]) h))
LIMIT nullif(@limit, 0)
) f

-- name: delete
DELETE FROM event WHERE id = @id RETURNING id

-- name: insert
-- The contract is signed, and stays so until the transaction ends. No row: it is not, or not there.
WITH held AS (
	SELECT id, is_signed FROM contract WHERE id = @contract FOR SHARE
)
INSERT INTO event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at)
SELECT @title, id, @address, @support, @start, @end, @participants, nullif(@notes, ''), now(), now()
FROM held
WHERE is_signed
RETURNING id

-- name: list
-- A page of those within a reach and a filter.
WITH visible AS NOT MATERIALIZED (
	SELECT e.id, e.title, e.contract_id, k.client_id, c.full_name AS client, c.commercial_id, u.username AS commercial,
		e.full_address, e.support_contact_id, coalesce(h.username, '') AS support_contact, e.start_date, e.end_date,
		e.participant_count, coalesce(e.notes, '') AS notes, e.created_at, e.updated_at, e.version,
		sort_key(s.text, @descending) COLLATE "C" AS text_key,
		sort_key(s.moment, @descending) AS moment_key,
		CASE @sort
			WHEN 'contract_id' THEN e.contract_id
			WHEN 'participant_count' THEN coalesce(e.participant_count, 0)
		END AS number_key
	FROM event e
	JOIN contract k ON k.id = e.contract_id
	JOIN client c ON c.id = k.client_id
	JOIN users u ON u.id = c.commercial_id
	LEFT JOIN users h ON h.id = e.support_contact_id
	CROSS JOIN LATERAL (
		SELECT CASE @sort
			WHEN 'title' THEN e.title
			WHEN 'client' THEN c.full_name
			WHEN 'commercial' THEN u.username
			WHEN 'support_contact' THEN h.username
			WHEN 'full_address' THEN e.full_address
		END AS text,
		CASE @sort
			WHEN 'start_date' THEN e.start_date
			WHEN 'end_date' THEN e.end_date
			WHEN 'created_at' THEN e.created_at
			WHEN 'updated_at' THEN e.updated_at
		END AS moment
	) s
	WHERE (@any
		OR @own AND cardinality(@assigned::integer[]) = 0 AND c.commercial_id = @actor
		OR @own AND cardinality(@assigned) > 0 AND e.contract_id = ANY (ARRAY(
			SELECT n.id FROM client m JOIN contract n ON n.client_id = m.id WHERE m.commercial_id = @actor))
		OR cardinality(@assigned) > 0 AND e.support_contact_id = @actor)
), place AS (
	SELECT p.text_key, p.moment_key, p.number_key, p.id FROM visible p WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT sort_key(@after_key, @descending) COLLATE "C", sort_key(CASE WHEN @kind = 'moment' THEN nullif(@after_key, '')::timestamptz END, @descending),
		CASE WHEN @kind = 'number' THEN @after_key::bigint END, @after
	WHERE @after_key IS NOT NULL
)
SELECT v.id, v.title, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial,
	v.full_address, v.support_contact_id, v.support_contact, v.start_date, v.end_date,
	v.participant_count, v.notes, v.created_at, v.updated_at, v.version,
	v.commercial_id = @actor AS is_own, v.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM visible v
WHERE (NOT @unassigned OR v.support_contact_id IS NULL OR v.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
	SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
AND (@upcoming::timestamptz IS NULL OR v.end_date > @upcoming::timestamptz)
AND (@upcoming IS NULL OR @descending OR @sort <> 'start_date' -- none to come starts before this: no walk through all that have ended
	OR v.moment_key >= (SELECT coalesce(min(m.start_date + interval '0'), '-infinity') FROM event m WHERE m.end_date > @upcoming))
AND (@contract = 0 OR v.contract_id = @contract)
AND (@support = 0 OR v.support_contact_id = @support)
AND (@from::timestamptz IS NULL OR CASE @sort WHEN 'start_date' THEN v.moment_key ELSE v.start_date END >= @from)
AND (@before::timestamptz IS NULL OR CASE @sort WHEN 'start_date' THEN v.moment_key ELSE v.start_date END < @before)
AND (@from IS NULL AND @before IS NULL OR isfinite(v.start_date))
AND (cardinality(@parts::text[]) = 0
	OR v.id = ANY (ARRAY( -- they may be many: none is looked for twice
		SELECT m.id FROM events_with((@parts::text[])[1], (@digits::text[])[1], (@amounts_from::numeric[])[1], (@amounts_to::numeric[])[1]) m)))
AND (cardinality(@parts) < 2 OR search_key(v.title || ' ' || v.full_address || ' ' || v.notes) LIKE ALL (@parts) OR (
	SELECT h.every FROM event_has(v.id, v.title, v.full_address, v.notes, v.contract_id, v.support_contact_id,
		@parts, @digits::text[], @amounts_from::numeric[], @amounts_to::numeric[]) h))
AND (@after = 0 OR CASE @kind
	WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
	WHEN 'text' THEN CASE -- perhaps of another table than the id, whose index wants a condition of its own
		WHEN @descending THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p) AND v.text_key <= (SELECT p.text_key FROM place p)
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) AND v.text_key >= (SELECT p.text_key FROM place p) END
	WHEN 'moment' THEN CASE
		WHEN @descending THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
		ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
	WHEN 'number' THEN CASE
		WHEN @descending THEN (v.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
		ELSE (v.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT @descending THEN v.text_key END, CASE WHEN @descending THEN v.text_key END DESC,
	CASE WHEN NOT @descending THEN v.moment_key END, CASE WHEN @descending THEN v.moment_key END DESC,
	CASE WHEN NOT @descending THEN v.number_key END, CASE WHEN @descending THEN v.number_key END DESC,
	CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
LIMIT nullif(@limit, 0)

-- name: list_by_support_contact
-- All events by the names of their support contacts, where one may have nearly all of them: the first ones of each, through an index,
-- until the page is full.
WITH place AS (
	SELECT sort_key(n.name, @descending) COLLATE "C" AS key
	FROM (SELECT coalesce(@after_key::text, (SELECT h.username FROM event e JOIN users h ON h.id = e.support_contact_id WHERE e.id = @after)) AS name) n
	WHERE @after_key IS NOT NULL OR EXISTS (SELECT FROM event e WHERE e.id = @after)
), page AS (
	(SELECT g.key, v.id
	FROM (
		SELECT u.id, sort_key(u.username, @descending) COLLATE "C" AS key
		FROM users u
		WHERE (@after = 0 OR CASE
			WHEN @descending THEN sort_key(u.username, @descending) COLLATE "C" <= (SELECT p.key FROM place p)
			ELSE sort_key(u.username, @descending) COLLATE "C" >= (SELECT p.key FROM place p) END)
		ORDER BY CASE WHEN NOT @descending THEN sort_key(u.username, @descending) COLLATE "C" END, CASE WHEN @descending THEN sort_key(u.username, @descending) COLLATE "C" END DESC
	) g
	CROSS JOIN LATERAL (
		SELECT e.id
		FROM event e
		WHERE CASE -- a range, for which no other index has the order
			WHEN @descending THEN (e.support_contact_id, e.id) < (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END) AND e.support_contact_id >= g.id
			ELSE (e.support_contact_id, e.id) > (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END) AND e.support_contact_id <= g.id END
		AND (NOT @unassigned OR e.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
			SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
		AND (@upcoming::timestamptz IS NULL OR e.end_date > @upcoming::timestamptz)
		ORDER BY
			CASE WHEN NOT @descending THEN e.support_contact_id END, CASE WHEN @descending THEN e.support_contact_id END DESC,
			CASE WHEN NOT @descending THEN e.id END, CASE WHEN @descending THEN e.id END DESC
		LIMIT nullif(@limit, 0)
	) v
	ORDER BY
		CASE WHEN NOT @descending THEN g.key END, CASE WHEN @descending THEN g.key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT nullif(@limit, 0))
	UNION ALL -- those that belong to nothing come last
	(SELECT o.key, e.id
	FROM event e
	CROSS JOIN (SELECT sort_key(''::text, @descending) COLLATE "C" AS key) o
	WHERE e.support_contact_id IS NULL
	AND (@upcoming::timestamptz IS NULL OR e.end_date > @upcoming::timestamptz)
	AND (@after = 0 OR CASE WHEN @descending THEN o.key <= (SELECT p.key FROM place p) ELSE o.key >= (SELECT p.key FROM place p) END)
	AND (@after = 0 OR CASE
		WHEN @descending THEN e.id < CASE WHEN o.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END
		ELSE e.id > CASE WHEN o.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END END)
	ORDER BY CASE WHEN NOT @descending THEN e.id END, CASE WHEN @descending THEN e.id END DESC
	LIMIT nullif(@limit, 0))
)
SELECT e.id, e.title, e.contract_id, k.client_id, c.full_name AS client, c.commercial_id, u.username AS commercial,
	e.full_address, e.support_contact_id, coalesce(h.username, '') AS support_contact, e.start_date, e.end_date,
	e.participant_count, coalesce(e.notes, '') AS notes, e.created_at, e.updated_at, e.version,
	c.commercial_id = @actor AS is_own, e.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM page p
JOIN event e ON e.id = p.id
JOIN contract k ON k.id = e.contract_id
JOIN client c ON c.id = k.client_id
JOIN users u ON u.id = c.commercial_id
LEFT JOIN users h ON h.id = e.support_contact_id
ORDER BY
	CASE WHEN NOT @descending THEN p.key END, CASE WHEN @descending THEN p.key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: lock
-- Nobody else changes the event, nor whose it is, until the transaction ends.
SELECT e.id
FROM event e
JOIN contract k ON k.id = e.contract_id
JOIN client c ON c.id = k.client_id
WHERE e.id = @id
FOR SHARE OF c, k FOR UPDATE OF e

-- name: reach
-- Whether the actor is any client's commercial, and an event that the actor supports, if there is one.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = @actor) AS own,
	ARRAY(SELECT e.id FROM event e WHERE e.support_contact_id = @actor LIMIT 1) AS assigned

-- name: update
UPDATE event SET title = coalesce(nullif(@title, ''), title), contract_id = @contract, full_address = coalesce(nullif(@address, ''), full_address),
	support_contact_id = @support, start_date = coalesce(@start, start_date), end_date = coalesce(@end, end_date),
	participant_count = @participants, notes = nullif(@notes, '')
WHERE id = @id AND version = @version
RETURNING id

-- name: view
-- The e-mail address and the phone number of the event's client are told where that is within a reach on clients.
SELECT e.id, e.title, e.contract_id, k.client_id, c.full_name AS client,
	CASE WHEN s.told THEN c.email ELSE '' END AS client_email, coalesce(CASE WHEN s.told THEN c.phone END, '') AS client_phone, c.commercial_id, u.username AS commercial,
	e.full_address, e.support_contact_id, coalesce(h.username, '') AS support_contact, e.start_date, e.end_date,
	e.participant_count, coalesce(e.notes, '') AS notes, e.created_at, e.updated_at, e.version,
	c.commercial_id = @actor AS is_own, e.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM event e
LEFT JOIN contract k ON k.id = e.contract_id -- a predecessor's row may refer to nothing
LEFT JOIN client c ON c.id = k.client_id
LEFT JOIN users u ON u.id = c.commercial_id
LEFT JOIN users h ON h.id = e.support_contact_id
CROSS JOIN LATERAL (
	SELECT @clients_any OR @clients_own AND c.commercial_id = @actor OR @clients_assigned AND EXISTS (
		SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = c.id AND e.support_contact_id = @actor) AS told
) s
WHERE e.id = @id AND (@any OR @own AND c.commercial_id = @actor OR @assigned AND e.support_contact_id = @actor)
AND (@session::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = @session AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = @actor AND r.id = @role AND r.version = @version AND r.xmin::text = @stamp))
