-- No row: there is no such role. False: it holds the permission already.
WITH named AS (
	INSERT INTO permission (name) VALUES ($2) ON CONFLICT (name) DO NOTHING RETURNING id
), granted AS (
	INSERT INTO role_permission (role_id, permission_id)
	SELECT r.id, p.id
	FROM role r
	CROSS JOIN (SELECT id FROM named UNION ALL SELECT id FROM permission WHERE name = $2) p
	WHERE r.id = $1
	ON CONFLICT DO NOTHING
	RETURNING role_id
)
SELECT EXISTS (SELECT FROM granted) FROM role WHERE id = $1
