-- The contracts of a client that are not its commercial's and break a rule, so that they cannot become it: the first
-- rule to mend of each.
SELECT DISTINCT ON (b.id) b.id, b.rule
FROM breaking('contract') b
JOIN contract k ON k.id = b.id
WHERE k.client_id = $1 AND k.commercial_id IS DISTINCT FROM $2
ORDER BY b.id, b.rule DESC
