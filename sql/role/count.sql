-- $1 words that are searched, $2 the digits of ids among them
SELECT count(*)
FROM role v
WHERE (cardinality($1::text[]) = 0 OR ( -- each word stands somewhere
	SELECT bool_and(search_key(v.name) LIKE w.part OR w.digits <> '' AND starts_with(v.id::text, w.digits))
	FROM unnest($1, $2::text[]) AS w (part, digits)))
