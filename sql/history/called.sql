-- Whether the records $1, $2 (kinds, ids) are there, and each change of theirs that tells a name: before it, after it.
SELECT r.kind, r.id, CASE r.kind
		WHEN 'company' THEN EXISTS (SELECT FROM company WHERE id = r.id)
		WHEN 'role' THEN EXISTS (SELECT FROM role WHERE id = r.id)
		WHEN 'client' THEN EXISTS (SELECT FROM client WHERE id = r.id)
		WHEN 'user' THEN EXISTS (SELECT FROM users WHERE id = r.id)
	END AS there, coalesce(l.id, 0) AS change, coalesce(l.before ->> n.field, '') AS before, coalesce(l.after ->> n.field, '') AS after
FROM unnest($1::text[], $2::bigint[]) AS r (kind, id)
JOIN (VALUES ('company', 'name'), ('role', 'name'), ('client', 'full_name'), ('user', 'username')) AS n (kind, field) USING (kind)
LEFT JOIN change_log l ON l.resource = r.kind AND l.record_id = r.id AND coalesce(l.after ->> n.field, l.before ->> n.field) IS NOT NULL
ORDER BY l.id
