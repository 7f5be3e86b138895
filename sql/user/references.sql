SELECT
	(SELECT count(*) FROM client WHERE commercial_id = $1) AS clients,
	(SELECT count(*) FROM contract WHERE commercial_id = $1) AS contracts,
	(SELECT count(*) FROM event WHERE support_contact_id = $1) AS events
