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

-- name: large
-- A large sample is copied in: no trigger and no index works row by row. What they would have made is made as a whole behind it. It is
-- done in the transaction that made the tables empty, so that what is copied needs not be logged.
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL maintenance_work_mem = '256MB';
SET LOCAL work_mem = '64MB';
SET LOCAL max_parallel_workers = 8;
SET LOCAL max_parallel_workers_per_gather = 2;
SET LOCAL max_parallel_maintenance_workers = 2;
SET LOCAL session_replication_role = replica;
ALTER TABLE payment DISABLE TRIGGER refuse_repayment;
TRUNCATE company, client, contract, event, payment, note;
ALTER TABLE payment ENABLE ALWAYS TRIGGER refuse_repayment;
SET LOCAL session_replication_role = origin

-- name: begin
SET LOCAL session_replication_role = replica;
CREATE TEMP TABLE last_of_sample ON COMMIT DROP AS
SELECT (SELECT max(id) FROM company) AS company, (SELECT max(id) FROM client) AS client, (SELECT max(id) FROM contract) AS contract,
	(SELECT max(id) FROM event) AS event, (SELECT max(id) FROM payment) AS payment, (SELECT max(id) FROM note) AS note;
CREATE TEMP TABLE put_off ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY t.relname, i.indexrelid) AS n,
	CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass) ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', t.oid::regclass, c.conname) END AS away,
	CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
		ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.oid::regclass, c.conname, pg_get_constraintdef(c.oid)) END AS back
FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.conrelid = i.indrelid
WHERE t.relnamespace = 'epic_events'::regnamespace
AND t.relname = ANY ('{company,client,contract,event,payment,note,change_log,alike,taken,contract_owner,event_owner,client_support,contract_support,client_without_contract}')
AND NOT EXISTS (SELECT FROM pg_constraint f WHERE f.confrelid = i.indrelid AND f.conindid = i.indexrelid AND f.contype = 'f');
CREATE FUNCTION pg_temp.build_index(place bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE (SELECT back FROM put_off WHERE n = place);
END
$$;
DO $$
BEGIN
	EXECUTE (SELECT string_agg(away, '; ') FROM put_off);
END
$$

-- name: indexes
-- How many there are to build.
SELECT count(*) FROM put_off

-- name: build_index
SELECT 1 FROM pg_temp.build_index(@n)

-- name: copy_companies
COPY company (id, name, created_at, updated_at) FROM STDIN

-- name: copy_clients
COPY client (id, full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at) FROM STDIN

-- name: copy_contracts
COPY contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed, signed_on, is_fully_paid, created_at, updated_at) FROM STDIN

-- name: copy_events
COPY event (id, title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at) FROM STDIN

-- name: copy_payments
COPY payment (id, contract_id, kind, amount, paid_on, method, reference, author_id, author, created_at) FROM STDIN

-- name: copy_notes
COPY note (id, client_id, text, remind_on, done_at, author_id, created_at, updated_at) FROM STDIN

-- name: copy_history
-- The history of what was copied, as the triggers tell it.
INSERT INTO change_log (at, actor_id, actor, resource, record_id, action, after, names, mark)
SELECT y.created_at, 1, u.username, 'company', y.id, 'create', to_jsonb(y) - '{version,updated_at}'::text[], NULL, NULL
FROM company y JOIN users u ON u.id = 1
WHERE y.id > (SELECT company FROM last_of_sample);
INSERT INTO change_log (at, actor_id, actor, resource, record_id, action, after, names, mark)
SELECT c.created_at, u.id, u.username, 'client', c.id, 'create', to_jsonb(c) - '{version,updated_at}'::text[],
	jsonb_build_object('user ' || u.id, u.username) || CASE WHEN y.id IS NULL THEN '{}' ELSE jsonb_build_object('company ' || y.id, y.name) END, NULL
FROM client c JOIN users u ON u.id = c.commercial_id LEFT JOIN company y ON y.id = c.company_id
WHERE c.id > (SELECT client FROM last_of_sample);
INSERT INTO change_log (at, actor_id, actor, resource, record_id, action, after, names, mark)
SELECT k.created_at, u.id, u.username, 'contract', k.id, 'create', to_jsonb(k) - '{version,updated_at}'::text[],
	jsonb_build_object('user ' || u.id, u.username, 'client ' || c.id, c.full_name), NULL
FROM contract k JOIN users u ON u.id = k.commercial_id JOIN client c ON c.id = k.client_id
WHERE k.id > (SELECT contract FROM last_of_sample);
INSERT INTO change_log (at, actor_id, actor, resource, record_id, action, after, names, mark)
SELECT e.created_at, u.id, u.username, 'event', e.id, 'create', to_jsonb(e) - '{version,updated_at}'::text[],
	CASE WHEN h.id IS NOT NULL THEN jsonb_build_object('user ' || h.id, h.username) END, NULL
FROM event e JOIN contract k ON k.id = e.contract_id JOIN users u ON u.id = k.commercial_id LEFT JOIN users h ON h.id = e.support_contact_id
WHERE e.id > (SELECT event FROM last_of_sample);
INSERT INTO change_log (at, actor_id, actor, resource, record_id, action, after, names, mark)
SELECT p.created_at, p.author_id, p.author, 'payment', p.id, 'create', to_jsonb(p), jsonb_build_object('user ' || p.author_id, p.author), NULL
FROM payment p
WHERE p.id > (SELECT payment FROM last_of_sample);
INSERT INTO change_log (at, actor_id, actor, resource, record_id, action, after, names, mark)
SELECT n.created_at, u.id, u.username, 'note', n.id, 'create', to_jsonb(n) - '{version,updated_at}'::text[],
	jsonb_build_object('user ' || u.id, u.username, 'client ' || c.id, c.full_name), NULL
FROM note n JOIN users u ON u.id = n.author_id JOIN client c ON c.id = n.client_id
WHERE n.id > (SELECT note FROM last_of_sample)

-- name: finish
-- What else the triggers would have made of all that is there now: what is taken, what is alike, and what lists are narrowed by.
-- Keys are dear. Tables are made of them first, since several processes can do that at once.
CREATE TEMP TABLE held ON COMMIT DROP AS
SELECT 'company_name_taken' AS rule, taken_key('name', y.name) AS key FROM company y
UNION ALL
SELECT 'client_email_taken', taken_key('email', c.email) FROM client c;
DELETE FROM taken WHERE rule IN ('company_name_taken', 'client_email_taken');
INSERT INTO taken (rule, key, holders)
SELECT held.rule, held.key, count(*) FROM held WHERE held.key IS NOT NULL GROUP BY held.rule, held.key;
DROP TABLE held;
CREATE TEMP TABLE keyed ON COMMIT DROP AS
SELECT c.id, n.kind, n.key FROM client c CROSS JOIN LATERAL keys_of(c) n;
TRUNCATE alike;
INSERT INTO alike (resource, kind, record_id, key)
SELECT 'client', k.kind, k.id, k.key
FROM keyed k JOIN (SELECT kind, key FROM keyed GROUP BY kind, key HAVING count(*) > 1) AS several USING (kind, key);
INSERT INTO alike (resource, kind, record_id, key)
SELECT 'company', k.kind, k.id, k.key
FROM (SELECT y.id, n.kind, n.key, count(*) OVER (PARTITION BY n.kind, n.key) AS holders FROM company y CROSS JOIN LATERAL keys_of(y) n) AS k
WHERE k.holders > 1;
DROP TABLE keyed;
SELECT FROM keep_all(), note_all_without_contract()

-- name: analyse
ANALYZE users, company, client, contract, event, payment, note, change_log, alike, taken,
	contract_owner, event_owner, client_support, contract_support, client_without_contract
