-- The agenda, which events take place in some of a time, and what is to be done today.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- Whether an event lasts more than a day, and whether it lasts more than 8. One that does not, and is not over at a moment, began
-- less than that before it, so that it is found by its start. The few long ones are found by their end.
CREATE OR REPLACE FUNCTION lasts_days(since timestamptz, until timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN since < '9999-01-01 00:00:00+00' THEN until AT TIME ZONE 'UTC' > since AT TIME ZONE 'UTC' + interval '24 hours' ELSE false END
$$;
CREATE OR REPLACE FUNCTION lasts_long(since timestamptz, until timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN since < '9999-01-01 00:00:00+00' THEN until AT TIME ZONE 'UTC' > since AT TIME ZONE 'UTC' + interval '192 hours' ELSE false END
$$;

-- Those of a support contact, those of everybody, and those of nobody.
CREATE INDEX IF NOT EXISTS event_by_support_start ON event (support_contact_id, start_date, id) INCLUDE (end_date) WHERE cancelled_at IS NULL;
CREATE INDEX IF NOT EXISTS event_by_support_start_days ON event (support_contact_id, start_date, id) INCLUDE (end_date)
    WHERE cancelled_at IS NULL AND lasts_days(start_date, end_date);
CREATE INDEX IF NOT EXISTS event_by_support_end_long ON event (support_contact_id, end_date, id) INCLUDE (start_date)
    WHERE cancelled_at IS NULL AND lasts_long(start_date, end_date);
CREATE INDEX IF NOT EXISTS event_in_time ON event (start_date, id) INCLUDE (end_date, contract_id, support_contact_id) WHERE cancelled_at IS NULL;
CREATE INDEX IF NOT EXISTS event_in_time_days ON event (start_date, id) INCLUDE (end_date, contract_id, support_contact_id)
    WHERE cancelled_at IS NULL AND lasts_days(start_date, end_date);
CREATE INDEX IF NOT EXISTS event_in_time_long ON event (end_date, id) INCLUDE (start_date, contract_id, support_contact_id)
    WHERE cancelled_at IS NULL AND lasts_long(start_date, end_date);
CREATE INDEX IF NOT EXISTS event_to_assign ON event (start_date, id) INCLUDE (end_date) WHERE cancelled_at IS NULL AND support_contact_id IS NULL;

-- What a commercial has to do, the oldest first, or the newest.
CREATE INDEX IF NOT EXISTS contract_to_sign ON contract (commercial_id, created_at, id) WHERE is_signed IS NOT TRUE;
CREATE INDEX IF NOT EXISTS contract_signed ON contract (commercial_id, created_at, id) WHERE is_signed;
CREATE INDEX IF NOT EXISTS contract_to_be_paid ON contract (commercial_id, created_at, id) INCLUDE (remaining_amount) WHERE is_signed AND remaining_amount > 0;
CREATE INDEX IF NOT EXISTS client_by_silence ON client (commercial_id, coalesce(last_contact_date, first_contact_date), id);
CREATE INDEX IF NOT EXISTS event_of_contract ON event (contract_id, end_date) WHERE cancelled_at IS NULL;
CREATE INDEX IF NOT EXISTS note_due ON note (author_id, sort_key(remind_on, false), id) INCLUDE (remind_on) WHERE remind_on IS NOT NULL AND done_at IS NULL;
