-- Events: of the commercial of their client, and assigned to a support contact.

-- name: agenda
-- Those within a reach that take place in some of a time, by their start, with the ids of those that each clashes with. Those are within
-- the reach, too. They are of the user @of, who supports them or is their client's commercial, or of everybody where that is 0.
WITH during AS (
	SELECT t.id, t.start_date, t.contract_id, t.support_contact_id FROM first_in_time(@from, @before, CASE WHEN @any THEN nullif(@limit::bigint, 0) END) t WHERE @of = 0
	UNION ALL
	SELECT c.id, c.start_date, (SELECT e.contract_id FROM event e WHERE e.id = c.id), @of::integer FROM clashes(@of, @from, @before, 0) c WHERE @of > 0
	UNION ALL
	SELECT t.id, t.start_date, t.contract_id, t.support_contact_id
	FROM events_in_time(@from, @before) t
	JOIN (
		SELECT n.id FROM client c CROSS JOIN LATERAL (SELECT k.id FROM contract k WHERE k.client_id = c.id OFFSET 0) n WHERE c.commercial_id = @of
	) k ON k.id = t.contract_id
	WHERE @of > 0 AND t.support_contact_id IS DISTINCT FROM @of
	AND (@any OR @own OR @actor <> @of) AND EXISTS (SELECT FROM client o WHERE o.commercial_id = @of)
), page AS (
	SELECT d.id
	FROM during d
	WHERE @any OR @assigned AND d.support_contact_id = @actor
	OR @own AND (SELECT c.commercial_id FROM contract k JOIN client c ON c.id = k.client_id WHERE k.id = d.contract_id) = @actor
	ORDER BY d.start_date, d.id
	LIMIT nullif(@limit, 0)
)
SELECT v.id, v.title, v.contract_id, v.client_id, v.client, CASE WHEN s.told THEN v.client_email ELSE '' END AS client_email,
	coalesce(CASE WHEN s.told THEN v.client_phone END, '') AS client_phone, v.commercial_id, v.commercial,
	v.full_address, v.support_contact_id, v.support_contact, v.start_date, v.end_date,
	v.participant_count, v.notes, v.created_at, v.updated_at, v.version,
	v.commercial_id = @actor AS is_own, v.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned,
	ARRAY(
		SELECT c.id::text
		FROM clashes(v.support_contact_id, v.start_date, v.end_date, v.id) c
		WHERE @any OR @assigned AND v.support_contact_id = @actor OR @own AND (
			SELECT o.commercial_id FROM event e JOIN contract k ON k.id = e.contract_id JOIN client o ON o.id = k.client_id WHERE e.id = c.id) = @actor
		ORDER BY c.id
	) AS clashes
FROM page p
CROSS JOIN LATERAL one_event(p.id) v
CROSS JOIN LATERAL (
	SELECT @related_any OR @related_own AND r.is_own OR @related_assigned AND r.is_assigned AS told
	FROM client_relation(v.client_id, v.commercial_id, @actor) r
) s
ORDER BY v.start_date, v.id

-- name: clashing
-- What a support contact has at a time, but for one event. Of one that is not within the reach nothing is told but when it is.
SELECT v.id, s.seen, CASE WHEN s.seen THEN v.title ELSE '' END AS title, CASE WHEN s.seen THEN v.client ELSE '' END AS client,
	v.start_date, v.end_date
FROM clashes(@support, @from, @before, @but) c
CROSS JOIN LATERAL one_event(c.id) v
CROSS JOIN LATERAL (SELECT @any OR @own AND v.commercial_id = @actor OR @assigned AND v.support_contact_id = @actor AS seen) s
ORDER BY v.start_date, v.id

-- name: common
-- How many events are to be walked for a page of a search that finds many, as far as a sample tells.
SELECT coalesce(worth_walking(avg(h.every::integer), 'event', @limit), 0)
FROM event e TABLESAMPLE SYSTEM (sampled('event')) REPEATABLE (1)
CROSS JOIN LATERAL event_has(e.id, e.title, e.full_address, e.notes, e.contract_id, e.support_contact_id, @parts, @digits,
	CASE WHEN @search_amounts THEN @amounts_from::numeric[] END, CASE WHEN @search_amounts THEN @amounts_to::numeric[] END) h

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (
	SELECT FROM events_found(@any, @own, @assigned, @actor, @unassigned, @upcoming, @current, @cancelled, @contract, @support, @from, @before,
		'', false, @parts, @digits, @amounts_from, @amounts_to, @search_amounts, true) v
	LIMIT nullif(@limit, 0)
) f

-- name: delete
DELETE FROM event WHERE id = @id RETURNING id

-- name: cancel
-- The event does not take place, for that reason; where it is empty, it takes place after all.
UPDATE event SET cancelled_at = CASE WHEN @cancel_reason <> '' THEN now() END, cancel_reason = nullif(@cancel_reason, '')
WHERE id = @id AND version = @version
RETURNING id

-- name: hold
-- The event stays, and whose it is, until the transaction ends.
SELECT e.id
FROM event e
JOIN contract k ON k.id = e.contract_id
JOIN client c ON c.id = k.client_id
WHERE e.id = @id
FOR SHARE OF c, k, e

-- name: insert
-- The contract is signed, and stays so until the transaction ends. No row: it is not, or not there.
WITH held AS (
	SELECT id, is_signed FROM contract WHERE id = @contract_id FOR SHARE
)
INSERT INTO event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at)
SELECT @title, id, @full_address, @support_contact_id, @start_date, @end_date, @participant_count, nullif(@notes, ''), now(), now()
FROM held
WHERE is_signed
RETURNING id

-- name: keep_calendar
-- Nobody else who asks for it gives the support contact an event, or moves one of theirs, until the transaction ends.
SELECT true FROM pg_advisory_xact_lock(1701868921, @support::integer)

-- name: list
-- A page of those within a reach and a filter.
WITH place AS (
	SELECT k.text_key COLLATE "C" AS text_key, k.moment_key, k.number_key, p.id
	FROM events_within(@any, @own, @assigned, @actor) p
	CROSS JOIN LATERAL event_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.text_key COLLATE "C", g.moment_key, g.number_key::bigint, @after FROM given_keys(@after_key, @kind, @descending) g
), page AS (
	SELECT v.id, v.title, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial,
		v.full_address, v.support_contact_id, v.support_contact, v.start_date, v.end_date,
		v.participant_count, v.notes, v.cancelled_at, v.cancel_reason, v.created_at, v.updated_at, v.version, k.text_key COLLATE "C" AS text_key, k.moment_key, k.number_key
	FROM events_found(@any, @own, @assigned, @actor, @unassigned, @upcoming, @current, @cancelled, @contract, @support, @from, @before,
		@sort, @descending, CASE WHEN @walk > 0 THEN '{}' ELSE @parts::text[] END, @digits, @amounts_from, @amounts_to, @search_amounts, false) v
	CROSS JOIN LATERAL event_keys(v, @sort, @descending) k
	WHERE v.has_commercial AND (@after = 0 OR CASE @kind
		WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
		WHEN 'text' THEN CASE -- perhaps of another table than the id, whose index wants a condition of its own
			WHEN @descending THEN (k.text_key COLLATE "C", v.id) < (SELECT p.text_key, p.id FROM place p) AND k.text_key COLLATE "C" <= (SELECT p.text_key FROM place p)
			ELSE (k.text_key COLLATE "C", v.id) > (SELECT p.text_key, p.id FROM place p) AND k.text_key COLLATE "C" >= (SELECT p.text_key FROM place p) END
		WHEN 'moment' THEN CASE
			WHEN @descending THEN (k.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (k.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		WHEN 'number' THEN CASE
			WHEN @descending THEN (k.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
			ELSE (k.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
		END)
	ORDER BY
		CASE WHEN NOT @descending THEN k.text_key COLLATE "C" END, CASE WHEN @descending THEN k.text_key COLLATE "C" END DESC,
		CASE WHEN NOT @descending THEN k.moment_key END, CASE WHEN @descending THEN k.moment_key END DESC,
		CASE WHEN NOT @descending THEN k.number_key END, CASE WHEN @descending THEN k.number_key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT CASE WHEN @walk > 0 THEN @walk ELSE nullif(@limit, 0) END
)
SELECT p.id, p.title, p.contract_id, p.client_id, p.client, p.commercial_id, p.commercial,
	p.full_address, p.support_contact_id, p.support_contact, p.start_date, p.end_date,
	p.participant_count, p.notes, p.cancelled_at, p.cancel_reason, p.created_at, p.updated_at, p.version,
	p.commercial_id = @actor AS is_own, p.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM page p
WHERE @walk = 0 OR (SELECT h.every FROM event_has(p.id, p.title, p.full_address, p.notes, p.contract_id, p.support_contact_id, @parts, @digits,
	CASE WHEN @search_amounts THEN @amounts_from::numeric[] END, CASE WHEN @search_amounts THEN @amounts_to::numeric[] END) h)
ORDER BY
	CASE WHEN @kind = 'text' AND NOT @descending THEN p.text_key END, CASE WHEN @kind = 'text' AND @descending THEN p.text_key END DESC,
	CASE WHEN @kind = 'moment' AND NOT @descending THEN p.moment_key END, CASE WHEN @kind = 'moment' AND @descending THEN p.moment_key END DESC,
	CASE WHEN @kind = 'number' AND NOT @descending THEN p.number_key END, CASE WHEN @kind = 'number' AND @descending THEN p.number_key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: list_by_commercial
-- All events by the names of their clients' commercials, where one may have nearly all of them: the first ones of each, through an index,
-- until the page is full.
WITH place AS (
	SELECT sort_key(coalesce(@after_key::text, (SELECT u.username FROM event_owner o JOIN users u ON u.id = o.commercial_id WHERE o.event_id = @after)), @descending) COLLATE "C" AS key
	WHERE @after_key IS NOT NULL OR EXISTS (SELECT FROM event e WHERE e.id = @after)
), page AS (
	SELECT g.key, v.id
	FROM (
		SELECT u.id, sort_key(u.username, @descending) COLLATE "C" AS key
		FROM users u
		WHERE (@after = 0 OR CASE
			WHEN @descending THEN sort_key(u.username, @descending) COLLATE "C" <= (SELECT p.key FROM place p)
			ELSE sort_key(u.username, @descending) COLLATE "C" >= (SELECT p.key FROM place p) END)
		ORDER BY CASE WHEN NOT @descending THEN sort_key(u.username, @descending) COLLATE "C" END, CASE WHEN @descending THEN sort_key(u.username, @descending) COLLATE "C" END DESC
	) g
	CROSS JOIN LATERAL (
		SELECT o.event_id AS id
		FROM event_owner o
		WHERE CASE -- a range, for which no other index has the order
			WHEN @descending THEN (o.commercial_id, o.event_id) < (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END) AND o.commercial_id >= g.id
			ELSE (o.commercial_id, o.event_id) > (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END) AND o.commercial_id <= g.id END
		AND CASE WHEN @unassigned OR @upcoming::timestamptz IS NOT NULL OR @from::timestamptz IS NOT NULL OR @before::timestamptz IS NOT NULL
			OR @current OR @cancelled THEN EXISTS (
			SELECT FROM event e
			WHERE e.id = o.event_id
			AND (NOT @unassigned OR e.support_contact_id IS NULL OR e.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
				SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
			AND (@upcoming::timestamptz IS NULL OR e.end_date > @upcoming::timestamptz)
			AND (@from::timestamptz IS NULL OR e.start_date >= @from::timestamptz) AND (@before::timestamptz IS NULL OR e.start_date < @before::timestamptz)
			AND (@from::timestamptz IS NULL AND @before::timestamptz IS NULL OR isfinite(e.start_date))
			AND (NOT @current OR e.cancelled_at IS NULL) AND (NOT @cancelled OR e.cancelled_at IS NOT NULL)
			OFFSET 0) ELSE true END
		ORDER BY
			CASE WHEN NOT @descending THEN o.commercial_id END, CASE WHEN @descending THEN o.commercial_id END DESC,
			CASE WHEN NOT @descending THEN o.event_id END, CASE WHEN @descending THEN o.event_id END DESC
		LIMIT nullif(@limit, 0)
	) v
	ORDER BY
		CASE WHEN NOT @descending THEN g.key END, CASE WHEN @descending THEN g.key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT nullif(@limit, 0)
)
SELECT e.id, e.title, e.contract_id, e.client_id, e.client, e.commercial_id, e.commercial,
	e.full_address, e.support_contact_id, e.support_contact, e.start_date, e.end_date,
	e.participant_count, e.notes, e.cancelled_at, e.cancel_reason, e.created_at, e.updated_at, e.version,
	e.commercial_id = @actor AS is_own, e.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM page p
JOIN event_shown e ON e.id = p.id AND e.has_commercial
ORDER BY
	CASE WHEN NOT @descending THEN p.key END, CASE WHEN @descending THEN p.key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
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
		AND (NOT @unassigned OR NOT u.is_active OR NOT EXISTS (SELECT FROM role r WHERE r.id = u.role_id AND r.name = 'support')) -- who serves no more
		ORDER BY CASE WHEN NOT @descending THEN sort_key(u.username, @descending) COLLATE "C" END, CASE WHEN @descending THEN sort_key(u.username, @descending) COLLATE "C" END DESC
	) g
	CROSS JOIN LATERAL (
		SELECT e.id
		FROM event e
		WHERE CASE -- a range, for which no other index has the order
			WHEN @descending THEN (e.support_contact_id, e.id) < (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END) AND e.support_contact_id >= g.id
			ELSE (e.support_contact_id, e.id) > (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END) AND e.support_contact_id <= g.id END
		AND (@upcoming::timestamptz IS NULL OR e.end_date > @upcoming::timestamptz)
		AND (@from::timestamptz IS NULL OR e.start_date >= @from::timestamptz) AND (@before::timestamptz IS NULL OR e.start_date < @before::timestamptz)
		AND (@from::timestamptz IS NULL AND @before::timestamptz IS NULL OR isfinite(e.start_date))
		AND (NOT @current OR e.cancelled_at IS NULL) AND (NOT @cancelled OR e.cancelled_at IS NOT NULL)
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
	AND (@from::timestamptz IS NULL OR e.start_date >= @from::timestamptz) AND (@before::timestamptz IS NULL OR e.start_date < @before::timestamptz)
	AND (@from::timestamptz IS NULL AND @before::timestamptz IS NULL OR isfinite(e.start_date))
	AND (NOT @current OR e.cancelled_at IS NULL) AND (NOT @cancelled OR e.cancelled_at IS NOT NULL)
	AND (@after = 0 OR CASE WHEN @descending THEN o.key <= (SELECT p.key FROM place p) ELSE o.key >= (SELECT p.key FROM place p) END)
	AND (@after = 0 OR CASE
		WHEN @descending THEN e.id < CASE WHEN o.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END
		ELSE e.id > CASE WHEN o.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END END)
	ORDER BY CASE WHEN NOT @descending THEN e.id END, CASE WHEN @descending THEN e.id END DESC
	LIMIT nullif(@limit, 0))
)
SELECT e.id, e.title, e.contract_id, e.client_id, e.client, e.commercial_id, e.commercial,
	e.full_address, e.support_contact_id, e.support_contact, e.start_date, e.end_date,
	e.participant_count, e.notes, e.cancelled_at, e.cancel_reason, e.created_at, e.updated_at, e.version,
	e.commercial_id = @actor AS is_own, e.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM page p
JOIN event_shown e ON e.id = p.id AND e.has_commercial
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
UPDATE event SET title = coalesce(nullif(@title, ''), title), contract_id = @contract_id, full_address = coalesce(nullif(@full_address, ''), full_address),
	support_contact_id = @support_contact_id, start_date = coalesce(@start_date, start_date), end_date = coalesce(@end_date, end_date),
	participant_count = @participant_count, notes = nullif(@notes, '')
WHERE id = @id AND version = @version
RETURNING id

-- name: several
-- Those of several ids that are within a reach.
SELECT e.id, e.title, e.contract_id, e.client_id, e.client, e.commercial_id, e.commercial, e.full_address, e.support_contact_id, e.support_contact,
	e.start_date, e.end_date, e.participant_count, e.notes, e.cancelled_at, e.cancel_reason, e.created_at, e.updated_at, e.version,
	e.commercial_id = @actor AS is_own, e.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
FROM event_shown e
WHERE e.id = ANY (@ids::integer[]) AND (@any OR @own AND e.commercial_id = @actor OR @assigned AND e.support_contact_id = @actor)

-- name: view
-- The e-mail address and the phone number of the event's client are told where that is within a reach on clients.
SELECT e.id, e.title, e.contract_id, e.client_id, e.client, CASE WHEN s.told THEN e.client_email ELSE '' END AS client_email,
	coalesce(CASE WHEN s.told THEN e.client_phone END, '') AS client_phone, e.commercial_id, e.commercial,
	e.full_address, e.support_contact_id, e.support_contact, e.start_date, e.end_date,
	e.participant_count, e.notes, e.cancelled_at, e.cancel_reason, e.created_at, e.updated_at, e.version,
	e.commercial_id = @actor AS is_own, e.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned,
	EXISTS (SELECT FROM note n WHERE n.event_id = e.id) AS noted
FROM event_shown e
CROSS JOIN LATERAL confirmed(@session, @actor, @role, @version, @stamp) a
CROSS JOIN LATERAL (
	SELECT @related_any OR @related_own AND r.is_own OR @related_assigned AND r.is_assigned AS told
	FROM client_relation(e.client_id, e.commercial_id, @actor) r
) s
WHERE e.id = @id AND (@any OR @own AND e.commercial_id = @actor OR @assigned AND e.support_contact_id = @actor)
