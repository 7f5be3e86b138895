-- Whether the actor $1 is any client's commercial, and an event that the actor supports, if there is one.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = $1) AS own,
	ARRAY(SELECT e.id FROM event e WHERE e.support_contact_id = $1 LIMIT 1) AS assigned
