-- The role that shells use, and what it may do: no more than epev does. This is the one list of that.

-- name: place
-- Every name that is told comes with its schema.
SET LOCAL search_path = pg_catalog

-- name: found
-- In what the role @role differs from the list, and the statement that mends it, in the order in which they are run. With @owner, the
-- schema is that role's. Where @all is true those statements too are told that a role without anything needs.
--
-- The list gives for each table what may be done with it, and which columns neither are read nor changed. A row of a table can be locked
-- by who may change one column of it, which is why one is named for role. Tables that are not there are passed over.
WITH list (tab, privileges, only_columns, hidden) AS (VALUES
	('role', '{SELECT,UPDATE}'::text[], '{version}'::text[], '{}'::text[]),
	('permission', '{SELECT,INSERT}', NULL, '{}'),
	('role_permission', '{SELECT,INSERT,DELETE}', NULL, '{}'),
	('users', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{refresh_token_hash}'),
	('company', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('client', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('contract', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('event', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('note', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('payment', '{SELECT,INSERT}', NULL, '{}'),
	('change_log', '{SELECT}', NULL, '{}'),
	('session', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{token_hash}'),
	('session_token', '{}', NULL, '{}'),
	('user_key', '{SELECT,INSERT,UPDATE,DELETE}', '{used_at}', '{}'),
	('first_password', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('login_attempt', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('known_machine', '{SELECT,INSERT,UPDATE,DELETE}', NULL, '{}'),
	('taken', '{SELECT}', NULL, '{}'),
	('noun', '{SELECT}', NULL, '{}'),
	('alias', '{SELECT,INSERT}', NULL, '{}'),
	('alias_past', '{SELECT}', NULL, '{}'),
	('alike', '{SELECT}', NULL, '{}'),
	('contract_owner', '{SELECT}', NULL, '{}'),
	('event_owner', '{SELECT}', NULL, '{}'),
	('client_support', '{SELECT}', NULL, '{}'),
	('client_without_contract', '{SELECT}', NULL, '{}'),
	('contract_support', '{SELECT}', NULL, '{}'),
	('app_role', '{}', NULL, '{}'),
	('schema_version', '{SELECT}', NULL, '{}')
), inner_functions (name) AS (VALUES -- which only the owner's functions call, beside those of triggers
	('count_support'), ('keep_all'), ('liken_all'), ('note_all_without_contract'), ('take_keys')
), named AS (
	SELECT r.role, to_regrole(quote_ident(r.role)) AS id, o.owner, to_regrole(quote_ident(o.owner)) AS owner_id
	FROM (SELECT @role::text AS role) AS r, (SELECT nullif(@owner::text, '') AS owner) AS o
), tables AS (
	SELECT c.oid, c.relname, CASE c.relkind WHEN 'p' THEN 'r' ELSE c.relkind END AS relkind, c.relowner, c.relacl, l.only_columns,
		coalesce(l.hidden, '{}') AS hidden, l.tab IS NOT NULL AS listed, coalesce(l.privileges, '{}') AS privileges
	FROM pg_class c
	LEFT JOIN list l ON l.tab = c.relname
	WHERE c.relnamespace = to_regnamespace('epic_events') AND c.relkind IN ('r', 'p')
	UNION ALL
	SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, NULL, '{}', true, '{SELECT}'
	FROM pg_class c
	WHERE c.relnamespace = to_regnamespace('epic_events') AND c.relkind = 'v'
	UNION ALL -- a sequence is that of a table
	SELECT c.oid, c.relname, c.relkind, c.relowner, c.relacl, NULL, '{}', true,
		CASE WHEN 'INSERT' = ANY (l.privileges) THEN '{SELECT,USAGE}'::text[] WHEN 'SELECT' = ANY (l.privileges) THEN '{SELECT}' ELSE '{}' END
	FROM pg_class c
	JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
	JOIN pg_class t ON t.oid = d.refobjid
	JOIN list l ON l.tab = t.relname
	WHERE c.relnamespace = to_regnamespace('epic_events') AND c.relkind = 'S'
), functions AS (
	SELECT f.oid, f.proowner, f.prorettype = 'trigger'::regtype OR f.proname IN (SELECT name FROM inner_functions) AS inside, e.objid IS NOT NULL AS foreign_made
	FROM pg_proc f
	LEFT JOIN pg_depend e ON e.classid = 'pg_proc'::regclass AND e.objid = f.oid AND e.deptype = 'e'
	WHERE f.pronamespace = to_regnamespace('epic_events')
), columns AS (
	SELECT t.oid, p.privilege, a.attname, a.attnum
	FROM tables t
	CROSS JOIN unnest(t.privileges) AS p (privilege)
	JOIN pg_attribute a ON a.attrelid = t.oid AND NOT a.attisdropped AND (a.attnum > 0 OR a.attname = 'xmin' AND p.privilege = 'SELECT')
	WHERE t.relkind = 'r' AND p.privilege IN ('SELECT', 'UPDATE') AND a.attname <> ALL (t.hidden)
		AND (p.privilege = 'SELECT' OR t.only_columns IS NULL OR a.attname = ANY (t.only_columns))
), granted AS ( -- with what each table is granted, whole, or by its columns
	SELECT t.oid, t.relname, t.relkind, p.privilege,
		CASE WHEN t.relkind = 'r' AND (p.privilege = 'UPDATE' AND t.only_columns IS NOT NULL OR p.privilege IN ('SELECT', 'UPDATE') AND t.hidden <> '{}')
		THEN (SELECT string_agg(quote_ident(c.attname), ', ' ORDER BY c.attnum) FROM columns c WHERE c.oid = t.oid AND c.privilege = p.privilege) END AS columns
	FROM tables t CROSS JOIN unnest(t.privileges) AS p (privilege)
), held AS ( -- what was given to the role by its name, and to everybody
	SELECT t.oid, t.relname, t.relkind, t.listed, a.grantee, a.privilege_type AS privilege, NULL::name AS column_name
	FROM tables t CROSS JOIN LATERAL aclexplode(t.relacl) a
	WHERE a.grantee <> t.relowner
	UNION ALL
	SELECT t.oid, t.relname, t.relkind, t.listed, a.grantee, a.privilege_type, c.attname
	FROM tables t JOIN pg_attribute c ON c.attrelid = t.oid AND NOT c.attisdropped CROSS JOIN LATERAL aclexplode(c.attacl) a
	WHERE a.grantee <> t.relowner
), creating AS ( -- who may create something in this database
	SELECT format('DATABASE %I', d.datname) AS place, a.grantee FROM pg_database d, aclexplode(d.datacl) a
	WHERE d.datname = current_database() AND a.privilege_type = 'CREATE' AND a.grantee <> d.datdba
	UNION ALL
	SELECT format('SCHEMA %I', s.nspname), a.grantee FROM pg_namespace s, aclexplode(s.nspacl) a
	WHERE s.nspname !~ '^pg_' AND a.privilege_type = 'CREATE' AND a.grantee <> s.nspowner
), receivers AS (
	SELECT n.id AS grantee, quote_ident(n.role) AS receiver, n.role FROM named n
	UNION ALL
	SELECT 0, 'PUBLIC', n.role FROM named n
), owned AS ( -- what it owns, but for temporary tables: this database first, and other ones
	SELECT count(*) AS number, (array_agg(pg_describe_object(d.classid, d.objid, d.objsubid)
		ORDER BY d.classid = 'pg_database'::regclass AND d.objid = b.oid DESC, d.dbid, d.classid DESC, d.objid))[1:3] AS first
	FROM pg_shdepend d
	JOIN named n ON n.id = d.refobjid
	JOIN pg_database b ON b.datname = current_database()
	WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o' AND d.dbid IN (0, b.oid)
		AND NOT EXISTS (SELECT FROM pg_class c WHERE d.classid = 'pg_class'::regclass AND c.oid = d.objid AND c.relpersistence = 't')
), told (place, kind, what, privilege, statement, holds) AS (
	SELECT 1, 'role', n.owner, '', format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', n.owner), false FROM named n
	WHERE n.owner IS NOT NULL AND n.owner_id IS NULL
	UNION ALL
	SELECT 1, 'role', n.role, '', format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', n.role), false FROM named n WHERE n.id IS NULL
	UNION ALL
	SELECT 2, 'superuser', n.role, '', '', false FROM named n JOIN pg_roles r ON r.oid = n.id WHERE r.rolsuper
	UNION ALL
	SELECT 2, a.kind, n.role, '', format('ALTER ROLE %I NO%s', n.role, upper(a.kind)), false
	FROM named n
	JOIN pg_roles r ON r.oid = n.id
	CROSS JOIN LATERAL (VALUES ('createdb', r.rolcreatedb), ('createrole', r.rolcreaterole), ('replication', r.rolreplication), ('bypassrls', r.rolbypassrls)) AS a (kind, has)
	WHERE a.has
	UNION ALL
	SELECT 3, 'member', m.roleid::regrole::text, '', format('REVOKE %I FROM %I', pg_get_userbyid(m.roleid), n.role)
		|| CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN format(' GRANTED BY %I', pg_get_userbyid(m.grantor)) ELSE '' END, false
	FROM named n JOIN pg_auth_members m ON m.member = n.id
	UNION ALL
	SELECT 4, 'owner', format('schema %I', s.nspname), '', format('ALTER SCHEMA epic_events OWNER TO %I', n.owner), s.nspowner IS NOT DISTINCT FROM n.owner_id
	FROM named n, pg_namespace s WHERE n.owner IS NOT NULL AND s.nspname = 'epic_events'
	UNION ALL
	SELECT 5, 'owner', t.relname, '', format('ALTER %s epic_events.%I OWNER TO %I', CASE t.relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, t.relname, n.owner),
		t.relowner IS NOT DISTINCT FROM n.owner_id
	FROM named n, tables t WHERE n.owner IS NOT NULL AND t.relkind <> 'S' AND (t.listed OR t.relowner = n.id)
	UNION ALL
	SELECT 5, 'owner', t.oid::regtype::text, '', format('ALTER TYPE %s OWNER TO %I', t.oid::regtype, n.owner), t.typowner IS NOT DISTINCT FROM n.owner_id
	FROM named n, pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
	WHERE n.owner IS NOT NULL AND t.typnamespace = to_regnamespace('epic_events') AND (t.typtype IN ('d', 'e', 'r') OR c.relkind = 'c')
	UNION ALL
	SELECT 6, 'owner', f.oid::regprocedure::text, '', format('ALTER ROUTINE %s OWNER TO %I', f.oid::regprocedure, n.owner), f.proowner IS NOT DISTINCT FROM n.owner_id
	FROM named n, functions f WHERE n.owner IS NOT NULL AND NOT f.foreign_made
	UNION ALL
	SELECT 7, 'owner', format('database %I', d.datname), '', format('ALTER DATABASE %I OWNER TO %I', d.datname, n.owner), false
	FROM named n, pg_database d WHERE n.owner IS NOT NULL AND d.datname = current_database() AND d.datdba = n.id
	UNION ALL
	SELECT 8, 'owns', array_to_string(o.first, ', ') || CASE WHEN o.number > 3 THEN format(' and %s more', o.number - 3) ELSE '' END, '', '', false
	FROM owned o WHERE o.number > 0
	UNION ALL
	SELECT 9, 'excess', lower(split_part(c.place, ' ', 1)) || substr(c.place, strpos(c.place, ' ')), 'CREATE', format('REVOKE CREATE ON %s FROM %s', c.place, r.receiver), false
	FROM creating c JOIN receivers r USING (grantee)
	UNION ALL -- a table may be held whole where only columns are granted: it is taken back before
	SELECT 10, 'excess', CASE h.relkind WHEN 'S' THEN 'sequence ' ELSE '' END || h.relname || coalesce('.' || h.column_name, ''), h.privilege,
		format('REVOKE %s%s ON %s epic_events.%I FROM %s', h.privilege, ' (' || quote_ident(h.column_name) || ')', CASE h.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
			h.relname, r.receiver), false
	FROM held h JOIN receivers r USING (grantee)
	WHERE (h.listed OR h.grantee <> 0)
		AND NOT EXISTS (SELECT FROM granted g WHERE g.oid = h.oid AND g.privilege = h.privilege AND g.columns IS NULL)
		AND NOT EXISTS (SELECT FROM columns c JOIN granted g ON g.oid = c.oid AND g.privilege = c.privilege AND g.columns IS NOT NULL
			WHERE c.oid = h.oid AND c.privilege = h.privilege AND c.attname = h.column_name)
	UNION ALL
	SELECT 11, 'excess', 'function ' || f.oid::regprocedure::text, 'EXECUTE', format('REVOKE EXECUTE ON FUNCTION %s FROM %s', f.oid::regprocedure, r.receiver), false
	FROM pg_proc p
	JOIN functions f ON f.oid = p.oid AND f.inside AND p.prosecdef
	CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
	JOIN receivers r USING (grantee)
	WHERE a.grantee <> p.proowner
	UNION ALL
	SELECT 12, 'missing', format('database %I', current_database()), p.privilege, format('GRANT %s ON DATABASE %I TO %I', p.privilege, current_database(), n.role),
		n.id IS NOT NULL AND has_database_privilege(n.id, current_database(), p.privilege)
	FROM named n, (VALUES ('CONNECT'), ('TEMPORARY')) AS p (privilege)
	UNION ALL
	SELECT 13, 'missing', 'schema epic_events', 'USAGE', format('GRANT USAGE ON SCHEMA epic_events TO %I', n.role), n.id IS NOT NULL AND has_schema_privilege(n.id, s.oid, 'USAGE')
	FROM named n, pg_namespace s WHERE s.nspname = 'epic_events'
	UNION ALL
	SELECT 14, 'missing', CASE g.relkind WHEN 'S' THEN 'sequence ' ELSE '' END || g.relname, g.privilege,
		format('GRANT %s%s ON %s epic_events.%I TO %I', g.privilege, ' (' || g.columns || ')', CASE g.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, g.relname, n.role),
		n.id IS NOT NULL AND CASE
		WHEN g.relkind = 'S' THEN has_sequence_privilege(n.id, g.oid, g.privilege)
		WHEN g.columns IS NULL THEN has_table_privilege(n.id, g.oid, g.privilege)
		ELSE (SELECT bool_and(has_column_privilege(n.id, g.oid, c.attnum, g.privilege)) FROM columns c WHERE c.oid = g.oid AND c.privilege = g.privilege)
		END
	FROM named n, granted g
	UNION ALL -- what everybody may call is told where it was taken from everybody
	SELECT 15, 'missing', 'function ' || f.oid::regprocedure::text, 'EXECUTE', format('GRANT EXECUTE ON FUNCTION %s TO %I', f.oid::regprocedure, n.role), false
	FROM named n, functions f
	WHERE NOT f.inside AND NOT CASE WHEN n.id IS NULL THEN has_function_privilege('public', f.oid, 'EXECUTE') ELSE has_function_privilege(n.id, f.oid, 'EXECUTE') END
)
SELECT coalesce(json_agg(json_build_object('kind', kind, 'what', what, 'privilege', privilege, 'statement', statement) ORDER BY place, statement), '[]')
FROM told
WHERE @all::boolean OR NOT holds

-- name: do
-- Makes what the statements say that the setting holds.
DO $$
DECLARE
	statement text;
BEGIN
	FOR statement IN SELECT jsonb_array_elements_text(current_setting('epev.statements')::jsonb) LOOP
		EXECUTE statement;
	END LOOP;
END
$$

-- name: given
SELECT set_config('epev.statements', @statements, true)

-- name: keep
-- Notes which role shells use, that the next db-create gives it what is new. Without @owner the owner is as it was.
INSERT INTO epic_events.app_role (name, owner) VALUES (@role, nullif(@owner, ''))
ON CONFLICT (name) DO UPDATE SET owner = coalesce(excluded.owner, app_role.owner)

-- name: kept
-- The roles that shells use, as far as this server has them; and their owners, as far as the user may do anything.
SELECT coalesce(json_agg(json_build_object('name', a.name, 'owner', CASE WHEN r.rolsuper THEN coalesce(a.owner, '') ELSE '' END) ORDER BY a.name), '[]')
FROM epic_events.app_role a
JOIN pg_roles n ON n.rolname = a.name AND NOT n.rolsuper
CROSS JOIN pg_roles r
WHERE r.rolname = current_user AND (a.owner IS NULL OR a.owner IN (SELECT rolname FROM pg_roles))

-- name: present
SELECT current_user
