-- Evidence of a commit whose answer was lost. Numbers of transactions are none: after a crash or a promotion the
-- server gives them again, to somebody else.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- A random number that each transaction of epev's writes, and looks for if it was not told of its commit. They
-- are forgotten after a day.
CREATE TABLE IF NOT EXISTS commit_mark (
    mark bigint NOT NULL,
    at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS commit_mark_by_age ON commit_mark (at);

-- Which server this is, and in which of its lives: a promoted standby is on another timeline. Null where that cannot
-- be told: on a standby, and where a provider's server does not know these functions.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION whereabouts() RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT system_identifier FROM pg_catalog.pg_control_system()) || '/'
        || pg_catalog.left(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8);
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END
$$;
-- +goose StatementEnd
