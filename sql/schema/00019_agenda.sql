-- The agenda, which events take place in some of a time, and what is to be done today.

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

-- What a commercial has to do, the oldest first, or the newest.
CREATE INDEX IF NOT EXISTS contract_to_sign ON contract (commercial_id, created_at, id) WHERE is_signed IS NOT TRUE;
CREATE INDEX IF NOT EXISTS contract_signed ON contract (commercial_id, created_at, id) WHERE is_signed;
CREATE INDEX IF NOT EXISTS contract_to_be_paid ON contract (commercial_id, created_at, id) INCLUDE (remaining_amount) WHERE is_signed AND remaining_amount > 0;
CREATE INDEX IF NOT EXISTS client_by_silence ON client (commercial_id, coalesce(last_contact_date, first_contact_date), id);
