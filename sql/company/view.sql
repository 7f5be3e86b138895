SELECT y.id, y.name, y.created_at, y.updated_at, y.version,
	(SELECT count(*) FROM client c WHERE c.company_id = y.id) AS clients
FROM company y
WHERE y.id = $1
