-- $2, $3 and $4 are role, version and stamp of what is known of the session $1: the permissions are
-- null where they are still those. $5 is the hash of the secret that the bearer showed, null for whoever
-- was authorised before. The clock is that of this moment, not of the transaction's start.
SELECT u.id AS user_id, u.username, u.full_name, u.role_id, r.name AS role, s.expires_at,
	u.xmin::text AS user_stamp, r.version, r.xmin::text AS stamp,
	CASE WHEN r.id = $2 AND r.version = $3 AND r.xmin::text = $4 THEN NULL
	ELSE ARRAY(
		SELECT p.name
		FROM role_permission g
		JOIN permission p ON p.id = g.permission_id
		WHERE g.role_id = r.id
		ORDER BY p.name COLLATE "C"
	) END AS permissions,
	(SELECT max(version_id) FROM schema_version WHERE is_applied) AS schema_version
FROM session s
JOIN users u ON u.id = s.user_id
JOIN role r ON r.id = u.role_id
WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
AND ($5::bytea IS NULL OR s.secret_hash = $5)
