-- Databases as such.

-- name: create_demo
CREATE DATABASE epev_demo

-- name: create_main
CREATE DATABASE epev

-- name: drop_demo
DROP DATABASE IF EXISTS epev_demo WITH (FORCE)

-- name: info
SELECT current_setting('server_version') AS server_version,
       session_user::text                AS user_name,
       current_database()::text          AS database_name

-- name: lock_demo
-- One at a time makes the sandbox. It may take longer than a lock may otherwise, not than a statement.
SET lock_timeout = 0;
SELECT pg_advisory_lock(1701868920)
