-- Clients, each of one commercial.

-- name: alike
-- Other clients than @but with the name, the phone number or one of the e-mail addresses, each empty for none; at most 3 by each.
SELECT same, id, full_name
FROM clients_alike(@any, @own, @assigned, @actor, @but, @name, @phone, @emails)
ORDER BY same, id

-- name: complete
-- Some clients that a text means. Each is found through an index: where there are a million, none is looked at that
-- does not fit. The text is @text, folded, and empty for any. Names with it begin with something between @from and @to.
-- A part of a name has the pattern @part, ids begin with @digits, and phone numbers match the regular expression
-- @phone; each may be empty. At most @limit are found in each way.
WITH visible AS NOT MATERIALIZED (
	SELECT c.id, c.full_name, c.email, c.phone, c.company_id
	FROM client c
	WHERE (@any OR @own AND c.commercial_id = @actor OR cardinality(@assigned::integer[]) > 0 AND c.id = ANY (@assigned))
	AND (NOT @without_contract OR EXISTS (SELECT FROM client_without_contract w WHERE w.client_id = c.id)
		AND NOT EXISTS (SELECT FROM contract k WHERE k.client_id = c.id))
), begun AS MATERIALIZED ( -- by what begins with the text
	(SELECT v.id FROM visible v WHERE @text = '' ORDER BY v.id LIMIT @limit)
	UNION ALL
	(SELECT v.id FROM visible v
		WHERE @text <> '' AND sort_key(v.full_name, true) COLLATE "C" >= @from AND sort_key(v.full_name, true) COLLATE "C" < @to
		ORDER BY sort_key(v.full_name, true) COLLATE "C" LIMIT @limit)
	UNION ALL
	(SELECT v.id FROM visible v
		WHERE @text <> '' AND sort_key(v.email, true) COLLATE "C" >= @from AND sort_key(v.email, true) COLLATE "C" < @to
		ORDER BY sort_key(v.email, true) COLLATE "C" LIMIT @limit)
	UNION ALL
	(SELECT d.id
		FROM ids_with(@digits) i
		CROSS JOIN LATERAL (SELECT v.id FROM visible v WHERE v.id >= i.first AND v.id < i.beyond ORDER BY v.id LIMIT @limit) d
		LIMIT @limit)
), parted AS ( -- by what has it in its middle: the shorter it is the more those are, and the longer they take to find
	(SELECT v.id FROM visible v WHERE @part <> '' AND search_key(v.full_name) LIKE @part
		AND (cardinality(@parts::text[]) < 2 OR search_key(concat_ws(' ', v.full_name, v.email, (SELECT y.name FROM company y WHERE y.id = v.company_id))) LIKE ALL (@parts))
		LIMIT @limit)
	UNION ALL
	(SELECT v.id FROM company m JOIN visible v ON v.company_id = m.id WHERE @part <> '' AND search_key(m.name) LIKE @part
		AND (cardinality(@parts) < 2 OR search_key(concat_ws(' ', v.full_name, v.email, m.name)) LIKE ALL (@parts))
		LIMIT @limit)
	UNION ALL
	(SELECT v.id FROM visible v WHERE @phone <> '' AND v.phone ~ @phone LIMIT @limit)
), found AS (
	SELECT b.id FROM begun b
	UNION ALL
	(SELECT p.id FROM parted p LIMIT (SELECT CASE WHEN count(DISTINCT b.id) < @limit THEN 3 * @limit ELSE 0 END FROM begun b)) -- none is looked for where the list is full
)
SELECT c.id, c.full_name, c.company, r.is_own, r.is_assigned
FROM client_shown c
CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
WHERE c.id = ANY (ARRAY(SELECT id FROM found))
ORDER BY c.id

-- name: common
-- How many clients are to be walked for a page of a search that finds many, as far as a sample tells.
SELECT coalesce(worth_walking(avg(h.every::integer), 'client', @limit), 0)
FROM client c TABLESAMPLE SYSTEM (sampled('client')) REPEATABLE (1)
CROSS JOIN LATERAL client_has(c.id, c.full_name, c.email, c.phone, c.company_id, c.commercial_id, @parts, @digits, @phones) h

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (
	SELECT FROM clients_found(@any, @own, @assigned, @actor, @company, @commercial, @without_contract, @parts, @digits, @phones) v
	LIMIT nullif(@limit, 0)
) f

-- name: list
-- A page of those within a reach and a filter. Each list says by itself where its page begins, in either direction. PostgreSQL
-- puts no function in that takes a costly key twice. It would call it for each row, and begin no index there.
WITH place AS (
	SELECT k.text_key COLLATE "C" AS text_key, k.moment_key, p.id
	FROM clients_within(@any, @own, @assigned, @actor) p
	CROSS JOIN LATERAL client_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.text_key COLLATE "C", g.moment_key, @after FROM given_keys(@after_key, @kind, @descending) g
), page AS (
	SELECT v.id, v.full_name, v.email, v.phone, v.company_id, v.company, v.commercial_id, v.commercial,
		v.first_contact_date, v.last_contact_date, v.created_at, v.updated_at, v.version, k.text_key COLLATE "C" AS text_key, k.moment_key
	FROM clients_found(@any, @own, @assigned, @actor, @company, @commercial, @without_contract, CASE WHEN @walk > 0 THEN '{}' ELSE @parts::text[] END, @digits, @phones) v
	CROSS JOIN LATERAL client_keys(v, @sort, @descending) k
	WHERE v.has_commercial AND (@after = 0 OR CASE @kind
		WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
		WHEN 'text' THEN CASE -- perhaps of another table than the id, whose index wants a condition of its own
			WHEN @descending THEN (k.text_key COLLATE "C", v.id) < (SELECT p.text_key, p.id FROM place p) AND k.text_key COLLATE "C" <= (SELECT p.text_key FROM place p)
			ELSE (k.text_key COLLATE "C", v.id) > (SELECT p.text_key, p.id FROM place p) AND k.text_key COLLATE "C" >= (SELECT p.text_key FROM place p) END
		WHEN 'moment' THEN CASE
			WHEN @descending THEN (k.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (k.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		END)
	ORDER BY
		CASE WHEN NOT @descending THEN k.text_key COLLATE "C" END, CASE WHEN @descending THEN k.text_key COLLATE "C" END DESC,
		CASE WHEN NOT @descending THEN k.moment_key END, CASE WHEN @descending THEN k.moment_key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT CASE WHEN @walk > 0 THEN @walk ELSE nullif(@limit, 0) END
)
SELECT p.id, p.full_name, p.email, p.phone, p.company_id, p.company, p.commercial_id, p.commercial,
	p.first_contact_date, p.last_contact_date, p.created_at, p.updated_at, p.version, p.commercial_id = @actor AS is_own,
	r.is_assigned
FROM page p
CROSS JOIN LATERAL client_relation(p.id, p.commercial_id, @actor) r
WHERE @walk = 0 OR (SELECT h.every FROM client_has(p.id, p.full_name, p.email, p.phone, p.company_id, p.commercial_id, @parts, @digits, @phones) h)
ORDER BY
	CASE WHEN @kind = 'text' AND NOT @descending THEN p.text_key END, CASE WHEN @kind = 'text' AND @descending THEN p.text_key END DESC,
	CASE WHEN @kind = 'moment' AND NOT @descending THEN p.moment_key END, CASE WHEN @kind = 'moment' AND @descending THEN p.moment_key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: list_by_commercial
-- All clients by the names of their commercials, where one may have nearly all of them: the first ones of each, through an index,
-- until the page is full. Other queries do so with other tables and columns, which no function takes as arguments.
WITH place AS (
	SELECT sort_key(coalesce(@after_key::text, (SELECT u.username FROM client c JOIN users u ON u.id = c.commercial_id WHERE c.id = @after)), @descending) COLLATE "C" AS key
	WHERE @after_key IS NOT NULL OR EXISTS (SELECT FROM client c WHERE c.id = @after)
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
		SELECT c.id
		FROM client c
		WHERE CASE -- a range, for which no other index has the order
			WHEN @descending THEN (c.commercial_id, c.id) < (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END) AND c.commercial_id >= g.id
			ELSE (c.commercial_id, c.id) > (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END) AND c.commercial_id <= g.id END
		ORDER BY
			CASE WHEN NOT @descending THEN c.commercial_id END, CASE WHEN @descending THEN c.commercial_id END DESC,
			CASE WHEN NOT @descending THEN c.id END, CASE WHEN @descending THEN c.id END DESC
		LIMIT nullif(@limit, 0)
	) v
	ORDER BY
		CASE WHEN NOT @descending THEN g.key END, CASE WHEN @descending THEN g.key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT nullif(@limit, 0)
)
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, c.company, c.commercial_id, c.commercial,
	c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version, r.is_own, r.is_assigned
FROM page p
JOIN client_shown c ON c.id = p.id AND c.has_commercial
CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
ORDER BY
	CASE WHEN NOT @descending THEN p.key END, CASE WHEN @descending THEN p.key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: list_by_company
-- All clients by the names of their companies, as list_by_commercial.
WITH place AS (
	SELECT sort_key(n.name, @descending) COLLATE "C" AS key
	FROM (SELECT coalesce(@after_key::text, (SELECT y.name FROM client c JOIN company y ON y.id = c.company_id WHERE c.id = @after)) AS name) n
	WHERE @after_key IS NOT NULL OR EXISTS (SELECT FROM client c WHERE c.id = @after)
), page AS (
	(SELECT g.key, v.id
	FROM (
		SELECT y.id, sort_key(y.name, @descending) COLLATE "C" AS key
		FROM company y
		WHERE (@after = 0 OR CASE
			WHEN @descending THEN sort_key(y.name, @descending) COLLATE "C" <= (SELECT p.key FROM place p)
			ELSE sort_key(y.name, @descending) COLLATE "C" >= (SELECT p.key FROM place p) END)
		ORDER BY CASE WHEN NOT @descending THEN sort_key(y.name, @descending) COLLATE "C" END, CASE WHEN @descending THEN sort_key(y.name, @descending) COLLATE "C" END DESC
	) g
	CROSS JOIN LATERAL (
		SELECT c.id
		FROM client c
		WHERE CASE -- a range, for which no other index has the order
			WHEN @descending THEN (c.company_id, c.id) < (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END) AND c.company_id >= g.id
			ELSE (c.company_id, c.id) > (g.id, CASE WHEN @after > 0 AND g.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END) AND c.company_id <= g.id END
		ORDER BY
			CASE WHEN NOT @descending THEN c.company_id END, CASE WHEN @descending THEN c.company_id END DESC,
			CASE WHEN NOT @descending THEN c.id END, CASE WHEN @descending THEN c.id END DESC
		LIMIT nullif(@limit, 0)
	) v
	ORDER BY
		CASE WHEN NOT @descending THEN g.key END, CASE WHEN @descending THEN g.key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT nullif(@limit, 0))
	UNION ALL -- those that belong to nothing come last
	(SELECT o.key, c.id
	FROM client c
	CROSS JOIN (SELECT sort_key(''::text, @descending) COLLATE "C" AS key) o
	WHERE c.company_id IS NULL
	AND (@after = 0 OR CASE WHEN @descending THEN o.key <= (SELECT p.key FROM place p) ELSE o.key >= (SELECT p.key FROM place p) END)
	AND (@after = 0 OR CASE
		WHEN @descending THEN c.id < CASE WHEN o.key = (SELECT p.key FROM place p) THEN @after ELSE 1::bigint << 31 END
		ELSE c.id > CASE WHEN o.key = (SELECT p.key FROM place p) THEN @after ELSE 0 END END)
	ORDER BY CASE WHEN NOT @descending THEN c.id END, CASE WHEN @descending THEN c.id END DESC
	LIMIT nullif(@limit, 0))
)
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, c.company, c.commercial_id, c.commercial,
	c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version, r.is_own, r.is_assigned
FROM page p
JOIN client_shown c ON c.id = p.id AND c.has_commercial
CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
ORDER BY
	CASE WHEN NOT @descending THEN p.key END, CASE WHEN @descending THEN p.key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: contact
-- The day that the client was spoken to last.
UPDATE client SET last_contact_date = @day WHERE id = @id RETURNING id

-- name: delete
DELETE FROM client WHERE id = @id RETURNING id

-- name: duplicates
-- Pairs of clients within a reach that share something: a newer one, and the first that was there before. The surest come first,
-- and of these the newest. Each pair comes once, for the surest of what it shares. The page begins behind client @before
-- with what @kind says; 0 is the start. @contracts tells whether it may be looked whether a contract is signed.
WITH visible AS NOT MATERIALIZED (
	SELECT c.id FROM client c WHERE @own AND c.commercial_id = @actor
	UNION ALL
	SELECT unnest(@assigned::integer[])
), page AS (
	SELECT p.kind, p.id, p.first
	FROM unnest('{1,2,3,4}'::smallint[]) AS k (kind)
	CROSS JOIN LATERAL (
		SELECT l.kind, l.record_id AS id, f.id AS first
		FROM alike l
		CROSS JOIN LATERAL (
			SELECT m.record_id AS id
			FROM alike m
			WHERE m.resource = 'client' AND m.kind = l.kind AND m.key = l.key AND m.record_id < l.record_id
			AND (@any OR m.record_id IN (SELECT v.id FROM visible v))
			AND (l.kind <> 3 OR clients_near(l.record_id, m.record_id))
			ORDER BY m.record_id
			LIMIT 1
		) f
		WHERE l.resource = 'client' AND l.kind = k.kind AND (@before = 0 OR k.kind > @kind OR l.record_id < @before)
		AND (@any OR l.record_id IN (SELECT v.id FROM visible v))
		AND NOT EXISTS (SELECT FROM clients_share(l.record_id, f.id) s WHERE s.kind < l.kind)
		ORDER BY l.record_id DESC
		LIMIT @limit
	) p
	WHERE k.kind >= @kind
	ORDER BY p.kind, p.id DESC
	LIMIT @limit
)
SELECT p.kind, ARRAY(
		SELECT (ARRAY['company', 'phone', 'email', 'name'])[s.kind] FROM clients_share(p.id, p.first) s ORDER BY s.kind) AS kinds,
	@contracts AND EXISTS (SELECT FROM contract k WHERE k.client_id = p.id AND k.is_signed)
		AND NOT EXISTS (SELECT FROM contract k WHERE k.client_id = p.first AND k.is_signed) AS swap,
	n.id, n.full_name, n.company, r.is_own, r.is_assigned,
	o.id AS "related.id", o.full_name AS "related.full_name", o.company AS "related.company", q.is_own AS "related.is_own", q.is_assigned AS "related.is_assigned"
FROM page p
JOIN client_shown n ON n.id = p.id
JOIN client_shown o ON o.id = p.first
CROSS JOIN LATERAL client_relation(n.id, n.commercial_id, @actor) r
CROSS JOIN LATERAL client_relation(o.id, o.commercial_id, @actor) q
ORDER BY p.kind, p.id DESC

-- name: hold
-- The client keeps its commercial until the transaction ends.
SELECT commercial_id FROM client WHERE id = @id FOR SHARE

-- name: hold_assigned
-- An event through which the client is assigned to the actor stays so until the transaction ends.
SELECT e.id
FROM contract k
JOIN event e ON e.contract_id = k.id
WHERE k.client_id = @id AND e.support_contact_id = @actor
ORDER BY e.id
LIMIT 1
FOR SHARE OF k, e

-- name: hold_many
-- Those that are there keep their commercial until the transaction ends.
SELECT id FROM client WHERE id = ANY (@ids::integer[]) ORDER BY id FOR SHARE

-- name: insert
INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at)
VALUES (@full_name, @email, @phone, @company_id, @commercial_id, @first_contact_date, @last_contact_date, now(), now())
RETURNING id

-- name: lock
-- Returns the version as the row is once it is locked.
SELECT version FROM client WHERE id = @id FOR UPDATE

-- name: lock_many
SELECT id FROM client WHERE id = ANY (@ids::integer[]) ORDER BY id FOR UPDATE

-- name: mailboxes
-- Which of several e-mail addresses, each in three forms, some client has: their places from 1, and the first such client within
-- reach, 0 where it is out of sight. A predecessor may have left several.
SELECT w.place, coalesce(m.id, 0) AS id, m.n > 1 AS several
FROM (
	SELECT a.place, a.address, a.ascii, a.unicode, mailbox(a.address) AS key
	FROM unnest(@addresses::text[], @ascii::text[], @unicode::text[]) WITH ORDINALITY AS a (address, ascii, unicode, place)
) w
CROSS JOIN LATERAL (
	SELECT min(m.id) AS id, count(*) AS n
	FROM (
		SELECT c.id
		FROM client c
		CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
		WHERE sort_key(c.email, true) COLLATE "C" = ANY (ARRAY[fold(w.address), fold(w.ascii), fold(w.unicode)])
		AND mailbox(c.email) = w.key AND (@any OR @own AND r.is_own OR @assigned AND r.is_assigned)
		OFFSET 0 -- those first, and then the first of them
	) m
) m
WHERE EXISTS (SELECT FROM taken t WHERE t.rule = 'client_email_taken' AND t.key = w.key OFFSET 0)

-- name: merge_contracts
-- The contracts of a client that is merged into another one become that one's, and its commercial's.
WITH moving AS (
	SELECT k.id FROM contract k WHERE k.client_id = @from ORDER BY k.id FOR UPDATE
), moved AS (
	UPDATE contract k SET client_id = c.id, commercial_id = c.commercial_id
	FROM client c
	WHERE c.id = @into AND k.id IN (SELECT m.id FROM moving m)
	RETURNING k.id
)
SELECT count(*) FROM moved

-- name: named
SELECT c.id, c.full_name AS name
FROM client c
CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
WHERE c.id = ANY (@ids) AND (@any OR @own AND r.is_own OR @assigned AND r.is_assigned)

-- name: reach
-- Whether the actor is any client's commercial, and the clients with an event that the actor supports, up to @most; 0: all.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = @actor) AS own,
	ARRAY(SELECT s.client_id FROM client_support s WHERE s.user_id = @actor LIMIT nullif(@most, 0)) AS assigned

-- name: reassign
UPDATE client SET commercial_id = @commercial WHERE id = @id AND version = @version RETURNING id

-- name: references
SELECT 'contract' AS noun, count(*) AS n FROM contract WHERE client_id = @id

-- name: several
-- Those of several ids that are within a reach.
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, c.company, c.commercial_id, c.commercial, c.first_contact_date, c.last_contact_date,
	c.created_at, c.updated_at, c.version, r.is_own, r.is_assigned
FROM client_shown c
CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
WHERE c.id = ANY (@ids::integer[]) AND (@any OR @own AND r.is_own OR @assigned AND r.is_assigned)

-- name: update
-- Returns the client as view tells it. What client_shown tells in the same statement is the client before.
WITH changed AS (
	UPDATE client SET full_name = coalesce(nullif(@full_name, ''), full_name), email = coalesce(nullif(@email, ''), email), phone = @phone, company_id = @company_id,
		first_contact_date = coalesce(@first_contact_date, first_contact_date), last_contact_date = @last_contact_date
	WHERE id = @id AND version = @version
	RETURNING id, full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at, version
)
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company, c.commercial_id, u.username AS commercial,
	c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version, r.is_own, r.is_assigned,
	EXISTS (SELECT FROM note n WHERE n.client_id = c.id) AS noted
FROM changed c
CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
LEFT JOIN users u ON u.id = c.commercial_id
LEFT JOIN company y ON y.id = c.company_id

-- name: view
-- The client's first @limit contracts within a reach on contracts come along, one a row.
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, c.company, c.commercial_id, c.commercial, c.first_contact_date, c.last_contact_date,
	c.created_at, c.updated_at, c.version, s.is_own, s.is_assigned, EXISTS (SELECT FROM note n WHERE n.client_id = c.id) AS noted,
	k.id IS NOT NULL AS there, k.id AS "related.id", c.id AS "related.client_id", c.full_name AS "related.client",
	k.commercial_id AS "related.commercial_id", k.commercial AS "related.commercial",
	k.total_amount AS "related.total_amount", k.remaining_amount AS "related.remaining_amount",
	k.is_signed AS "related.is_signed", k.signed_on AS "related.signed_on", k.is_fully_paid AS "related.is_fully_paid",
	k.created_at AS "related.created_at", k.updated_at AS "related.updated_at",
	k.version AS "related.version", s.is_own AS "related.is_own", k.is_assigned AS "related.is_assigned"
FROM client_shown c
CROSS JOIN LATERAL confirmed(@session, @actor, @role, @version, @stamp) a
CROSS JOIN LATERAL (
	SELECT r.is_own, r.is_assigned FROM client_relation(c.id, c.commercial_id, @actor) r
	OFFSET 0 -- once, not for each row that comes along
) s
LEFT JOIN LATERAL (
	SELECT k.id, k.commercial_id, k.commercial, k.total_amount, k.remaining_amount, k.is_signed, k.signed_on, k.is_fully_paid,
		k.created_at, k.updated_at, k.version, t.is_assigned
	FROM contract_made k
	CROSS JOIN LATERAL (
		SELECT EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = k.id) AS is_assigned
	) t
	WHERE k.client_id = c.id AND (@related_any OR @related_own AND s.is_own OR @related_assigned AND t.is_assigned)
	ORDER BY k.id
	LIMIT @limit
) k ON true
WHERE c.id = @id AND (@any OR @own AND s.is_own OR @assigned AND s.is_assigned)
ORDER BY k.id
