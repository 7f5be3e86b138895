-- $1 words that are searched, $2 the digits of ids among them; $3 any, $4 own, $5 the assigned ones: the reach of
-- the actor $6; $7 the phone numbers among the words, $8 company, $9 commercial, $10 without a contract; $11 how many to count at most, 0: all
WITH named AS ( -- companies that have the first word
	SELECT m.id FROM company m WHERE search_key(m.name) LIKE ($1::text[])[1]
), numbered AS ( -- clients that have it: of commercials, and by the digits that ids begin with
	SELECT m.id FROM users n JOIN client m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE ($1::text[])[1]
	UNION ALL
	SELECT m.id
	FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
	JOIN client m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n
	WHERE ($2::text[])[1] <> ''
)
SELECT count(*)
FROM (
SELECT
FROM client v
WHERE ($3 OR $4 AND v.commercial_id = $6 OR cardinality($5::integer[]) > 0 AND v.id = ANY ($5))
AND ($8 = 0 OR v.company_id = $8)
AND ($9 = 0 OR v.commercial_id = $9)
AND (NOT $10 OR NOT EXISTS (SELECT FROM contract k WHERE k.client_id = v.id))
AND (cardinality($1::text[]) = 0
	OR search_key(v.full_name) LIKE ($1::text[])[1] OR search_key(v.email) LIKE ($1::text[])[1]
	OR ($7::text[])[1] <> '' AND v.phone ~ ($7::text[])[1]
	OR CASE WHEN cardinality($5) > 0 -- of the assigned ones, the many that may be found are sorted out
		THEN v.company_id IN (SELECT m.id FROM named m) OR v.id IN (SELECT m.id FROM numbered m)
		ELSE v.company_id = ANY (ARRAY(SELECT m.id FROM named m)) OR v.id = ANY (ARRAY(SELECT m.id FROM numbered m)) END)
AND (cardinality($1) < 2 OR search_key(v.full_name) LIKE ALL ($1) OR ( -- each word stands somewhere
	SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits) OR w.phone <> '' AND coalesce(v.phone ~ w.phone, false))
	FROM (
		SELECT search_key(concat_ws(' ', v.full_name, v.email, y.name, u.username, u.full_name)) AS text
		FROM users u LEFT JOIN company y ON y.id = v.company_id
		WHERE u.id = v.commercial_id
		OFFSET 0
	) s, unnest($1, $2::text[], $7::text[]) AS w (part, digits, phone)))
LIMIT nullif($11, 0)
) f
