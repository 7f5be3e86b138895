-- The agenda: which events take place in some of a time, of everybody or of one support contact.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- Whether an event lasts more than 31 days. The others that are not over at a moment began less than 32 days before it, so
-- that they are found by their start. These few are found by an index of their own.
CREATE OR REPLACE FUNCTION lasts_long(since timestamptz, until timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN since < '9999-01-01 00:00:00+00' THEN until AT TIME ZONE 'UTC' > since AT TIME ZONE 'UTC' + interval '31 days' ELSE false END
$$;

CREATE INDEX IF NOT EXISTS event_by_support_start ON event (support_contact_id, start_date, id) INCLUDE (end_date);
CREATE INDEX IF NOT EXISTS event_lasting_long ON event (start_date, id) INCLUDE (support_contact_id, end_date) WHERE lasts_long(start_date, end_date);
