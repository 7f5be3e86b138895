SELECT r.id, r.name, r.version,
	(SELECT count(*) FROM users u WHERE u.role_id = r.id AND u.is_active) AS users,
	ARRAY(
		SELECT p.name
		FROM role_permission g
		JOIN permission p ON p.id = g.permission_id
		WHERE g.role_id = r.id
		ORDER BY p.name COLLATE "C"
	) AS permissions
FROM role r
WHERE r.name = $1
	-- Whatever its case, where that leaves no doubt.
	OR lower(r.name) = lower($1) AND (SELECT count(*) FROM role other WHERE lower(other.name) = lower($1)) = 1
