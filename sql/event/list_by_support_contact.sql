-- All events by the names of their support contacts, where one may have nearly all of them: the first
-- ones of each, through an index, until the page is full. $1 the actor, $2 descending, $3 limit, $4 after this id;
-- $5 unassigned, $6 not ended at this moment; $7 the name of $4
WITH place AS (
	SELECT sort_key(n.name, $2) COLLATE "C" AS key
	FROM (SELECT coalesce($7::text, (SELECT h.username FROM event e JOIN users h ON h.id = e.support_contact_id WHERE e.id = $4)) AS name) n
	WHERE $7 IS NOT NULL OR EXISTS (SELECT FROM event e WHERE e.id = $4)
), page AS (
	(SELECT g.key, v.id
	FROM (
		SELECT u.id, sort_key(u.username, $2) COLLATE "C" AS key
		FROM users u
		WHERE ($4 = 0 OR CASE
			WHEN $2 THEN sort_key(u.username, $2) COLLATE "C" <= (SELECT p.key FROM place p)
			ELSE sort_key(u.username, $2) COLLATE "C" >= (SELECT p.key FROM place p) END)
		ORDER BY CASE WHEN NOT $2 THEN sort_key(u.username, $2) COLLATE "C" END, CASE WHEN $2 THEN sort_key(u.username, $2) COLLATE "C" END DESC
	) g
	CROSS JOIN LATERAL (
		SELECT e.id
		FROM event e
		WHERE CASE -- a range, for which no other index has the order
			WHEN $2 THEN (e.support_contact_id, e.id) < (g.id, CASE WHEN $4 > 0 AND g.key = (SELECT p.key FROM place p) THEN $4 ELSE 1::bigint << 31 END) AND e.support_contact_id >= g.id
			ELSE (e.support_contact_id, e.id) > (g.id, CASE WHEN $4 > 0 AND g.key = (SELECT p.key FROM place p) THEN $4 ELSE 0 END) AND e.support_contact_id <= g.id END
		AND (NOT $5 OR e.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
			SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
		AND ($6::timestamptz IS NULL OR e.end_date > $6::timestamptz)
		ORDER BY
			CASE WHEN NOT $2 THEN e.support_contact_id END, CASE WHEN $2 THEN e.support_contact_id END DESC,
			CASE WHEN NOT $2 THEN e.id END, CASE WHEN $2 THEN e.id END DESC
		LIMIT nullif($3, 0)
	) v
	ORDER BY
		CASE WHEN NOT $2 THEN g.key END, CASE WHEN $2 THEN g.key END DESC,
		CASE WHEN NOT $2 THEN v.id END, CASE WHEN $2 THEN v.id END DESC
	LIMIT nullif($3, 0))
	UNION ALL -- those that belong to nothing come last
	(SELECT o.key, e.id
	FROM event e
	CROSS JOIN (SELECT sort_key(''::text, $2) COLLATE "C" AS key) o
	WHERE e.support_contact_id IS NULL
	AND ($6::timestamptz IS NULL OR e.end_date > $6::timestamptz)
	AND ($4 = 0 OR CASE WHEN $2 THEN o.key <= (SELECT p.key FROM place p) ELSE o.key >= (SELECT p.key FROM place p) END)
	AND ($4 = 0 OR CASE
		WHEN $2 THEN e.id < CASE WHEN o.key = (SELECT p.key FROM place p) THEN $4 ELSE 1::bigint << 31 END
		ELSE e.id > CASE WHEN o.key = (SELECT p.key FROM place p) THEN $4 ELSE 0 END END)
	ORDER BY CASE WHEN NOT $2 THEN e.id END, CASE WHEN $2 THEN e.id END DESC
	LIMIT nullif($3, 0))
)
SELECT e.id, e.title, e.contract_id, k.client_id, c.full_name AS client, c.commercial_id, u.username AS commercial,
	e.full_address, e.support_contact_id, coalesce(h.username, '') AS support_contact, e.start_date, e.end_date,
	e.participant_count, coalesce(e.notes, '') AS notes, e.created_at, e.updated_at, e.version,
	c.commercial_id = $1 AS is_own, e.support_contact_id IS NOT DISTINCT FROM $1 AS is_assigned
FROM page p
JOIN event e ON e.id = p.id
JOIN contract k ON k.id = e.contract_id
JOIN client c ON c.id = k.client_id
JOIN users u ON u.id = c.commercial_id
LEFT JOIN users h ON h.id = e.support_contact_id
ORDER BY
	CASE WHEN NOT $2 THEN p.key END, CASE WHEN $2 THEN p.key END DESC,
	CASE WHEN NOT $2 THEN p.id END, CASE WHEN $2 THEN p.id END DESC
LIMIT nullif($3, 0)
