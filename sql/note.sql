-- Notes, each about one record: a client, a company, a contract or an event. Who views that record sees it. @of are the records that the
-- actor views: 'client' for all clients, 'client own' and 'client assigned' for some. Null narrows nothing.

-- name: clear_of_client
WITH gone AS (DELETE FROM note WHERE client_id = @id RETURNING id)
SELECT count(*) FROM gone

-- name: clear_of_company
WITH gone AS (DELETE FROM note WHERE company_id = @id RETURNING id)
SELECT count(*) FROM gone

-- name: clear_of_contract
WITH gone AS (DELETE FROM note WHERE contract_id = @id RETURNING id)
SELECT count(*) FROM gone

-- name: clear_of_event
WITH gone AS (DELETE FROM note WHERE event_id = @id RETURNING id)
SELECT count(*) FROM gone

-- name: common
-- How many notes are to be walked for a page of a search that finds many, as far as a sample tells.
SELECT coalesce(worth_walking(avg(h.every::integer), 'note', @limit), 0)
FROM note n TABLESAMPLE SYSTEM (sampled('note')) REPEATABLE (1)
CROSS JOIN LATERAL (SELECT v.about, v.author FROM note_shown v WHERE v.id = n.id OFFSET 0) v
CROSS JOIN LATERAL note_has(n.id, n.text, v.about, n.author_id, v.author, @parts, @digits) h

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (
	SELECT FROM notes_found(@any, @own, @assigned, @actor, @of, @client, @company, @contract, @event, @remind, @due, @open, @done, @from, @before,
		@parts, @digits) v
	LIMIT nullif(@limit, 0)
) f

-- name: delete
DELETE FROM note WHERE id = @id RETURNING id

-- name: insert
INSERT INTO note (client_id, company_id, contract_id, event_id, text, remind_on, author_id, created_at, updated_at)
VALUES (@client_id, @company_id, @contract_id, @event_id, @text, @remind_on, @author_id, now(), now())
RETURNING id

-- name: list
-- A page of those within a reach and a filter.
WITH place AS (
	SELECT k.moment_key, p.id
	FROM notes_within(@any, @own, @assigned, @actor, @of) p
	CROSS JOIN LATERAL note_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.moment_key, @after FROM given_keys(@after_key, @kind, @descending) g
), page AS (
	SELECT v.id, v.client_id, v.company_id, v.contract_id, v.event_id, v.about, v.text, v.remind_on, v.done_at, v.author_id, v.author,
		v.created_at, v.updated_at, v.version, k.moment_key
	FROM notes_found(@any, @own, @assigned, @actor, @of, @client, @company, @contract, @event, @remind, @due, @open, @done, @from, @before,
		CASE WHEN @walk > 0 THEN '{}' ELSE @parts::text[] END, @digits) v
	CROSS JOIN LATERAL note_keys(v, @sort, @descending) k
	WHERE (@after = 0 OR CASE @kind
		WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
		WHEN 'moment' THEN CASE
			WHEN @descending THEN (k.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (k.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		END)
	ORDER BY
		CASE WHEN NOT @descending THEN k.moment_key END, CASE WHEN @descending THEN k.moment_key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT CASE WHEN @walk > 0 THEN @walk ELSE nullif(@limit, 0) END
)
SELECT p.id, p.client_id, p.company_id, p.contract_id, p.event_id, p.about, p.text, p.remind_on, p.done_at, p.author_id, p.author,
	p.created_at, p.updated_at, p.version, p.author_id = @actor AS is_own
FROM page p
WHERE @walk = 0 OR (SELECT h.every FROM note_has(p.id, p.text, p.about, p.author_id, p.author, @parts, @digits) h)
ORDER BY
	CASE WHEN @kind = 'moment' AND NOT @descending THEN p.moment_key END, CASE WHEN @kind = 'moment' AND @descending THEN p.moment_key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: lock
-- Nobody else changes the note, nor whose its record is, until the transaction ends: clients, then contracts, then events, then notes.
WITH below AS MATERIALIZED (
	SELECT n.event_id, coalesce(n.contract_id, e.contract_id) AS contract_id, coalesce(n.client_id, k.client_id) AS client_id
	FROM note n
	LEFT JOIN event e ON e.id = n.event_id
	LEFT JOIN contract k ON k.id = coalesce(n.contract_id, e.contract_id)
	WHERE n.id = @id
), clients AS MATERIALIZED (
	SELECT c.id FROM client c WHERE c.id = (SELECT b.client_id FROM below b) FOR SHARE
), contracts AS MATERIALIZED (
	SELECT k.id FROM contract k WHERE k.id = (SELECT b.contract_id FROM below b) AND (SELECT count(*) FROM clients) >= 0 FOR SHARE
), events AS MATERIALIZED (
	SELECT e.id FROM event e WHERE e.id = (SELECT b.event_id FROM below b) AND (SELECT count(*) FROM contracts) >= 0 FOR SHARE
)
SELECT n.id
FROM note n
WHERE n.id = @id AND (SELECT (SELECT count(*) FROM clients) + (SELECT count(*) FROM contracts) + (SELECT count(*) FROM events)) >= 0
FOR UPDATE

-- name: merge_of_client
-- The notes on a client that is merged into another one become that one's.
WITH moving AS (
	SELECT n.id FROM note n WHERE n.client_id = @from ORDER BY n.id FOR UPDATE
), moved AS (
	UPDATE note n SET client_id = @into WHERE n.id IN (SELECT m.id FROM moving m) RETURNING n.id
)
SELECT count(*) FROM moved

-- name: merge_of_company
-- The notes on a company that is merged into another one become that one's.
WITH moving AS (
	SELECT n.id FROM note n WHERE n.company_id = @from ORDER BY n.id FOR UPDATE
), moved AS (
	UPDATE note n SET company_id = @into WHERE n.id IN (SELECT m.id FROM moving m) RETURNING n.id
)
SELECT count(*) FROM moved

-- name: of
-- The newest @limit notes about a record, within a reach. An id is 0 for none. It is planned once: whichever it is, an index has them.
WITH newest AS (
	(SELECT n.id FROM note n WHERE n.client_id = @client AND (@any OR @own AND n.author_id = @actor) ORDER BY n.id DESC LIMIT @limit)
	UNION ALL
	(SELECT n.id FROM note n WHERE n.company_id = @company AND (@any OR @own AND n.author_id = @actor) ORDER BY n.id DESC LIMIT @limit)
	UNION ALL
	(SELECT n.id FROM note n WHERE n.contract_id = @contract AND (@any OR @own AND n.author_id = @actor) ORDER BY n.id DESC LIMIT @limit)
	UNION ALL
	(SELECT n.id FROM note n WHERE n.event_id = @event AND (@any OR @own AND n.author_id = @actor) ORDER BY n.id DESC LIMIT @limit)
)
SELECT v.id, v.client_id, v.company_id, v.contract_id, v.event_id, v.about, v.text, v.remind_on, v.done_at, v.author_id, v.author,
	v.created_at, v.updated_at, v.version, v.author_id = @actor AS is_own
FROM note_shown v
WHERE v.id = ANY (ARRAY(SELECT n.id FROM newest n))
AND (SELECT s.so FROM note_seen(nullif(@client, 0), nullif(@company, 0), nullif(@contract, 0), nullif(@event, 0), @actor, @of) s)
ORDER BY v.id DESC

-- name: reach
-- Whether the actor wrote any note; none is assigned to anybody.
SELECT EXISTS (SELECT FROM note n WHERE n.author_id = @actor) AS own, ARRAY[]::bigint[] AS assigned

-- name: update
UPDATE note SET text = coalesce(nullif(@text, ''), text), remind_on = @remind_on, done_at = @done_at
WHERE id = @id AND version = @version
RETURNING id

-- name: view
SELECT n.id, n.client_id, n.company_id, n.contract_id, n.event_id, n.about, n.text, n.remind_on, n.done_at, n.author_id, n.author,
	n.created_at, n.updated_at, n.version, n.author_id = @actor AS is_own
FROM note_shown n
CROSS JOIN LATERAL confirmed(@session, @actor, @role, @version, @stamp) a
CROSS JOIN LATERAL note_seen(n.client_id, n.company_id, n.contract_id, n.event_id, @actor, @of) s
WHERE n.id = @id AND s.so AND (@any OR @own AND n.author_id = @actor OR @assigned AND false)
