SELECT u.id, u.username, u.full_name, u.email, u.role_id, r.name AS role, u.is_active, u.last_login,
	u.created_at, u.updated_at, u.version
FROM users u
LEFT JOIN role r ON r.id = u.role_id
WHERE u.id = $1
