-- No row: there is no such role. False: it does not hold the permission.
WITH revoked AS (
	DELETE FROM role_permission
	WHERE role_id = $1 AND permission_id IN (SELECT id FROM permission WHERE name = $2)
	RETURNING role_id
)
SELECT EXISTS (SELECT FROM revoked) FROM role WHERE id = $1
