-- Databases as such.

-- name: all
-- The databases of the server, and how large each is.
SELECT datname AS name, pg_database_size(oid) AS bytes FROM pg_database WHERE datallowconn AND NOT datistemplate ORDER BY datname

-- name: analyse
-- What the planner knows of a database is in no dump of it.
ANALYZE

-- name: create_demo
CREATE DATABASE epev_demo

-- name: create_main
CREATE DATABASE epev

-- name: drop_demo
DROP DATABASE IF EXISTS epev_demo WITH (FORCE)

-- name: following
-- Whether this is a standby of the database at the place @place, and how many bytes it has yet to get of what that held at
-- @lsn. What it shows is of the newest life that its control file knows of.
SELECT pg_is_in_recovery() AS standby,
	coalesce((SELECT system_identifier FROM pg_control_system()) || '/'
		|| upper(lpad(to_hex(greatest((SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery()))), 8, '0'))
		|| '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) = @place, false) AS same,
	CASE WHEN pg_is_in_recovery() THEN greatest(pg_wal_lsn_diff(@lsn::pg_lsn, pg_last_wal_replay_lsn()), 0)::bigint END AS behind

-- name: info
SELECT current_setting('server_version') AS server_version,
       session_user::text                AS user_name,
       current_database()::text          AS database_name

-- name: position
-- Which database this is, of which server, in which of its lives, and how far it has come: to behind all that a statement
-- sees. What is committed is in the log on the disk, unless nobody waits for that. Null where that cannot be told.
SELECT CASE WHEN NOT pg_is_in_recovery() THEN whereabouts() || '/' || (SELECT oid FROM pg_database WHERE datname = current_database()) END AS place,
	CASE WHEN NOT pg_is_in_recovery()
	THEN CASE current_setting('synchronous_commit') WHEN 'off' THEN pg_current_wal_insert_lsn() ELSE pg_current_wal_flush_lsn() END END::text AS lsn

-- name: lock_demo
-- One at a time makes the sandbox. It may take longer than a lock may otherwise, not than a statement.
SET lock_timeout = 0;
SELECT pg_advisory_lock(1701868920)

-- name: counting
-- What counts is of one moment, which nobody's patience ends, and told alike by every server.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL TimeZone = 'UTC';
SET LOCAL DateStyle = 'ISO, MDY';
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1;
SET LOCAL bytea_output = 'hex'

-- name: count
-- Counts the rows of each of epev's tables into a setting, with a number that stands for all that they hold, whatever their order.
DO $$
DECLARE
	table_id regclass;
	table_name text;
	counted bigint;
	mark numeric;
	told jsonb := '{}';
BEGIN
	FOR table_id, table_name IN
		SELECT oid, relname FROM pg_class WHERE relnamespace = to_regnamespace('epic_events') AND relkind = 'r' ORDER BY relname
	LOOP
		EXECUTE format('SELECT count(*), coalesce(sum(hashtextextended(counted_row::text, 0)), 0) FROM %s AS counted_row', table_id) INTO counted, mark;
		told := told || jsonb_build_object(table_name, jsonb_build_object('rows', counted, 'mark', mark::text));
	END LOOP;
	PERFORM set_config('epev.counted', told::text, true);
END
$$

-- name: counted
-- What count found, if it was asked, and the names of what holds the rows together: rules, indexes that are whole, triggers, views and
-- functions.
SELECT coalesce(current_setting('epev.counted', true), '{}') AS tables, ARRAY(
	SELECT 'constraint ' || t.relname || '.' || c.conname
	FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
	WHERE c.connamespace = to_regnamespace('epic_events') AND c.contype <> 'n'
	UNION ALL
	SELECT 'required ' || t.relname || '.' || a.attname
	FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid
	WHERE t.relnamespace = to_regnamespace('epic_events') AND t.relkind = 'r' AND a.attnum > 0 AND a.attnotnull
	UNION ALL
	SELECT 'index ' || t.relname
	FROM pg_index i JOIN pg_class t ON t.oid = i.indexrelid
	WHERE t.relnamespace = to_regnamespace('epic_events') AND i.indisvalid
	UNION ALL
	SELECT 'trigger ' || t.relname || '.' || g.tgname
	FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
	WHERE t.relnamespace = to_regnamespace('epic_events') AND NOT g.tgisinternal AND g.tgenabled <> 'D'
	UNION ALL
	SELECT 'view ' || relname FROM pg_class WHERE relnamespace = to_regnamespace('epic_events') AND relkind = 'v'
	UNION ALL
	SELECT 'function ' || f.proname || '/' || f.pronargs
	FROM pg_proc f
	WHERE f.pronamespace = to_regnamespace('epic_events')
		AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'e')
	ORDER BY 1
) AS rules

-- name: export
-- A name by which another connection sees what this transaction sees.
SELECT pg_export_snapshot()

-- name: sizes
-- How large each table is, which tells how much of a backup is done.
SELECT relname AS name, pg_table_size(oid) AS bytes FROM pg_class WHERE relnamespace = to_regnamespace('epic_events') AND relkind = 'r'

-- name: occupied
-- What a database holds: how many tables of epev's, the first of somebody else's, and how it is made.
SELECT
	(SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace('epic_events') AND relkind = 'r') AS tables,
	ARRAY(
		SELECT c.oid::regclass::text
		FROM pg_class c
		WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v') AND c.oid >= 16384
			AND c.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname IN ('epic_events', 'pg_catalog', 'information_schema') OR nspname LIKE 'pg\_toast%' OR nspname LIKE 'pg\_temp%')
			AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
		ORDER BY 1
		LIMIT 3
	) AS others,
	d.datcollate AS collate, d.datctype AS ctype,
	CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider, -- columns that came with versions 15 and 17
	coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale', '') AS locale,
	pg_get_userbyid(d.datdba) AS owner,
	(SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_create,
	pg_has_role(d.datdba, 'MEMBER') AS owns,
	current_setting('server_version_num')::integer / 10000 AS major
FROM pg_database d
WHERE d.datname = current_database()

-- name: left_over
-- Which of the databases are there.
SELECT datname FROM pg_database WHERE datname = ANY (@names::text[]) ORDER BY datname

-- name: alone
-- One at a time makes and drops databases for the one of that name.
SELECT pg_try_advisory_lock(1701868921, hashtext(@name))

-- name: naming
-- The three names that swap uses: the database, the one in its place from now on, and what the first is called then.
SELECT set_config('epev.old', @old, true), set_config('epev.new', @new, true), set_config('epev.kept', @kept, true)

-- name: swap
-- Puts a database in the place of another one, with the settings and the privileges that belong to a database and are not in it.
-- Whoever is connected to one of them is not any more.
DO $$
DECLARE
	old text := current_setting('epev.old');
	new text := current_setting('epev.new');
	found record;
BEGIN
	FOR found IN -- those of other roles, as far as they may be given
		SELECT s.setting, n.rolname
		FROM pg_db_role_setting r CROSS JOIN unnest(r.setconfig) AS s (setting) LEFT JOIN pg_roles n ON n.oid = r.setrole
		WHERE r.setdatabase = (SELECT oid FROM pg_database WHERE datname = old)
			AND (r.setrole = 0 OR n.rolname = current_user OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))
	LOOP
		PERFORM set_config(split_part(found.setting, '=', 1), substr(found.setting, strpos(found.setting, '=') + 1), true);
		EXECUTE CASE WHEN found.rolname IS NULL THEN format('ALTER DATABASE %I', new) ELSE format('ALTER ROLE %I IN DATABASE %I', found.rolname, new) END
			|| format(' SET %s FROM CURRENT', split_part(found.setting, '=', 1));
	END LOOP;
	IF (SELECT datacl IS NOT NULL FROM pg_database WHERE datname = old) THEN
		EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', new);
	END IF;
	FOR found IN
		SELECT a.privilege_type AS privilege, a.is_grantable AS grantable, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS grantee
		FROM pg_database d, aclexplode(d.datacl) a
		WHERE d.datname = old AND a.grantee <> d.datdba
	LOOP
		EXECUTE format('GRANT %s ON DATABASE %I TO %s %s', found.privilege, new, found.grantee, CASE WHEN found.grantable THEN 'WITH GRANT OPTION' ELSE '' END);
	END LOOP;
	PERFORM pg_terminate_backend(a.pid)
	FROM pg_stat_activity a
	WHERE a.datname IN (old, new) AND a.pid <> pg_backend_pid()
		AND (pg_has_role(a.usesysid, 'MEMBER') OR (SELECT rolsuper FROM pg_roles WHERE rolname = current_user));
	EXECUTE format('ALTER DATABASE %I RENAME TO %I', old, current_setting('epev.kept'));
	EXECUTE format('ALTER DATABASE %I RENAME TO %I', new, old);
END
$$
