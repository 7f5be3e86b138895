-- What records are called, of those that the actor $4 may be told of: the companies $5, the roles $6; the clients
-- $7 within the reach $1 any, $2 own, $3 assigned; the users $8, where $9 all, or else those whom a client within
-- that reach, or an event within the reach $10 any, $11 own, $12 assigned, names. They are looked for BETWEEN, not
-- by equality: who has many records is found at once in the table too, who has none would be looked for in all of it.
WITH sight AS NOT MATERIALIZED (
	SELECT c.id, c.full_name, c.commercial_id
	FROM client c
	WHERE $1 OR $2 AND c.commercial_id = $4 OR $3 AND EXISTS (
		SELECT FROM contract k JOIN event e ON e.contract_id = k.id
		WHERE k.client_id = c.id AND e.support_contact_id = $4)
)
SELECT 'company' AS kind, id, name FROM company WHERE id = ANY ($5)
UNION ALL
SELECT 'role', id, name FROM role WHERE id = ANY ($6)
UNION ALL
SELECT 'client', id, full_name FROM sight WHERE id = ANY ($7)
UNION ALL
SELECT 'user', u.id, u.username
FROM users u
WHERE u.id = ANY ($8) AND ($9 OR u.id = $4
	OR EXISTS (SELECT FROM sight s WHERE s.commercial_id BETWEEN u.id AND u.id)
	OR EXISTS (
		SELECT FROM event e
		JOIN contract k ON k.id = e.contract_id
		JOIN client c ON c.id = k.client_id
		WHERE e.support_contact_id BETWEEN u.id AND u.id AND ($10 OR $11 AND c.commercial_id = $4 OR $12 AND e.support_contact_id = $4)))
