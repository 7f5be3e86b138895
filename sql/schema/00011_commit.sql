-- Evidence of a commit whose answer was lost. Numbers of transactions are none: after a crash or a promotion the
-- server gives them again, to somebody else.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- A random number that each transaction of epev's gives its rows of the history, and looks for if it was not told of
-- its commit. What leaves no history (counting logins, rotating a token) may be done twice.
ALTER TABLE change_log ADD COLUMN IF NOT EXISTS mark bigint DEFAULT nullif(current_setting('epev.mark', true), '')::bigint;
CREATE INDEX IF NOT EXISTS change_log_by_mark ON change_log (mark) WHERE mark IS NOT NULL;

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
