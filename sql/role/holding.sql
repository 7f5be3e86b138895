SELECT ARRAY(
	SELECT DISTINCT r.name COLLATE "C"
	FROM role r
	JOIN role_permission g ON g.role_id = r.id
	JOIN permission p ON p.id = g.permission_id
	WHERE p.name = ANY ($1::text[])
	ORDER BY 1
)
