-- What doctor asks of the server and of the database, whatever their state.

-- name: server
-- How the server is set, who asks, and how. A setting that not everybody may read is asked for by who may.
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer / 10000 AS major,
	pg_encoding_to_char(d.encoding) AS encoding, current_setting('TimeZone') AS timezone, pg_is_in_recovery() AS standby,
	current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer AS places,
	(SELECT count(*) FROM pg_stat_activity a WHERE a.usesysid IS NOT NULL AND coalesce(a.backend_type, 'client backend') = 'client backend') AS taken,
	(SELECT s.version FROM pg_stat_ssl s WHERE s.pid = pg_backend_pid() AND s.ssl) AS tls,
	CASE WHEN pg_has_role('pg_read_all_settings', 'MEMBER') THEN current_setting('data_directory') END AS data,
	current_user::text AS role, d.datname AS database,
	format('CREATE DATABASE %I ENCODING ''UTF8'' TEMPLATE template0;', d.datname || '_utf8') AS in_utf8,
	format('ALTER SYSTEM SET max_connections = %s; -- then start the server anew', 2 * current_setting('max_connections')::integer) AS more_places,
	clock_timestamp() AS now
FROM pg_database d
WHERE d.datname = current_database()

-- name: trigrams
-- Whether there is the extension by which parts of names are found, whether the server could have it, and whether its indexes are there.
SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') AS made,
	EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm') AS available,
	to_regclass('epic_events.client_search') IS NOT NULL AS used

-- name: breaches
SELECT row_count, broken_by, first_ids, mend FROM epic_events.breaches()

-- name: since
-- Since when there are records of somebody's; null where there are none.
SELECT min(created_at) AS since FROM epic_events.users

-- name: careless
-- Settings with which a crash of the machine takes records along, each with the statement that mends it where it was made. A grave one may damage
-- the database as a whole.
SELECT s.name, w.grave, CASE s.source
	WHEN 'database' THEN format('ALTER DATABASE %I RESET %I;', current_database(), s.name)
	WHEN 'user' THEN format('ALTER ROLE %I RESET %I;', session_user, s.name)
	WHEN 'database user' THEN format('ALTER ROLE %I IN DATABASE %I RESET %I;', session_user, current_database(), s.name)
	ELSE format('ALTER SYSTEM SET %I = on; SELECT pg_reload_conf();', s.name)
	END AS remedy
FROM (VALUES ('fsync', true), ('full_page_writes', true), ('synchronous_commit', false)) AS w (name, grave)
JOIN pg_settings s ON s.name = w.name
WHERE s.setting = 'off'
ORDER BY s.name

-- name: abandoned
-- Which of the databases nobody is connected to, each with the statement that drops it.
SELECT d.datname AS name, format('DROP DATABASE %I;', d.datname) AS remedy
FROM pg_database d
WHERE d.datname = ANY (@names::text[]) AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname)
ORDER BY 1
