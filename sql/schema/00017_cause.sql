-- Why something was changed, where one act changed many records: a handover, a merge, an undo. The transaction says it.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

ALTER TABLE change_log ADD COLUMN IF NOT EXISTS cause text DEFAULT nullif(current_setting('epev.cause', true), '');
