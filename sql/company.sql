-- Companies, which nobody owns.

-- name: count
-- How many there are of those that list lists, up to @limit; 0: all.
SELECT count(*)
FROM (
SELECT
FROM company v
WHERE (cardinality(@parts::text[]) = 0 OR search_key(v.name) LIKE (@parts::text[])[1]
	OR v.id = ANY (ARRAY(SELECT m.id FROM ids_with((@digits::text[])[1]) i JOIN company m ON m.id >= i.first AND m.id < i.beyond)))
AND (cardinality(@parts) < 2 OR ( -- each word stands somewhere
	SELECT bool_and(search_key(v.name) LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM unnest(@parts, @digits::text[]) AS w (part, digits)))
LIMIT nullif(@limit, 0)
) f

-- name: delete
DELETE FROM company WHERE id = @id RETURNING id

-- name: insert
INSERT INTO company (name, created_at, updated_at) VALUES (@name, now(), now()) RETURNING id

-- name: list
-- A page of companies, with the number of their clients within a reach on clients.
WITH visible AS NOT MATERIALIZED (
	SELECT y.id, y.name, y.created_at, y.updated_at, y.version,
		sort_key(CASE WHEN @sort = 'name' THEN y.name END, @descending) COLLATE "C" AS text_key,
		sort_key(CASE @sort WHEN 'created_at' THEN y.created_at WHEN 'updated_at' THEN y.updated_at END, @descending) AS moment_key
	FROM company y
), place AS (
	SELECT p.text_key, p.moment_key, p.id FROM visible p WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT sort_key(@after_key, @descending) COLLATE "C", sort_key(CASE WHEN @kind = 'moment' THEN nullif(@after_key, '')::timestamptz END, @descending), @after
	WHERE @after_key IS NOT NULL
)
SELECT v.id, v.name, v.created_at, v.updated_at, v.version,
	CASE WHEN @any OR @own OR @assigned THEN (
		SELECT count(*) FROM client c WHERE c.company_id = v.id AND (@any OR @own AND c.commercial_id = @actor OR @assigned AND EXISTS (
			SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = c.id AND e.support_contact_id = @actor))) END AS clients
FROM visible v
WHERE (cardinality(@parts::text[]) = 0 OR search_key(v.name) LIKE (@parts::text[])[1]
	OR v.id = ANY (ARRAY(SELECT m.id FROM ids_with((@digits::text[])[1]) i JOIN company m ON m.id >= i.first AND m.id < i.beyond)))
AND (cardinality(@parts) < 2 OR ( -- each word stands somewhere
	SELECT bool_and(search_key(v.name) LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM unnest(@parts, @digits::text[]) AS w (part, digits)))
AND (@after = 0 OR CASE @kind
	WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
	WHEN 'text' THEN CASE
		WHEN @descending THEN (v.text_key, v.id) < (SELECT p.text_key, p.id FROM place p)
		ELSE (v.text_key, v.id) > (SELECT p.text_key, p.id FROM place p) END
	WHEN 'moment' THEN CASE
		WHEN @descending THEN (v.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
		ELSE (v.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
	END)
ORDER BY
	CASE WHEN NOT @descending THEN v.text_key END, CASE WHEN @descending THEN v.text_key END DESC,
	CASE WHEN NOT @descending THEN v.moment_key END, CASE WHEN @descending THEN v.moment_key END DESC,
	CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
LIMIT nullif(@limit, 0)

-- name: lock
SELECT id FROM company WHERE id = @id FOR UPDATE

-- name: named
-- What companies are called, told to who views all of them.
SELECT id, name FROM company WHERE id = ANY (@ids) AND @any

-- name: references
SELECT count(*) AS clients, 0 AS contracts, 0 AS events FROM client WHERE company_id = @id

-- name: update
UPDATE company SET name = coalesce(nullif(@name, ''), name) WHERE id = @id AND version = @version RETURNING id

-- name: view
-- The company's first @limit clients within a reach on clients come along, one a row.
SELECT y.id, y.name, y.created_at, y.updated_at, y.version,
	CASE WHEN @any OR @own OR @assigned THEN (
		SELECT count(*) FROM client n WHERE n.company_id = y.id AND (@any OR @own AND n.commercial_id = @actor OR @assigned AND EXISTS (
			SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = n.id AND e.support_contact_id = @actor))) END AS clients,
	coalesce(c.id, 0) AS "client.id", coalesce(c.full_name, '') AS "client.full_name", coalesce(c.email, '') AS "client.email",
	c.phone AS "client.phone", y.id AS "client.company_id", y.name AS "client.company",
	coalesce(c.commercial_id, 0) AS "client.commercial_id", coalesce(c.commercial, '') AS "client.commercial",
	coalesce(c.first_contact_date, y.created_at) AS "client.first_contact_date", c.last_contact_date AS "client.last_contact_date",
	coalesce(c.created_at, y.created_at) AS "client.created_at", coalesce(c.updated_at, y.created_at) AS "client.updated_at",
	coalesce(c.version, 0) AS "client.version", coalesce(c.is_own, false) AS "client.is_own", coalesce(c.is_assigned, false) AS "client.is_assigned"
FROM company y
LEFT JOIN LATERAL (
	SELECT c.id, c.full_name, c.email, c.phone, c.commercial_id, u.username AS commercial,
		c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version, s.is_own, s.is_assigned
	FROM client c
	LEFT JOIN users u ON u.id = c.commercial_id
	CROSS JOIN LATERAL (
		SELECT c.commercial_id = @actor AS is_own,
			EXISTS (SELECT FROM contract k JOIN event e ON e.contract_id = k.id
				WHERE k.client_id = c.id AND e.support_contact_id = @actor) AS is_assigned
	) s
	WHERE c.company_id = y.id AND (@any OR @own AND s.is_own OR @assigned AND s.is_assigned)
	ORDER BY c.id
	LIMIT @limit
) c ON true
WHERE y.id = @id
AND (@session::bigint = 0 OR EXISTS (
	SELECT FROM session a
	JOIN users w ON w.id = a.user_id
	JOIN role r ON r.id = w.role_id
	WHERE a.id = @session AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
	AND w.id = @actor AND r.id = @role AND r.version = @version AND r.xmin::text = @stamp))
ORDER BY c.id
