-- Contracts. Each belongs to its client's commercial.

-- name: breaking
-- The contracts of a client that are not its commercial's and break a rule, so that they cannot become it: the first
-- rule to mend of each.
SELECT DISTINCT ON (b.id) b.id, b.rule
FROM breaking('contract') b
JOIN contract k ON k.id = b.id
WHERE k.client_id = @client AND k.commercial_id IS DISTINCT FROM @commercial
ORDER BY b.id, b.rule DESC

-- name: count
-- How many there are of those that list lists, up to @limit, and what they come to. A limit of 0 sums up none, and counts all.
WITH named AS ( -- clients that have the first word, or whose companies have
	SELECT m.id FROM clients_named((@parts::text[])[1]) m
), numbered AS ( -- contracts that have it: of commercials, of that amount, with an event there, and by the digits that ids begin with
	SELECT m.id FROM contracts_with((@parts::text[])[1], (@digits::text[])[1], (@amounts_from::numeric[])[1], (@amounts_to::numeric[])[1], @search_events) m
)
SELECT count(*) AS count, coalesce(sum(f.total_amount) FILTER (WHERE f.total_amount < 'Infinity'), 0) AS total,
	coalesce(sum(f.remaining_amount) FILTER (WHERE f.remaining_amount < 'Infinity'), 0) AS remaining -- NaN is the greatest
FROM (
SELECT CASE WHEN @limit > 0 THEN v.total_amount END AS total_amount, CASE WHEN @limit > 0 THEN v.remaining_amount END AS remaining_amount
FROM contract v
WHERE (@any
	OR @own AND CASE WHEN cardinality(@parts::text[]) = 0 -- they may be many more than what is searched
		THEN v.client_id = ANY (ARRAY(SELECT m.id FROM client m WHERE m.commercial_id = @actor))
		ELSE v.client_id IN (SELECT m.id FROM client m WHERE m.commercial_id = @actor) END
	OR cardinality(@assigned::integer[]) > 0 AND v.id = ANY (@assigned))
AND (NOT @unsigned OR NOT coalesce(v.is_signed, false))
AND (NOT @unpaid OR v.remaining_amount > 0)
AND (@client = 0 OR v.client_id = @client)
AND (NOT @signed OR coalesce(v.is_signed, false))
AND (@commercial = 0 OR v.commercial_id = @commercial)
AND (NOT @paid OR v.remaining_amount = 0)
AND (NOT @without_event OR NOT EXISTS (SELECT FROM event e WHERE e.contract_id = v.id))
AND (@from::timestamptz IS NULL OR v.created_at >= @from)
AND (@before::timestamptz IS NULL OR v.created_at < @before)
AND (@from IS NULL AND @before IS NULL OR isfinite(v.created_at))
AND (cardinality(@parts::text[]) = 0 OR CASE WHEN cardinality(@assigned) > 0 -- of the assigned ones, the many that may be found are sorted out
	THEN v.client_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
	ELSE v.client_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
AND (cardinality(@parts) < 2 OR (
	SELECT h.every FROM contract_has(v.id, v.client_id, v.commercial_id, v.total_amount, v.remaining_amount,
		@parts, @digits::text[], @amounts_from::numeric[], @amounts_to::numeric[], @search_events) h))
LIMIT nullif(@limit, 0)
) f

-- name: delete
DELETE FROM contract WHERE id = @id RETURNING id

-- name: follow_client
-- All contracts of a client go to its commercial.
WITH moved AS (
	UPDATE contract SET commercial_id = @commercial WHERE client_id = @client AND commercial_id IS DISTINCT FROM @commercial RETURNING id
)
SELECT count(*) FROM moved

-- name: hold
-- The contract keeps its signature, and whose it is, until the transaction ends.
SELECT k.is_signed
FROM contract k
JOIN client c ON c.id = k.client_id
WHERE k.id = @id
FOR SHARE OF c, k

-- name: hold_assigned
-- An event through which the contract is assigned to the actor stays so until the transaction ends.
SELECT e.id
FROM event e
WHERE e.contract_id = @id AND e.support_contact_id = @actor
ORDER BY e.id
LIMIT 1
FOR SHARE

-- name: insert
-- The commercial is the client's, and stays so until the transaction ends; @commercial is the one that was given,
-- or 0. No row: there is no such client, or another commercial was given.
WITH held AS (
	SELECT id, commercial_id FROM client WHERE id = @client FOR SHARE
)
INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at, updated_at)
SELECT id, commercial_id, @total::numeric, @remaining::numeric, @is_signed, @is_fully_paid, now(), now()
FROM held
WHERE @commercial::bigint IN (0, commercial_id)
RETURNING id

-- name: list
-- A page of those within a reach and a filter.
WITH named AS ( -- clients that have the first word, or whose companies have
	SELECT m.id FROM clients_named((@parts::text[])[1]) m
), numbered AS ( -- contracts that have it: of commercials, of that amount, with an event there, and by the digits that ids begin with
	SELECT m.id FROM contracts_with((@parts::text[])[1], (@digits::text[])[1], (@amounts_from::numeric[])[1], (@amounts_to::numeric[])[1], @search_events) m
), visible AS NOT MATERIALIZED (
	SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial,
		k.total_amount, k.remaining_amount, coalesce(k.is_signed, false) AS is_signed, coalesce(k.is_fully_paid, false) AS is_fully_paid,
		k.created_at, k.updated_at, k.version, c.commercial_id AS owner_id,
		sort_key(s.text, @descending) COLLATE "C" AS text_key,
		sort_key(s.moment, @descending) AS moment_key,
		sort_key(s.amount, @descending) AS number_key,
		CASE @sort
			WHEN 'is_signed' THEN coalesce(k.is_signed, false)
			WHEN 'is_fully_paid' THEN coalesce(k.is_fully_paid, false)
		END AS flag_key
	FROM contract k
	JOIN client c ON c.id = k.client_id
	JOIN users u ON u.id = k.commercial_id
	CROSS JOIN LATERAL (
		SELECT CASE @sort
			WHEN 'client' THEN c.full_name
			WHEN 'commercial' THEN u.username
		END AS text,
		CASE @sort
			WHEN 'created_at' THEN k.created_at
			WHEN 'updated_at' THEN k.updated_at
		END AS moment,
		CASE @sort
			WHEN 'total_amount' THEN k.total_amount
			WHEN 'remaining_amount' THEN k.remaining_amount
		END AS amount
	) s
	WHERE (@any
		OR @own AND cardinality(@assigned::integer[]) = 0 AND c.commercial_id = @actor
		OR @own AND cardinality(@assigned) > 0 AND k.client_id = ANY (ARRAY(SELECT m.id FROM client m WHERE m.commercial_id = @actor))
		OR cardinality(@assigned) > 0 AND k.id = ANY (@assigned))
), place AS (
	SELECT p.text_key, p.moment_key, p.number_key, p.flag_key, p.id FROM visible p WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT sort_key(@after_key, @descending) COLLATE "C",
		sort_key(CASE WHEN @kind = 'moment' THEN nullif(@after_key, '')::timestamptz END, @descending),
		sort_key(CASE WHEN @kind = 'number' THEN nullif(@after_key, '')::numeric END, @descending),
		CASE WHEN @kind = 'flag' THEN @after_key::boolean END, @after
	WHERE @after_key IS NOT NULL
), page AS (
	SELECT v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount, v.is_signed, v.is_fully_paid,
		v.created_at, v.updated_at, v.version, v.owner_id, v.text_key, v.moment_key, v.number_key, v.flag_key
	FROM visible v
	WHERE (NOT @unsigned OR NOT v.is_signed)
	AND (NOT @unpaid OR v.remaining_amount > 0)
	AND (@client = 0 OR v.client_id = @client)
	AND (NOT @signed OR v.is_signed)
	AND (@commercial = 0 OR v.commercial_id = @commercial)
	AND (NOT @paid OR v.remaining_amount = 0)
	AND (NOT @without_event OR NOT EXISTS (SELECT FROM event e WHERE e.contract_id = v.id))
	AND (@from::timestamptz IS NULL OR CASE @sort WHEN 'created_at' THEN v.moment_key ELSE v.created_at END >= @from)
	AND (@before::timestamptz IS NULL OR CASE @sort WHEN 'created_at' THEN v.moment_key ELSE v.created_at END < @before)
	AND (@from IS NULL AND @before IS NULL OR isfinite(v.created_at))
	AND (cardinality(@parts::text[]) = 0 OR CASE WHEN cardinality(@assigned) > 0 -- of the assigned ones, the many that may be found are sorted out
		THEN v.client_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
		ELSE v.client_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
	AND (cardinality(@parts) < 2 OR (
		SELECT h.every FROM contract_has(v.id, v.client_id, v.commercial_id, v.total_amount, v.remaining_amount,
			@parts, @digits::text[], @amounts_from::numeric[], @amounts_to::numeric[], @search_events) h))
	AND (@after = 0 OR CASE @kind
		WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
		WHEN 'text' THEN CASE -- of another table than the id, whose index wants a condition of its own
			WHEN @descending THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p) AND v.text_key <= (SELECT p.text_key FROM place p)
			ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) AND v.text_key >= (SELECT p.text_key FROM place p) END
		WHEN 'moment' THEN CASE
			WHEN @descending THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		WHEN 'number' THEN CASE
			WHEN @descending THEN (v.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
			ELSE (v.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
		WHEN 'flag' THEN CASE
			WHEN @descending THEN (v.flag_key, v.id) < (SELECT p.flag_key, p.id FROM place p)
			ELSE (v.flag_key, v.id) > (SELECT p.flag_key, p.id FROM place p) END
		END)
	ORDER BY
		CASE WHEN NOT @descending THEN v.text_key END, CASE WHEN @descending THEN v.text_key END DESC,
		CASE WHEN NOT @descending THEN v.moment_key END, CASE WHEN @descending THEN v.moment_key END DESC,
		CASE WHEN NOT @descending THEN v.number_key END, CASE WHEN @descending THEN v.number_key END DESC,
		CASE WHEN NOT @descending THEN v.flag_key END, CASE WHEN @descending THEN v.flag_key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT nullif(@limit, 0)
)
SELECT p.id, p.client_id, p.client, p.commercial_id, p.commercial, p.total_amount, p.remaining_amount,
	p.is_signed, p.is_fully_paid, p.created_at, p.updated_at, p.version, p.owner_id = @actor AS is_own,
	EXISTS (SELECT FROM event e WHERE e.contract_id = p.id AND e.support_contact_id = @actor) AS is_assigned
FROM page p
ORDER BY
	CASE WHEN @kind = 'text' AND NOT @descending THEN p.text_key END, CASE WHEN @kind = 'text' AND @descending THEN p.text_key END DESC,
	CASE WHEN @kind = 'moment' AND NOT @descending THEN p.moment_key END, CASE WHEN @kind = 'moment' AND @descending THEN p.moment_key END DESC,
	CASE WHEN @kind = 'number' AND NOT @descending THEN p.number_key END, CASE WHEN @kind = 'number' AND @descending THEN p.number_key END DESC,
	CASE WHEN @kind = 'flag' AND NOT @descending THEN p.flag_key END, CASE WHEN @kind = 'flag' AND @descending THEN p.flag_key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC

-- name: list_by_commercial
-- All contracts by the names of their commercials, where one may have nearly all of them: the first ones of each, through an index,
-- until the page is full.
WITH place AS (
	SELECT sort_key(coalesce(@after_key::text, (SELECT u.username FROM contract k JOIN users u ON u.id = k.commercial_id WHERE k.id = @after)), @descending) COLLATE "C" AS key
	WHERE @after_key IS NOT NULL OR EXISTS (SELECT FROM contract k WHERE k.id = @after)
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
		SELECT k.id
		FROM contract k
		WHERE CASE -- a range, for which no other index has the order
			WHEN @descending THEN (k.commercial_id, k.id) < (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END) AND k.commercial_id >= g.id
			ELSE (k.commercial_id, k.id) > (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END) AND k.commercial_id <= g.id END
		AND (NOT @unsigned OR NOT coalesce(k.is_signed, false))
		AND (NOT @unpaid OR k.remaining_amount > 0)
		AND (NOT @signed OR coalesce(k.is_signed, false))
		ORDER BY
			CASE WHEN NOT @descending THEN k.commercial_id END, CASE WHEN @descending THEN k.commercial_id END DESC,
			CASE WHEN NOT @descending THEN k.id END, CASE WHEN @descending THEN k.id END DESC
		LIMIT nullif(@limit, 0)
	) v
	ORDER BY
		CASE WHEN NOT @descending THEN g.key END, CASE WHEN @descending THEN g.key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT nullif(@limit, 0)
)
SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial, k.total_amount, k.remaining_amount,
	k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, c.commercial_id = @actor AS is_own,
	EXISTS (SELECT FROM event e WHERE e.contract_id = p.id AND e.support_contact_id = @actor) AS is_assigned
FROM page p
JOIN contract k ON k.id = p.id
JOIN client c ON c.id = k.client_id
JOIN users u ON u.id = k.commercial_id
ORDER BY
	CASE WHEN NOT @descending THEN p.key END, CASE WHEN @descending THEN p.key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: lock
-- Nobody else changes the contract, nor whose it is, until the transaction ends. Everybody locks clients, then
-- contracts, then events.
SELECT k.is_signed
FROM contract k
JOIN client c ON c.id = k.client_id
WHERE k.id = @id
FOR SHARE OF c FOR UPDATE OF k

-- name: reach
-- Whether the actor is any client's commercial, and the contracts with an event that the actor supports.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = @actor) AS own,
	ARRAY(SELECT DISTINCT e.contract_id FROM event e WHERE e.support_contact_id = @actor) AS assigned

-- name: references
SELECT 0 AS clients, 0 AS contracts, count(*) AS events FROM event WHERE contract_id = @id

-- name: update
UPDATE contract SET client_id = @client, commercial_id = @commercial, total_amount = @total, remaining_amount = @remaining,
	is_signed = @is_signed, is_fully_paid = @is_fully_paid
WHERE id = @id AND version = @version
RETURNING id

-- name: view
-- The contract's first @limit events within a reach on events come along, one a row.
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
	SELECT c.commercial_id = @actor AS is_own,
		EXISTS (SELECT FROM event e WHERE e.contract_id = k.id AND e.support_contact_id = @actor) AS is_assigned
	OFFSET 0 -- once, not for each row that comes along
) s
LEFT JOIN LATERAL (
	SELECT e.id, e.title, e.full_address, e.support_contact_id, h.username AS support_contact, e.start_date, e.end_date,
		e.participant_count, e.notes, e.created_at, e.updated_at, e.version,
		e.support_contact_id IS NOT DISTINCT FROM @actor AS is_assigned
	FROM event e
	LEFT JOIN users h ON h.id = e.support_contact_id
	WHERE e.contract_id = k.id AND (@events_any OR @events_own AND s.is_own OR @events_assigned AND e.support_contact_id = @actor)
	ORDER BY e.id
	LIMIT @limit
) e ON true
WHERE k.id = @id AND (@any OR @own AND s.is_own OR @assigned AND s.is_assigned)
AND (@session::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = @session AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = @actor AND r.id = @role AND r.version = @version AND r.xmin::text = @stamp))
ORDER BY e.id
