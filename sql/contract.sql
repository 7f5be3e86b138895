-- Contracts. Each belongs to its client's commercial.

-- name: booked
-- The events that a contract pays for.
SELECT 'event' AS noun, count(*) AS n FROM event WHERE contract_id = @id

-- name: breaking
-- The contracts of a client that are not its commercial's and break a rule, so that they cannot become it: the first
-- rule to mend of each.
SELECT DISTINCT ON (b.id) b.id, b.rule
FROM breaking('contract') b
JOIN contract k ON k.id = b.id
WHERE k.client_id = @client AND k.commercial_id IS DISTINCT FROM @commercial
ORDER BY b.id, b.rule DESC

-- name: common
-- How many contracts are to be walked for a page of a search that finds many, as far as a sample tells.
SELECT coalesce(worth_walking(avg(h.every::integer), 'contract', @limit), 0)
FROM contract k TABLESAMPLE SYSTEM (sampled('contract')) REPEATABLE (1)
CROSS JOIN LATERAL contract_has(k.id, k.client_id, k.commercial_id, k.total_amount, k.remaining_amount,
	@parts, @digits, @amounts_from, @amounts_to, @search_events) h

-- name: count
-- How many there are of those that list lists, up to @limit, and what they come to. A limit of 0 sums up none, and counts all.
SELECT count(*) AS count, coalesce(sum(f.total_amount) FILTER (WHERE f.total_amount < 'Infinity'), 0) AS total,
	coalesce(sum(f.remaining_amount) FILTER (WHERE f.remaining_amount < 'Infinity'), 0) AS remaining -- NaN is the greatest
FROM (
	SELECT CASE WHEN @limit > 0 THEN v.total_amount END AS total_amount, CASE WHEN @limit > 0 THEN v.remaining_amount END AS remaining_amount
	FROM contracts_found(@any, @own, @assigned, @actor, @unsigned, @unpaid, @client, @signed, @commercial, @paid, @without_event,
		@without_payment, @from, @before,
		'', false, @parts, @digits, @amounts_from, @amounts_to, @search_events) v
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

-- name: hold_many
-- Those that are there keep their signature, and whose they are, until the transaction ends.
SELECT k.id
FROM contract k
JOIN client c ON c.id = k.client_id
WHERE k.id = ANY (@ids::integer[])
ORDER BY c.id, k.id
FOR SHARE OF c, k

-- name: insert
-- The commercial is the client's, and stays so until the transaction ends; @commercial_id is the one that was given,
-- or 0. No row: there is no such client, or another commercial was given.
WITH held AS (
	SELECT id, commercial_id FROM client WHERE id = @client_id FOR SHARE
)
INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, signed_on, is_fully_paid, created_at, updated_at)
SELECT id, commercial_id, @total_amount::numeric, @remaining_amount::numeric, @is_signed, @signed_on::date, @is_fully_paid, now(), now()
FROM held
WHERE @commercial_id::bigint IN (0, commercial_id)
RETURNING id

-- name: list
-- A page of those within a reach and a filter.
WITH place AS (
	SELECT k.text_key COLLATE "C" AS text_key, k.moment_key, k.number_key, k.flag_key, p.id
	FROM contracts_within(@any, @own, @assigned, @actor) p
	CROSS JOIN LATERAL contract_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.text_key COLLATE "C", g.moment_key, sort_key(g.number_key, @descending), g.flag_key, @after FROM given_keys(@after_key, @kind, @descending) g
), page AS (
	SELECT v.id, v.client_id, v.client, v.commercial_id, v.commercial, v.total_amount, v.remaining_amount, v.is_signed, v.signed_on, v.is_fully_paid,
		v.created_at, v.updated_at, v.version, v.owner_id, k.text_key COLLATE "C" AS text_key, k.moment_key, k.number_key, k.flag_key
	FROM contracts_found(@any, @own, @assigned, @actor, @unsigned, @unpaid, @client, @signed, @commercial, @paid, @without_event,
		@without_payment, @from, @before,
		@sort, @descending, CASE WHEN @walk > 0 THEN '{}' ELSE @parts::text[] END, @digits, @amounts_from, @amounts_to, @search_events) v
	CROSS JOIN LATERAL contract_keys(v, @sort, @descending) k
	WHERE v.has_client AND v.has_commercial AND (@after = 0 OR CASE @kind
		WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
		WHEN 'text' THEN CASE -- of another table than the id, whose index wants a condition of its own
			WHEN @descending THEN (k.text_key COLLATE "C", v.id) < (SELECT p.text_key, p.id FROM place p) AND k.text_key COLLATE "C" <= (SELECT p.text_key FROM place p)
			ELSE (k.text_key COLLATE "C", v.id) > (SELECT p.text_key, p.id FROM place p) AND k.text_key COLLATE "C" >= (SELECT p.text_key FROM place p) END
		WHEN 'moment' THEN CASE
			WHEN @descending THEN (k.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (k.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		WHEN 'number' THEN CASE
			WHEN @descending THEN (k.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
			ELSE (k.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
		WHEN 'flag' THEN CASE
			WHEN @descending THEN (k.flag_key, v.id) < (SELECT p.flag_key, p.id FROM place p)
			ELSE (k.flag_key, v.id) > (SELECT p.flag_key, p.id FROM place p) END
		END)
	ORDER BY
		CASE WHEN NOT @descending THEN k.text_key COLLATE "C" END, CASE WHEN @descending THEN k.text_key COLLATE "C" END DESC,
		CASE WHEN NOT @descending THEN k.moment_key END, CASE WHEN @descending THEN k.moment_key END DESC,
		CASE WHEN NOT @descending THEN k.number_key END, CASE WHEN @descending THEN k.number_key END DESC,
		CASE WHEN NOT @descending THEN k.flag_key END, CASE WHEN @descending THEN k.flag_key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT CASE WHEN @walk > 0 THEN @walk ELSE nullif(@limit, 0) END
)
SELECT p.id, p.client_id, p.client, p.commercial_id, p.commercial, p.total_amount, p.remaining_amount,
	p.is_signed, p.signed_on, p.is_fully_paid, p.created_at, p.updated_at, p.version, p.owner_id = @actor AS is_own,
	EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = p.id) AS is_assigned
FROM page p
WHERE @walk = 0 OR (SELECT h.every FROM contract_has(p.id, p.client_id, p.commercial_id, p.total_amount, p.remaining_amount,
	@parts, @digits, @amounts_from, @amounts_to, @search_events) h)
ORDER BY
	CASE WHEN @kind = 'text' AND NOT @descending THEN p.text_key END, CASE WHEN @kind = 'text' AND @descending THEN p.text_key END DESC,
	CASE WHEN @kind = 'moment' AND NOT @descending THEN p.moment_key END, CASE WHEN @kind = 'moment' AND @descending THEN p.moment_key END DESC,
	CASE WHEN @kind = 'number' AND NOT @descending THEN p.number_key END, CASE WHEN @kind = 'number' AND @descending THEN p.number_key END DESC,
	CASE WHEN @kind = 'flag' AND NOT @descending THEN p.flag_key END, CASE WHEN @kind = 'flag' AND @descending THEN p.flag_key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

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
SELECT k.id, k.client_id, k.client, k.commercial_id, k.commercial, k.total_amount, k.remaining_amount,
	k.is_signed, k.signed_on, k.is_fully_paid, k.created_at, k.updated_at, k.version, k.owner_id = @actor AS is_own,
	EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = p.id) AS is_assigned
FROM page p
JOIN contract_shown k ON k.id = p.id AND k.has_client AND k.has_commercial
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

-- name: over
-- Those of some contracts that have events within a reach on events, all of which are over at a moment.
SELECT v.contract_id AS id
FROM events_within(@any, @own, @assigned, @actor) v
WHERE v.contract_id = ANY (@ids::bigint[]) AND v.cancelled_at IS NULL
GROUP BY v.contract_id
HAVING max(v.end_date) < @now::timestamptz

-- name: reach
-- Whether the actor is any client's commercial, and the contracts with an event that the actor supports, up to @most; 0: all.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = @actor) AS own,
	ARRAY(SELECT s.contract_id FROM contract_support s WHERE s.user_id = @actor LIMIT nullif(@most, 0)) AS assigned

-- name: references
SELECT 'event' AS noun, count(*) AS n FROM event WHERE contract_id = @id
UNION ALL
SELECT 'payment', count(*) FROM payment WHERE contract_id = @id

-- name: update
UPDATE contract SET client_id = @client_id, commercial_id = @commercial_id, total_amount = @total_amount, remaining_amount = @remaining_amount,
	is_signed = @is_signed, signed_on = @signed_on::date, is_fully_paid = @is_fully_paid
WHERE id = @id AND version = @version
RETURNING id

-- name: several
-- Those of several ids that are within a reach.
SELECT k.id, k.client_id, k.client, k.commercial_id, k.commercial, k.owner, k.total_amount, k.remaining_amount, k.is_signed, k.signed_on, k.is_fully_paid,
	k.created_at, k.updated_at, k.version, s.is_own, s.is_assigned
FROM contract_shown k
CROSS JOIN LATERAL (
	SELECT k.owner_id = @actor AS is_own, EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = k.id) AS is_assigned
	OFFSET 0
) s
WHERE k.id = ANY (@ids::integer[]) AND (@any OR @own AND s.is_own OR @assigned AND s.is_assigned)

-- name: view
-- The contract's first @limit events within a reach on events come along, one a row.
SELECT k.id, k.client_id, k.client, k.commercial_id, k.commercial,
	k.owner, k.total_amount, k.remaining_amount, k.is_signed, k.signed_on, k.is_fully_paid, k.created_at, k.updated_at, k.version,
	s.is_own, s.is_assigned, EXISTS (SELECT FROM note n WHERE n.contract_id = k.id) AS noted,
	e.id IS NOT NULL AS there, e.id AS "related.id", e.title AS "related.title", e.contract_id AS "related.contract_id",
	e.client_id AS "related.client_id", e.client AS "related.client", e.commercial_id AS "related.commercial_id", e.commercial AS "related.commercial",
	e.full_address AS "related.full_address", e.support_contact_id AS "related.support_contact_id", e.support_contact AS "related.support_contact",
	e.start_date AS "related.start_date", e.end_date AS "related.end_date", e.participant_count AS "related.participant_count",
	e.notes AS "related.notes", e.cancelled_at AS "related.cancelled_at", e.cancel_reason AS "related.cancel_reason", e.created_at AS "related.created_at", e.updated_at AS "related.updated_at", e.version AS "related.version",
	s.is_own AS "related.is_own", e.support_contact_id IS NOT DISTINCT FROM @actor AS "related.is_assigned"
FROM contract_shown k
CROSS JOIN LATERAL confirmed(@session, @actor, @role, @version, @stamp) a
CROSS JOIN LATERAL (
	SELECT k.owner_id = @actor AS is_own,
		EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = k.id) AS is_assigned
	OFFSET 0 -- once, not for each row that comes along
) s
LEFT JOIN LATERAL (
	SELECT e.id, e.title, e.contract_id, e.client_id, e.client, e.commercial_id, e.commercial, e.full_address, e.support_contact_id, e.support_contact,
		e.start_date, e.end_date, e.participant_count, e.notes, e.cancelled_at, e.cancel_reason, e.created_at, e.updated_at, e.version
	FROM event_shown e
	WHERE e.contract_id = k.id AND (@related_any OR @related_own AND s.is_own OR @related_assigned AND e.support_contact_id = @actor)
	ORDER BY e.id
	LIMIT @limit
) e ON true
WHERE k.id = @id AND (@any OR @own AND s.is_own OR @assigned AND s.is_assigned)
ORDER BY e.id
