-- $1 words that are searched, $2 the digits of ids among them, $3 roles, $4 only inactive ones; $5 how many to count at most, 0: all
SELECT count(*)
FROM (
SELECT
FROM (SELECT u.id, u.username, u.full_name, u.email, u.is_active, r.name AS role FROM users u JOIN role r ON r.id = u.role_id) v
WHERE (coalesce(cardinality($3::text[]), 0) = 0 OR v.role = ANY ($3::text[]))
AND (NOT $4 OR NOT coalesce(v.is_active, false))
AND (cardinality($1::text[]) = 0 OR ( -- each word stands somewhere
	SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM (SELECT search_key(concat_ws(' ', v.username, v.full_name, v.email, v.role)) AS text) s, unnest($1, $2::text[]) AS w (part, digits)))
LIMIT nullif($5, 0)
) f
