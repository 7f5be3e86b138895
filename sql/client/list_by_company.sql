-- All clients by the names of their companies, where one may have nearly all of them: the first
-- ones of each, through an index, until the page is full. $1 the actor, $2 descending, $3 limit, $4 after this id,
-- $5 whose name is this
WITH place AS (
	SELECT sort_key(n.name, $2) COLLATE "C" AS key
	FROM (SELECT coalesce($5::text, (SELECT y.name FROM client c JOIN company y ON y.id = c.company_id WHERE c.id = $4)) AS name) n
	WHERE $5 IS NOT NULL OR EXISTS (SELECT FROM client c WHERE c.id = $4)
), page AS (
	(SELECT g.key, v.id
	FROM (
		SELECT y.id, sort_key(y.name, $2) COLLATE "C" AS key
		FROM company y
		WHERE ($4 = 0 OR CASE
			WHEN $2 THEN sort_key(y.name, $2) COLLATE "C" <= (SELECT p.key FROM place p)
			ELSE sort_key(y.name, $2) COLLATE "C" >= (SELECT p.key FROM place p) END)
		ORDER BY CASE WHEN NOT $2 THEN sort_key(y.name, $2) COLLATE "C" END, CASE WHEN $2 THEN sort_key(y.name, $2) COLLATE "C" END DESC
	) g
	CROSS JOIN LATERAL (
		SELECT c.id
		FROM client c
		WHERE CASE -- a range, for which no other index has the order
			WHEN $2 THEN (c.company_id, c.id) < (g.id, CASE WHEN $4 > 0 AND g.key = (SELECT p.key FROM place p) THEN $4 ELSE 1::bigint << 31 END) AND c.company_id >= g.id
			ELSE (c.company_id, c.id) > (g.id, CASE WHEN $4 > 0 AND g.key = (SELECT p.key FROM place p) THEN $4 ELSE 0 END) AND c.company_id <= g.id END
		ORDER BY
			CASE WHEN NOT $2 THEN c.company_id END, CASE WHEN $2 THEN c.company_id END DESC,
			CASE WHEN NOT $2 THEN c.id END, CASE WHEN $2 THEN c.id END DESC
		LIMIT nullif($3, 0)
	) v
	ORDER BY
		CASE WHEN NOT $2 THEN g.key END, CASE WHEN $2 THEN g.key END DESC,
		CASE WHEN NOT $2 THEN v.id END, CASE WHEN $2 THEN v.id END DESC
	LIMIT nullif($3, 0))
	UNION ALL -- those that belong to nothing come last
	(SELECT o.key, c.id
	FROM client c
	CROSS JOIN (SELECT sort_key(''::text, $2) COLLATE "C" AS key) o
	WHERE c.company_id IS NULL
	AND ($4 = 0 OR CASE WHEN $2 THEN o.key <= (SELECT p.key FROM place p) ELSE o.key >= (SELECT p.key FROM place p) END)
	AND ($4 = 0 OR CASE
		WHEN $2 THEN c.id < CASE WHEN o.key = (SELECT p.key FROM place p) THEN $4 ELSE 1::bigint << 31 END
		ELSE c.id > CASE WHEN o.key = (SELECT p.key FROM place p) THEN $4 ELSE 0 END END)
	ORDER BY CASE WHEN NOT $2 THEN c.id END, CASE WHEN $2 THEN c.id END DESC
	LIMIT nullif($3, 0))
)
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company, c.commercial_id, u.username AS commercial,
	c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version, c.commercial_id = $1 AS is_own,
	EXISTS (SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = p.id AND e.support_contact_id = $1) AS is_assigned
FROM page p
JOIN client c ON c.id = p.id
JOIN users u ON u.id = c.commercial_id
LEFT JOIN company y ON y.id = c.company_id
ORDER BY
	CASE WHEN NOT $2 THEN p.key END, CASE WHEN $2 THEN p.key END DESC,
	CASE WHEN NOT $2 THEN p.id END, CASE WHEN $2 THEN p.id END DESC
LIMIT nullif($3, 0)
