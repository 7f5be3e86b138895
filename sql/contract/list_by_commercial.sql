-- All contracts by the names of their commercials, where one may have nearly all of them: the first
-- ones of each, through an index, until the page is full. $1 the actor, $2 descending, $3 limit, $4 after this id;
-- $5 unsigned, $6 unpaid, $7 signed; $8 the name of $4
WITH place AS (
	SELECT sort_key(coalesce($8::text, (SELECT u.username FROM contract k JOIN users u ON u.id = k.commercial_id WHERE k.id = $4)), $2) COLLATE "C" AS key
	WHERE $8 IS NOT NULL OR EXISTS (SELECT FROM contract k WHERE k.id = $4)
), page AS (
	SELECT g.key, v.id
	FROM (
		SELECT u.id, sort_key(u.username, $2) COLLATE "C" AS key
		FROM users u
		WHERE ($4 = 0 OR CASE
			WHEN $2 THEN sort_key(u.username, $2) COLLATE "C" <= (SELECT p.key FROM place p)
			ELSE sort_key(u.username, $2) COLLATE "C" >= (SELECT p.key FROM place p) END)
		ORDER BY CASE WHEN NOT $2 THEN sort_key(u.username, $2) COLLATE "C" END, CASE WHEN $2 THEN sort_key(u.username, $2) COLLATE "C" END DESC
	) g
	CROSS JOIN LATERAL (
		SELECT k.id
		FROM contract k
		WHERE CASE -- a range, for which no other index has the order
			WHEN $2 THEN (k.commercial_id, k.id) < (g.id, CASE WHEN $4 > 0 AND g.key = (SELECT p.key FROM place p) THEN $4 ELSE 1::bigint << 31 END) AND k.commercial_id >= g.id
			ELSE (k.commercial_id, k.id) > (g.id, CASE WHEN $4 > 0 AND g.key = (SELECT p.key FROM place p) THEN $4 ELSE 0 END) AND k.commercial_id <= g.id END
		AND (NOT $5 OR NOT coalesce(k.is_signed, false))
		AND (NOT $6 OR k.remaining_amount > 0)
		AND (NOT $7 OR coalesce(k.is_signed, false))
		ORDER BY
			CASE WHEN NOT $2 THEN k.commercial_id END, CASE WHEN $2 THEN k.commercial_id END DESC,
			CASE WHEN NOT $2 THEN k.id END, CASE WHEN $2 THEN k.id END DESC
		LIMIT nullif($3, 0)
	) v
	ORDER BY
		CASE WHEN NOT $2 THEN g.key END, CASE WHEN $2 THEN g.key END DESC,
		CASE WHEN NOT $2 THEN v.id END, CASE WHEN $2 THEN v.id END DESC
	LIMIT nullif($3, 0)
)
SELECT k.id, k.client_id, c.full_name AS client, k.commercial_id, u.username AS commercial, k.total_amount, k.remaining_amount,
	k.is_signed, k.is_fully_paid, k.created_at, k.updated_at, k.version, c.commercial_id = $1 AS is_own,
	EXISTS (SELECT FROM event e WHERE e.contract_id = p.id AND e.support_contact_id = $1) AS is_assigned
FROM page p
JOIN contract k ON k.id = p.id
JOIN client c ON c.id = k.client_id
JOIN users u ON u.id = k.commercial_id
ORDER BY
	CASE WHEN NOT $2 THEN p.key END, CASE WHEN $2 THEN p.key END DESC,
	CASE WHEN NOT $2 THEN p.id END, CASE WHEN $2 THEN p.id END DESC
LIMIT nullif($3, 0)
