-- Other clients than $5 with the name $6, the phone number $7 or one of the e-mail addresses $8, each empty for none, within the
-- reach $1 any, $2 own, $3 assigned of the actor $4; at most 3 by each
WITH alike AS (
	(SELECT 'name' AS same, c.id FROM client c
		WHERE $6 <> '' AND sort_key(c.full_name, true) COLLATE "C" = fold($6) AND c.id <> $5 ORDER BY c.id LIMIT 100)
	UNION ALL
	(SELECT 'phone', c.id FROM client c
		WHERE $7 <> '' AND sort_key(c.phone, true) COLLATE "C" = fold($7) AND c.id <> $5 ORDER BY c.id LIMIT 100)
	UNION ALL
	(SELECT 'email', c.id FROM client c
		WHERE sort_key(c.email, true) COLLATE "C" = ANY (ARRAY(SELECT fold(w.address) FROM unnest($8::text[]) AS w (address)))
		AND mailbox(c.email) = mailbox(($8)[1]) AND c.id <> $5 ORDER BY c.id LIMIT 100)
), numbered AS (
	SELECT a.same, c.id, c.full_name, row_number() OVER (PARTITION BY a.same ORDER BY c.id) AS n
	FROM alike a JOIN client c ON c.id = a.id
	WHERE $1 OR $2 AND c.commercial_id = $4 OR $3 AND EXISTS (
		SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = c.id AND e.support_contact_id = $4)
)
SELECT same, id, full_name FROM numbered WHERE n <= 3 ORDER BY same, id
