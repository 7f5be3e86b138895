-- The history of the sample tells who wrote down each record, and when: whose the record is, or the first manager.
-- How the first manager came, nobody tells but the sample itself. No history of people is rewritten: whoever holds
-- the lock of the sandbox has just made this one.
DO $$
BEGIN
	ALTER TABLE change_log DISABLE TRIGGER refuse_rewriting;
	UPDATE change_log l SET at = made.at, actor_id = coalesce(u.id, l.actor_id), actor = coalesce(u.username, l.actor)
	FROM (
		SELECT 'user' AS resource, id, created_at AS at, CASE WHEN id > 1 THEN 1 END AS by FROM users
		UNION ALL SELECT 'company', c.id, c.created_at, COALESCE((SELECT commercial_id FROM client WHERE company_id = c.id ORDER BY id LIMIT 1), 1) FROM company c
		UNION ALL SELECT 'client', id, created_at, commercial_id FROM client
		UNION ALL SELECT 'contract', id, created_at, commercial_id FROM contract
		UNION ALL SELECT 'event', e.id, e.created_at, k.commercial_id FROM event e JOIN contract k ON k.id = e.contract_id
	) AS made
	LEFT JOIN users u ON u.id = made.by
	WHERE l.resource = made.resource AND l.record_id = made.id AND l.action = 'create';
	ALTER TABLE change_log ENABLE ALWAYS TRIGGER refuse_rewriting;
END
$$
