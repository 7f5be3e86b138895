-- $1 words that are searched, $2 the digits of ids among them; $3 how many to count at most, 0: all
SELECT count(*)
FROM (
SELECT
FROM company v
WHERE (cardinality($1::text[]) = 0 OR search_key(v.name) LIKE ($1::text[])[1]
	OR v.id = ANY (ARRAY( -- ids that begin with the digits
		SELECT m.id
		FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
		JOIN company m ON m.id >= nullif(($2::text[])[1], '')::bigint * scale.n AND m.id < (nullif(($2::text[])[1], '')::bigint + 1) * scale.n)))
AND (cardinality($1) < 2 OR ( -- each word stands somewhere
	SELECT bool_and(search_key(v.name) LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM unnest($1, $2::text[]) AS w (part, digits)))
LIMIT nullif($3, 0)
) f
