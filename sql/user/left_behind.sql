-- What refers to the user $1, as far as the actor $5 may be told: clients within the reach $2 any, $3 own, $4 assigned;
-- contracts within $6, $7, $8; events that have not ended at $12, within $9, $10, $11.
SELECT
	(SELECT count(*) FROM client c
		WHERE c.commercial_id = $1 AND ($2 OR $3 AND c.commercial_id = $5 OR $4 AND EXISTS (
			SELECT FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = c.id AND e.support_contact_id = $5))) AS clients,
	(SELECT count(*) FROM contract k JOIN client c ON c.id = k.client_id
		WHERE k.commercial_id = $1 AND ($6 OR $7 AND c.commercial_id = $5 OR $8 AND EXISTS (
			SELECT FROM event e WHERE e.contract_id = k.id AND e.support_contact_id = $5))) AS contracts,
	(SELECT count(*) FROM event e JOIN contract k ON k.id = e.contract_id JOIN client c ON c.id = k.client_id
		WHERE e.support_contact_id = $1 AND e.end_date > $12
		AND ($9 OR $10 AND c.commercial_id = $5 OR $11 AND e.support_contact_id = $5)) AS events
