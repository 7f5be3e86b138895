-- The user stays as they are until the transaction ends.
SELECT u.username, u.is_active, (SELECT r.name FROM role r WHERE r.id = u.role_id) AS role
FROM users u
WHERE u.id = $1
FOR SHARE OF u
