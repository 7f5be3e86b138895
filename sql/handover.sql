-- All that somebody has, or a part of it, goes to somebody else. Nothing moves that is no longer theirs.

-- name: clients
-- Those clients go to @to. Returns how many went.
WITH moved AS (
	UPDATE client SET commercial_id = @to WHERE id = ANY (@ids) AND commercial_id = @from RETURNING id
)
SELECT count(*) FROM moved

-- name: contracts
-- The contracts of those clients go to @to.
WITH moved AS (
	UPDATE contract SET commercial_id = @to WHERE client_id = ANY (@clients) AND commercial_id IS DISTINCT FROM @to RETURNING id
)
SELECT count(*) FROM moved

-- name: events
-- Those events go to @to. Returns how many went.
WITH moved AS (
	UPDATE event SET support_contact_id = @to WHERE id = ANY (@ids) AND support_contact_id = @from RETURNING id
)
SELECT count(*) FROM moved

-- name: lock_clients
-- Those of the clients that are still theirs, which nobody else changes until the transaction ends.
SELECT id FROM client WHERE id = ANY (@ids) AND commercial_id = @from ORDER BY id FOR UPDATE

-- name: lock_events
-- Those of the events that are still theirs, which nobody else changes until the transaction ends.
SELECT id FROM event WHERE id = ANY (@ids) AND support_contact_id = @from ORDER BY id FOR UPDATE

-- name: to_mend
-- The first client with a contract that would move along and breaks a rule, so that it cannot; no row where there is none.
SELECT k.client_id
FROM breaking('contract') b
JOIN contract k ON k.id = b.id
WHERE k.client_id = ANY (@clients) AND k.commercial_id IS DISTINCT FROM @to
ORDER BY k.client_id
LIMIT 1
