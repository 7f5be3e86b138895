-- How a transaction begins behind a pooler, whose connections other clients get. On a connection of its own epev gives
-- the same settings when it connects.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL timezone = 'UTC';
SET LOCAL default_transaction_isolation = 'read committed';
SET LOCAL statement_timeout = '25s';
SET LOCAL lock_timeout = '10s';
SET LOCAL idle_in_transaction_session_timeout = '5s'
