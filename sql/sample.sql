-- What fills the sandbox.

-- name: clients
-- The keys of the JSON are the fields of model.Client.
WITH loaded AS (
	INSERT INTO client (id, full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at)
	SELECT "ID", "FullName", "Email", nullif("Phone", ''), "CompanyID", "CommercialID", "FirstContact", "LastContact", "CreatedAt", "UpdatedAt"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "FullName" text, "Email" text, "Phone" text, "CompanyID" integer,
		"CommercialID" integer, "FirstContact" timestamptz, "LastContact" timestamptz, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded

-- name: companies
-- The keys of the JSON are the fields of model.Company.
WITH loaded AS (
	INSERT INTO company (id, name, created_at, updated_at)
	SELECT "ID", "Name", "CreatedAt", "UpdatedAt"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "Name" text, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded

-- name: contracts
-- The keys of the JSON are the fields of model.Contract.
WITH loaded AS (
	INSERT INTO contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed, signed_on, is_fully_paid, created_at, updated_at)
	SELECT "ID", "ClientID", "CommercialID", "Total", "Remaining", "IsSigned", "SignedOn"::date, "IsFullyPaid", "CreatedAt", "UpdatedAt"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "ClientID" integer, "CommercialID" integer, "Total" numeric, "Remaining" numeric,
		"IsSigned" boolean, "SignedOn" timestamptz, "IsFullyPaid" boolean, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded

-- name: events
-- The keys of the JSON are the fields of model.Event.
WITH loaded AS (
	INSERT INTO event (id, title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at)
	SELECT "ID", "Title", "ContractID", "Address", "SupportID", "Start", "End", "Participants", nullif("Notes", ''), "CreatedAt", "UpdatedAt"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "Title" text, "ContractID" integer, "Address" text, "SupportID" integer,
		"Start" timestamptz, "End" timestamptz, "Participants" integer, "Notes" text, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded

-- name: cancelled
-- The keys of the JSON are the fields of model.Event. An event that does not take place was booked before.
WITH called_off AS (
	UPDATE event e SET cancelled_at = s."CancelledAt", cancel_reason = s."CancelReason"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "CancelledAt" timestamptz, "CancelReason" text)
	WHERE e.id = s."ID" AND s."CancelledAt" IS NOT NULL
	RETURNING e.id
)
SELECT count(*) FROM called_off

-- name: notes
-- The keys of the JSON are the fields of model.Note.
WITH loaded AS (
	INSERT INTO note (id, client_id, company_id, contract_id, event_id, text, remind_on, done_at, author_id, created_at, updated_at)
	SELECT "ID", "ClientID", "CompanyID", "ContractID", "EventID", "Text", "RemindOn", "DoneAt", "AuthorID", "CreatedAt", "UpdatedAt"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "ClientID" integer, "CompanyID" integer, "ContractID" integer, "EventID" integer,
		"Text" text, "RemindOn" timestamptz, "DoneAt" timestamptz, "AuthorID" integer, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded

-- name: payments
-- The keys of the JSON are the fields of model.Payment.
WITH loaded AS (
	INSERT INTO payment (id, contract_id, kind, amount, paid_on, method, reference, voids, reason, author_id, author, created_at)
	SELECT "ID", "ContractID", "Kind", "Amount", "PaidOn"::date, nullif("Method", ''), nullif("Reference", ''), "Voids", nullif("Reason", ''),
		"AuthorID", "Author", "CreatedAt"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "ContractID" integer, "Kind" text, "Amount" numeric, "PaidOn" timestamptz, "Method" text,
		"Reference" text, "Voids" integer, "Reason" text, "AuthorID" integer, "Author" text, "CreatedAt" timestamptz)
	RETURNING id
)
SELECT count(*) FROM loaded

-- name: users
-- The keys of the JSON are the fields of model.User; @password_hash is the hash of everyone's password.
WITH loaded AS (
	INSERT INTO users (id, username, full_name, email, password_hash, role_id, is_active, last_login, created_at, updated_at)
	SELECT s."ID", s."Username", s."FullName", s."Email", @password_hash, r.id, s."IsActive", s."LastLogin", s."CreatedAt", s."UpdatedAt"
	FROM json_to_recordset(@rows::json) AS s("ID" integer, "Username" text, "FullName" text, "Email" text, "Role" text,
		"IsActive" boolean, "LastLogin" timestamptz, "CreatedAt" timestamptz, "UpdatedAt" timestamptz)
	LEFT JOIN role r ON r.name = s."Role"
	RETURNING id
)
SELECT count(*) FROM loaded

-- name: exists
-- Whether the sample @actor was loaded into a schema of version @version. The history tells, which nothing that is
-- done in a sandbox can change.
SELECT (SELECT max(version_id) FROM schema_version WHERE is_applied) = @version
	AND EXISTS (SELECT FROM change_log WHERE resource = 'user' AND record_id = 1 AND action = 'create' AND actor = @actor)

-- name: history
-- The history of the sample tells who wrote down each record, and when: whose the record is, or the first manager.
-- How the first manager came, nobody tells but the sample itself. No history of people is rewritten: whoever holds
-- the lock of the sandbox has just made this one.
DO $$
BEGIN
	ALTER TABLE change_log DISABLE TRIGGER refuse_rewriting;
	UPDATE change_log l SET at = made.at, actor_id = coalesce(u.id, l.actor_id), actor = coalesce(u.username, l.actor),
		mark = CASE made.resource WHEN 'user' THEN l.mark END -- each other record was written down by itself
	FROM (
		SELECT 'user' AS resource, id, created_at AS at, CASE WHEN id > 1 THEN 1 END AS by FROM users
		UNION ALL SELECT 'company', c.id, c.created_at, COALESCE((SELECT commercial_id FROM client WHERE company_id = c.id ORDER BY id LIMIT 1), 1) FROM company c
		UNION ALL SELECT 'client', id, created_at, commercial_id FROM client
		UNION ALL SELECT 'contract', id, created_at, commercial_id FROM contract
		UNION ALL SELECT 'payment', id, created_at, author_id FROM payment
		UNION ALL SELECT 'note', id, created_at, author_id FROM note
		UNION ALL SELECT 'event', e.id, e.created_at, k.commercial_id FROM event e JOIN contract k ON k.id = e.contract_id
	) AS made
	LEFT JOIN users u ON u.id = made.by
	WHERE l.resource = made.resource AND l.record_id = made.id AND l.action = 'create';
	UPDATE change_log l SET at = e.cancelled_at, actor_id = u.id, actor = u.username, mark = NULL
	FROM event e JOIN contract k ON k.id = e.contract_id JOIN users u ON u.id = k.commercial_id
	WHERE l.resource = 'event' AND l.record_id = e.id AND l.action = 'update' AND e.cancelled_at IS NOT NULL;
	ALTER TABLE change_log ENABLE ALWAYS TRIGGER refuse_rewriting;
END
$$

-- name: sequences
-- The records were given their ids; the next ones continue. Sessions begin at a number that depends on the
-- time, so that a shell which had the sandbox open before it was made anew does not find its session again.
SELECT setval(pg_get_serial_sequence('session', 'id'), extract(epoch FROM clock_timestamp())::bigint) FROM continue_ids(@tables::text[])
