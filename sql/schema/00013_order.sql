-- What lists are sorted by: each row has its place in each order, whatever it holds, so that none is lost between two pages.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- sort_key(VALUE, DESCENDING) is never null. Where there is nothing to be seen, or an amount that is none, it is what comes last
-- in that direction. Its names are qualified, and it is in PL/pgSQL, for the reasons of fold(). Indexes are
-- built on it: never change its body.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION sort_key(s text, descending boolean) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    s := epic_events.fold(s);
    IF s OPERATOR(pg_catalog.~) '[!-~]' OR epic_events.same_name(s) OPERATOR(pg_catalog.<>) '' THEN
        RETURN s;
    END IF;
    RETURN CASE WHEN descending THEN '' ELSE E'\U0010FFFF' END;
END
$$;

-- The ends of time come before and after all times, and still before nothing: there they are as the earliest and the latest one.
CREATE OR REPLACE FUNCTION sort_key(t timestamptz, descending boolean) RETURNS timestamptz
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1 AS $$
BEGIN
    IF descending THEN
        RETURN CASE WHEN t IS NULL THEN '-infinity' WHEN t OPERATOR(pg_catalog.=) '-infinity' THEN '4714-11-24 00:00:00+00 BC' ELSE t END;
    END IF;
    RETURN CASE WHEN t IS NULL THEN 'infinity' WHEN t OPERATOR(pg_catalog.=) 'infinity' THEN '294276-12-31 23:59:59.999999+00' ELSE t END;
END
$$;

-- NaN is greater than every number.
CREATE OR REPLACE FUNCTION sort_key(n numeric, descending boolean) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 1 AS $$
BEGIN
    RETURN CASE WHEN n OPERATOR(pg_catalog.>) '-Infinity' AND n OPERATOR(pg_catalog.<) 'Infinity' THEN n
        WHEN descending THEN '-Infinity' ELSE 'NaN' END;
END
$$;

-- One index serves a sort in one direction: what is empty is last both ways. Its rows are in the order of the key and, where
-- that is the same, of the id.
DO $$
DECLARE
    i record;
BEGIN
    FOR i IN VALUES
        ('company', 'name', 'name', 'COLLATE "C"'), ('company', 'creation', 'created_at', ''), ('company', 'update', 'updated_at', ''),
        ('client', 'name', 'full_name', 'COLLATE "C"'), ('client', 'email', 'email', 'COLLATE "C"'), ('client', 'phone', 'phone', 'COLLATE "C"'),
        ('client', 'first_contact', 'first_contact_date', ''), ('client', 'last_contact', 'last_contact_date', ''),
        ('client', 'creation', 'created_at', ''), ('client', 'update', 'updated_at', ''),
        ('contract', 'total', 'total_amount', ''), ('contract', 'remaining', 'remaining_amount', ''),
        ('contract', 'creation', 'created_at', ''), ('contract', 'update', 'updated_at', ''),
        ('event', 'title', 'title', 'COLLATE "C"'), ('event', 'address', 'full_address', 'COLLATE "C"'),
        ('event', 'start', 'start_date', ''), ('event', 'end', 'end_date', ''),
        ('event', 'creation', 'created_at', ''), ('event', 'update', 'updated_at', '')
    LOOP
        EXECUTE format('DROP INDEX IF EXISTS %1$s_by_%2$s_up, %1$s_by_%2$s_down', i.column1, i.column2);
        EXECUTE format('CREATE INDEX %1$s_by_%2$s_up ON %1$s (sort_key(%3$s, false) %4$s, id)', i.column1, i.column2, i.column3, i.column4);
        EXECUTE format('CREATE INDEX %1$s_by_%2$s_down ON %1$s (sort_key(%3$s, true) %4$s, id)', i.column1, i.column2, i.column3, i.column4);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- No flag is shown as no, and no number of participants as 0.
DROP INDEX IF EXISTS contract_by_signature, contract_by_payment, event_by_participants;
CREATE INDEX contract_by_signature ON contract (coalesce(is_signed, false), id);
CREATE INDEX contract_by_payment ON contract (coalesce(is_fully_paid, false), id);
CREATE INDEX event_by_participants ON event (coalesce(participant_count, 0), id);

-- These served the sorts before; the ones that stay serve filters and searches.
DROP INDEX IF EXISTS company_by_name, company_by_creation, company_by_update, client_by_name, client_by_email, client_by_first_contact,
    client_by_last_contact, client_by_creation, client_by_update, contract_by_update, event_by_title, event_by_address,
    event_by_creation, event_by_update;
DROP FUNCTION IF EXISTS fold_last(text);

ANALYZE company, client, contract, event;
