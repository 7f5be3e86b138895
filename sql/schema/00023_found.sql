-- What lists find however many records there are: the few clients without a contract, and payments by what they say.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- Every client without a contract is in this table, and now and then one that has one. So two who give a client its first contract and take the last
-- one away need not wait for each other. Who reads it looks the contracts up as well.
CREATE TABLE IF NOT EXISTS client_without_contract (
    client_id bigint PRIMARY KEY
);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION note_new_clients() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    INSERT INTO client_without_contract (client_id) SELECT a.id FROM arrived a ORDER BY a.id ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION note_gone_clients() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM client_without_contract;
        RETURN NULL;
    END IF;
    DELETE FROM client_without_contract WHERE client_id = OLD.id;
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO client_without_contract (client_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION note_contracts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO client_without_contract (client_id) SELECT c.id FROM client c ORDER BY c.id ON CONFLICT DO NOTHING;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        DELETE FROM client_without_contract WHERE client_id IN (
            SELECT w.client_id FROM client_without_contract w WHERE w.client_id = NEW.client_id FOR UPDATE SKIP LOCKED);
    END IF;
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.client_id IS DISTINCT FROM NEW.client_id) AND OLD.client_id IS NOT NULL THEN
        INSERT INTO client_without_contract (client_id) VALUES (OLD.client_id) ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END
$$;

-- Fills the table anew, with those that are without one.
CREATE OR REPLACE FUNCTION note_all_without_contract() RETURNS void
LANGUAGE sql AS $$
    TRUNCATE epic_events.client_without_contract;
    INSERT INTO epic_events.client_without_contract (client_id)
    SELECT c.id FROM epic_events.client c WHERE NOT EXISTS (SELECT FROM epic_events.contract k WHERE k.client_id = c.id) ORDER BY c.id;
$$;

-- What a payment says itself, ready to be searched.
CREATE OR REPLACE FUNCTION payment_says(method text, reference text, reason text, author text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT epic_events.search_key(coalesce(method, '') || ' ' || coalesce(reference, '') || ' ' || coalesce(reason, '') || ' ' || coalesce(author, ''))
$$;

CREATE OR REPLACE FUNCTION index_search() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    operators text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE EXTENSION pg_trgm SCHEMA epic_events;
    END IF;
    SELECT format('%I.gin_trgm_ops', n.nspname) INTO STRICT operators
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_trgm';
    EXECUTE format('CREATE INDEX IF NOT EXISTS company_search ON company USING gin (search_key(name) %s)', operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS client_search ON client USING gin (search_key(full_name) %1$s, search_key(email) %1$s, phone %1$s)', operators);
    EXECUTE format($index$CREATE INDEX IF NOT EXISTS event_search ON event
        USING gin (search_key(title || ' ' || full_address || ' ' || coalesce(notes, '')) %1$s)$index$, operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS payment_search ON payment USING gin (payment_says(method, reference, reason, author) %s)', operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS note_search ON note USING gin (search_key(text) %s)', operators);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    NULL; -- not on this machine, or not for this user
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION note_new_clients(), note_gone_clients(), note_contracts(), note_all_without_contract() FROM PUBLIC;

-- The lock keeps others from writing until this is done.
LOCK TABLE client, contract IN SHARE ROW EXCLUSIVE MODE;
CREATE OR REPLACE TRIGGER note_new_clients AFTER INSERT ON client REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION note_new_clients();
CREATE OR REPLACE TRIGGER note_gone_clients AFTER DELETE OR UPDATE OF id ON client FOR EACH ROW EXECUTE FUNCTION note_gone_clients();
CREATE OR REPLACE TRIGGER note_no_clients AFTER TRUNCATE ON client FOR EACH STATEMENT EXECUTE FUNCTION note_gone_clients();
CREATE OR REPLACE TRIGGER note_contracts AFTER INSERT OR DELETE OR UPDATE OF client_id ON contract FOR EACH ROW EXECUTE FUNCTION note_contracts();
CREATE OR REPLACE TRIGGER note_no_contracts AFTER TRUNCATE ON contract FOR EACH STATEMENT EXECUTE FUNCTION note_contracts();
SELECT FROM note_all_without_contract();
ANALYZE client_without_contract;
