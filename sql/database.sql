-- Databases as such.

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
