-- Whether the actor $1 is any client's commercial, and the contracts with an event that the actor supports.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = $1) AS own,
	ARRAY(SELECT DISTINCT e.contract_id FROM event e WHERE e.support_contact_id = $1) AS assigned
