-- Whether the actor $1 is any client's commercial, and the clients with an event that the actor supports.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = $1) AS own,
	ARRAY(
		SELECT DISTINCT k.client_id FROM event e JOIN contract k ON k.id = e.contract_id WHERE e.support_contact_id = $1
	) AS assigned
