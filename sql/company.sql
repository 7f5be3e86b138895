-- Companies, which nobody owns.

-- name: called
-- The company of a name, however that is written; 0 for none.
SELECT coalesce((
	SELECT y.id FROM company y
	WHERE sort_key(y.name, true) COLLATE "C" = ANY (ARRAY[sort_key(@name::text, true), sort_key(same_name(@name), true)]) AND same_name(y.name) = same_name(@name)
	ORDER BY y.id LIMIT 1), 0)

-- name: called_many
-- The companies of several names, as called finds that of one: their places from 1, for names that some company has.
SELECT w.place, coalesce((
		SELECT min(m.id) FROM (
			SELECT y.id FROM company y
			WHERE sort_key(y.name, true) COLLATE "C" = ANY (ARRAY[sort_key(w.name, true), sort_key(w.key, true)]) AND same_name(y.name) = w.key
			OFFSET 0 -- those first, and then the first of them
		) m), 0) AS id
FROM (SELECT n.place, n.name, same_name(n.name) AS key FROM unnest(@names::text[]) WITH ORDINALITY AS n (name, place)) w
WHERE EXISTS (SELECT FROM taken t WHERE t.rule = 'company_name_taken' AND t.key = w.key OFFSET 0)

-- name: common
-- How many companies are to be walked for a page of a search that finds many, as far as a sample tells.
SELECT coalesce(worth_walking(avg(h.every::integer), 'company', @limit), 0)
FROM company y TABLESAMPLE SYSTEM (sampled('company')) REPEATABLE (1)
CROSS JOIN LATERAL has_words(y.id, search_key(y.name), @parts, @digits) h

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (SELECT FROM companies_found(@parts, @digits) v LIMIT nullif(@limit, 0)) f

-- name: delete
DELETE FROM company WHERE id = @id RETURNING id

-- name: duplicates
-- Pairs of companies that are called alike, as the pairs of clients. Only names can be.
SELECT 4 AS kind, '{name}'::text[] AS kinds, false AS swap, n.id, n.name, o.id AS "related.id", o.name AS "related.name"
FROM alike l
JOIN company n ON n.id = l.record_id
CROSS JOIN LATERAL (
	SELECT m.record_id
	FROM alike m
	JOIN company y ON y.id = m.record_id
	WHERE m.resource = 'company' AND m.kind = 4 AND m.key = l.key AND m.record_id < l.record_id
	AND near(plain_company(n.name), plain_company(y.name))
	ORDER BY m.record_id
	LIMIT 1
) f
JOIN company o ON o.id = f.record_id
WHERE l.resource = 'company' AND l.kind = 4 AND (@before = 0 OR 4 > @kind OR l.record_id < @before)
ORDER BY l.record_id DESC
LIMIT @limit

-- name: hold
-- The company stays there until the transaction ends.
SELECT id FROM company WHERE id = @id FOR KEY SHARE

-- name: hold_many
-- Those that are there stay there until the transaction ends.
SELECT id FROM company WHERE id = ANY (@ids::integer[]) ORDER BY id FOR KEY SHARE

-- name: insert
INSERT INTO company (name, created_at, updated_at) VALUES (@name, now(), now()) RETURNING id

-- name: list
-- A page of companies, with the number of their clients within a reach on clients.
WITH place AS (
	SELECT k.text_key COLLATE "C" AS text_key, k.moment_key, p.id
	FROM company p
	CROSS JOIN LATERAL company_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.text_key COLLATE "C", g.moment_key, @after FROM given_keys(@after_key, @kind, @descending) g
), page AS (
	SELECT v.id, v.name, v.created_at, v.updated_at, v.version, k.text_key COLLATE "C" AS text_key, k.moment_key
	FROM companies_found(CASE WHEN @walk > 0 THEN '{}' ELSE @parts::text[] END, @digits) v
	CROSS JOIN LATERAL company_keys(v, @sort, @descending) k
	WHERE (@after = 0 OR CASE @kind
		WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
		WHEN 'text' THEN CASE
			WHEN @descending THEN (k.text_key COLLATE "C", v.id) < (SELECT p.text_key, p.id FROM place p)
			ELSE (k.text_key COLLATE "C", v.id) > (SELECT p.text_key, p.id FROM place p) END
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
SELECT p.id, p.name, p.created_at, p.updated_at, p.version,
	CASE WHEN @related_any OR @related_own OR @related_assigned THEN (
		SELECT count(*) FROM client c CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
		WHERE c.company_id = p.id AND (@related_any OR @related_own AND r.is_own OR @related_assigned AND r.is_assigned)) END AS clients
FROM page p
WHERE @walk = 0 OR (SELECT h.every FROM has_words(p.id, search_key(p.name), @parts, @digits) h)
ORDER BY
	CASE WHEN @kind = 'text' AND NOT @descending THEN p.text_key END, CASE WHEN @kind = 'text' AND @descending THEN p.text_key END DESC,
	CASE WHEN @kind = 'moment' AND NOT @descending THEN p.moment_key END, CASE WHEN @kind = 'moment' AND @descending THEN p.moment_key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: lock
SELECT id FROM company WHERE id = @id FOR UPDATE

-- name: merge_clients
-- The clients of a company that is merged into another one become that one's.
WITH moving AS (
	SELECT c.id FROM client c WHERE c.company_id = @from ORDER BY c.id FOR UPDATE
), moved AS (
	UPDATE client c SET company_id = @into WHERE c.id IN (SELECT m.id FROM moving m) RETURNING c.id
)
SELECT count(*) FROM moved

-- name: named
-- What companies are called, told to who views all of them.
SELECT id, name FROM company WHERE id = ANY (@ids) AND @any

-- name: references
SELECT 'client' AS noun, count(*) AS n FROM client WHERE company_id = @id

-- name: update
UPDATE company SET name = coalesce(nullif(@name, ''), name) WHERE id = @id AND version = @version RETURNING id

-- name: several
-- Those of several ids.
SELECT y.id, y.name, y.created_at, y.updated_at, y.version FROM company y WHERE y.id = ANY (@ids::integer[])

-- name: view
-- The company's first @limit clients within a reach on clients come along, one a row.
SELECT y.id, y.name, y.created_at, y.updated_at, y.version,
	CASE WHEN @related_any OR @related_own OR @related_assigned THEN (
		SELECT count(*) FROM client c CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
		WHERE c.company_id = y.id AND (@related_any OR @related_own AND r.is_own OR @related_assigned AND r.is_assigned)) END AS clients,
	EXISTS (SELECT FROM note n WHERE n.company_id = y.id) AS noted,
	c.id IS NOT NULL AS there, c.id AS "related.id", c.full_name AS "related.full_name", c.email AS "related.email",
	c.phone AS "related.phone", y.id AS "related.company_id", y.name AS "related.company",
	c.commercial_id AS "related.commercial_id", c.commercial AS "related.commercial",
	c.first_contact_date AS "related.first_contact_date", c.last_contact_date AS "related.last_contact_date",
	c.created_at AS "related.created_at", c.updated_at AS "related.updated_at",
	c.version AS "related.version", c.is_own AS "related.is_own", c.is_assigned AS "related.is_assigned"
FROM company y
CROSS JOIN LATERAL confirmed(@session, @actor, @role, @version, @stamp) a
LEFT JOIN LATERAL (
	SELECT c.id, c.full_name, c.email, c.phone, c.commercial_id, c.commercial,
		c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version, r.is_own, r.is_assigned
	FROM client_shown c
	CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
	WHERE c.company_id = y.id AND (@related_any OR @related_own AND r.is_own OR @related_assigned AND r.is_assigned)
	ORDER BY c.id
	LIMIT @limit
) c ON true
WHERE y.id = @id
ORDER BY c.id
