-- What surrounds the migrations, which are in the directory schema.

-- name: prepare
-- What the table of versions lies in. CREATE SCHEMA IF NOT EXISTS would ask for the right
-- to create schemas even where this one is there.
DO $$
BEGIN
    IF to_regnamespace('epic_events') IS NULL THEN
        CREATE SCHEMA epic_events;
    END IF;
END
$$;

-- name: lock
-- One db-create at a time, until its transaction ends. It may wait, and work, longer than a command may.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_advisory_xact_lock(1701868918);

-- name: unshare
-- What schema/shown.sql made before. It goes before the migrations, which may change the type of a column that is shown. Whoever
-- lists records locks a view and then its tables, so this order keeps the two from waiting for each other.
SET LOCAL search_path = epic_events, pg_catalog;
DO $$ -- a function cannot be given other columns
DECLARE
    old regprocedure;
BEGIN
    FOR old IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'epic_events'::regnamespace AND proname = ANY ('{
            ids_with, one_client, one_contract, one_event, clashes, events_in_time, first_in_time, events_to_assign, first_of_those_to_come, clients_named, clients_with, client_has, contracts_with, contract_has, events_with, event_has, role_holds,
            confirmed, client_relation, given_keys, user_keys, role_keys, company_keys, client_keys, contract_keys, event_keys,
            sampled, worth_walking, has_words, users_found, roles_found, companies_found, clients_within, clients_found, contracts_within, contracts_found,
            events_within, events_found, payment_keys, payments_with, payment_has, payments_within, payments_found,
            is_number, lasts, report_group, clients_meant, clients_alike, clients_of_words, events_of_words, near, clients_near, clients_share,
            notes_with, note_has, note_seen, note_keys, notes_within, notes_found
        }')
    LOOP
        EXECUTE format('DROP FUNCTION %s', old);
    END LOOP;
END
$$;
DROP VIEW IF EXISTS payment_shown, user_shown, client_shown, contract_shown, contract_made, event_shown, note_shown;

-- name: found
-- What is there: the table of versions, one of epev's own tables, one of the predecessor's.
SELECT to_regclass('epic_events.schema_version') IS NOT NULL, to_regclass('epic_events.change_log') IS NOT NULL,
    to_regclass('epic_events.users') IS NOT NULL

-- name: server
-- What the schema asks of the server and of the database.
SELECT current_setting('server_version_num')::integer / 10000, getdatabaseencoding()

-- name: version
-- The versions whose migrations were made; goose begins its table with a version 0.
SELECT coalesce(array_agg(version_id ORDER BY version_id), '{}') FROM epic_events.schema_version WHERE is_applied AND version_id > 0

-- name: unfit
-- What epev cannot work with in tables that are there already, one sentence a row: a column that is missing, or of
-- a type of another kind. Any width of the right kind does, and any domain over it.
WITH wanted (tab, kind, cols, added) AS (VALUES
    ('role', 'number', '{id}', false), ('role', 'text', '{name}', false), ('role', 'texts', '{permissions}', true),
    ('permission', 'number', '{id}', false), ('permission', 'text', '{name}', false),
    ('role_permission', 'number', '{role_id,permission_id}', false),
    ('users', 'number', '{id,role_id}', false), ('users', 'text', '{username,full_name,email,password_hash}', false),
    ('users', 'time', '{created_at,updated_at}', false), ('users', 'time', '{last_login}', true),
    ('users', 'flag', '{is_active}', true), ('users', 'text', '{refresh_token_hash}', true),
    ('company', 'number', '{id}', false), ('company', 'text', '{name}', false), ('company', 'time', '{created_at,updated_at}', false),
    ('client', 'number', '{id,commercial_id}', false), ('client', 'number', '{company_id}', true),
    ('client', 'text', '{full_name,email}', false), ('client', 'text', '{phone}', true),
    ('client', 'time', '{first_contact_date,created_at,updated_at}', false), ('client', 'time', '{last_contact_date}', true),
    ('contract', 'number', '{id,client_id,commercial_id}', false), ('contract', 'amount', '{total_amount,remaining_amount}', false),
    ('contract', 'flag', '{is_signed,is_fully_paid}', false), ('contract', 'time', '{created_at,updated_at}', false),
    ('event', 'number', '{id,contract_id,participant_count}', false), ('event', 'number', '{support_contact_id}', true),
    ('event', 'text', '{title,full_address}', false), ('event', 'text', '{notes}', true),
    ('event', 'time', '{start_date,end_date,created_at,updated_at}', false)
), kinds (kind, types, needs) AS (VALUES
    ('number', '{smallint,integer,bigint}'::regtype[], 'a whole number'),
    ('text', '{text,varchar}', 'text or varchar'),
    ('texts', '{text[],varchar[]}', 'an array of text or varchar'),
    ('time', '{timestamptz}', 'timestamp with time zone'),
    ('amount', '{numeric}', 'numeric with two decimals or more'),
    ('flag', '{boolean}', 'boolean')
), found AS (
    SELECT w.tab, c.oid, c.relkind, col, w.added, k.types, k.needs, a.attnum, format_type(a.atttypid, a.atttypmod) AS is,
        coalesce(nullif(t.typbasetype, 0), t.oid)::regtype AS base,
        CASE t.typbasetype WHEN 0 THEN a.atttypmod ELSE t.typtypmod END AS width
    FROM wanted w
    JOIN kinds k USING (kind)
    JOIN pg_class c ON c.relname = w.tab AND c.relnamespace = to_regnamespace('epic_events')
    CROSS JOIN unnest(w.cols::text[]) AS col
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = col AND NOT a.attisdropped
    LEFT JOIN pg_type t ON t.oid = a.atttypid
)
SELECT format('%s is no table', tab) AS unfit FROM found WHERE relkind NOT IN ('r', 'p')
UNION
SELECT format('%s has no column %s', tab, col) FROM found WHERE relkind IN ('r', 'p') AND attnum IS NULL AND NOT added
UNION
SELECT format('%s.%s is %s, and must be %s', tab, col, "is", needs)
FROM found
-- The scale is in the low bits of the width, behind a header of four bytes.
WHERE relkind IN ('r', 'p') AND attnum IS NOT NULL
    AND (base <> ALL (types) OR base = 'numeric'::regtype AND width > 0 AND ((((width - 4) & 2047) # 1024) - 1024) NOT BETWEEN 2 AND 1000)
UNION
SELECT format('%s has no primary key on its id', tab)
FROM found
WHERE relkind IN ('r', 'p') AND col = 'id' AND attnum IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = found.oid AND i.indisunique AND i.indisvalid
        AND i.indnkeyatts = 1 AND i.indkey[0] = found.attnum AND i.indpred IS NULL)
ORDER BY unfit

-- name: settle
-- Where wal_level is minimal, a sequence that is made and used in one transaction is written down ahead, together with
-- the values that it may give before it writes again. After a crash it would give those once more. setval ends that.
SELECT setval(c.oid::regclass, s.last_value)
FROM pg_sequences s
JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = 'epic_events'::regnamespace
WHERE s.schemaname = 'epic_events' AND s.last_value IS NOT NULL AND c.xmin = pg_current_xact_id()::xid

-- name: rules_made
-- Whether the functions of schema/rules.sql are there as a text makes them that has the sum @sum.
SELECT coalesce(obj_description(to_regprocedure('epic_events.rules()'), 'pg_proc') = @sum, false)

-- name: rules_sum
SELECT set_config('epev.rules', @sum, true)

-- name: note_rules
-- Notes the sum of the text by which they were made, on the one that an early migration drops.
DO $$ BEGIN
    EXECUTE format('COMMENT ON FUNCTION epic_events.rules() IS %L', current_setting('epev.rules'));
END $$;

-- name: forget
-- What the next db-create makes anew.
DROP FUNCTION epic_events.adopt();

-- name: adopt
SELECT broken_by, row_count, first_ids, consequence, mend FROM epic_events.adopt()

-- name: index_search
SELECT FROM epic_events.index_search()

-- name: taken_over
-- The grants that the migrations made from role.permissions.
SELECT count(*), count(DISTINCT record_id) FROM epic_events.change_log WHERE actor = 'db-create'

-- name: is_empty
SELECT NOT EXISTS (SELECT FROM epic_events.role) AND NOT EXISTS (SELECT FROM epic_events.users)

-- name: seed_permission
INSERT INTO epic_events.permission (name) SELECT unnest(@codes::text[]) ON CONFLICT DO NOTHING

-- name: seed_role
INSERT INTO epic_events.role (id, name) VALUES (@id, @name)

-- name: seed_grant
INSERT INTO epic_events.role_permission (role_id, permission_id)
SELECT @role, id FROM epic_events.permission WHERE name = ANY (@codes::text[])

-- name: seed_sequence
-- The roles were given their ids; the next one continues.
SELECT setval(pg_get_serial_sequence('epic_events.role', 'id'), max(id)) FROM epic_events.role

-- name: lock_free
-- Takes what the query lock waits for, if nobody has it.
SELECT pg_try_advisory_xact_lock(1701868918)

-- name: lock_holder
-- Which of the server's processes has what the query lock waits for, and who that is.
SELECT l.pid, coalesce(a.usename, ''), coalesce(host(a.client_addr), '')
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = 1701868918
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())

-- name: standing
-- What stands for the rules and indexes that there are. A rule binds from the moment that it is there, not from when rows were looked at.
SELECT md5(concat_ws(' ',
	(SELECT string_agg(c.conrelid || ' ' || c.conname, ' ' ORDER BY c.conrelid, c.conname)
		FROM pg_constraint c WHERE c.connamespace = 'epic_events'::regnamespace),
	(SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relnamespace = 'epic_events'::regnamespace AND c.relkind = 'i'),
	(SELECT string_agg(a.attrelid || ' ' || a.attname, ' ' ORDER BY a.attrelid, a.attname)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'epic_events'::regnamespace AND c.relkind = 'r' AND a.attnotnull)))
