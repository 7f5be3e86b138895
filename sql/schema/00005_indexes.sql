-- The indexes behind filters, sorts and completion. All end with the id, which breaks ties when a
-- list is read page by page. Folded text is in code point order: one index then serves a prefix
-- (fold(x) LIKE 'abc%') and a sort (ORDER BY fold(x) COLLATE "C", id).
-- A row comparison finds the next page in an index only where no key is null: the unknown comes after all.
-- Their names tell the purpose, which also keeps them clear of a predecessor's.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

CREATE INDEX IF NOT EXISTS users_by_role ON users (role_id, id);

CREATE INDEX IF NOT EXISTS company_by_name ON company (fold(name) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS company_by_creation ON company (created_at, id);
CREATE INDEX IF NOT EXISTS company_by_update ON company (updated_at, id);

CREATE INDEX IF NOT EXISTS client_by_name ON client (fold(full_name) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS client_by_email ON client (fold(email) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS client_by_phone ON client (coalesce(phone, '~') COLLATE "C", id);
CREATE INDEX IF NOT EXISTS client_by_company ON client (company_id, id);
CREATE INDEX IF NOT EXISTS client_by_commercial ON client (commercial_id, id);
CREATE INDEX IF NOT EXISTS client_by_first_contact ON client (first_contact_date, id);
CREATE INDEX IF NOT EXISTS client_by_last_contact ON client (coalesce(last_contact_date, 'infinity'), id);
CREATE INDEX IF NOT EXISTS client_by_creation ON client (created_at, id);
CREATE INDEX IF NOT EXISTS client_by_update ON client (updated_at, id);

CREATE INDEX IF NOT EXISTS contract_by_client ON contract (client_id, id);
CREATE INDEX IF NOT EXISTS contract_by_commercial ON contract (commercial_id, id);
CREATE INDEX IF NOT EXISTS contract_by_total ON contract (total_amount, id);
CREATE INDEX IF NOT EXISTS contract_by_remaining ON contract (remaining_amount, id);
CREATE INDEX IF NOT EXISTS contract_by_signature ON contract (is_signed, id);
CREATE INDEX IF NOT EXISTS contract_by_payment ON contract (is_fully_paid, id);
CREATE INDEX IF NOT EXISTS contract_unpaid ON contract (id) WHERE remaining_amount > 0;
CREATE INDEX IF NOT EXISTS contract_by_creation ON contract (created_at, id);
CREATE INDEX IF NOT EXISTS contract_by_update ON contract (updated_at, id);

CREATE INDEX IF NOT EXISTS event_by_title ON event (fold(title) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS event_by_address ON event (fold(full_address) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS event_by_contract ON event (contract_id, id);
CREATE INDEX IF NOT EXISTS event_by_support ON event (support_contact_id, id) INCLUDE (contract_id);
CREATE INDEX IF NOT EXISTS event_unassigned ON event (id) WHERE support_contact_id IS NULL;
CREATE INDEX IF NOT EXISTS event_by_start ON event (start_date, id);
CREATE INDEX IF NOT EXISTS event_by_end ON event (end_date, id) INCLUDE (start_date);
CREATE INDEX IF NOT EXISTS event_by_participants ON event (participant_count, id);
CREATE INDEX IF NOT EXISTS event_by_creation ON event (created_at, id);
CREATE INDEX IF NOT EXISTS event_by_update ON event (updated_at, id);

-- A part from the middle of a text is found by trigrams where the server has them; without them a
-- search reads the table. The extension may be there already, in any schema; db-create calls this each
-- time, for it may come later.
-- +goose StatementBegin
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
    EXECUTE format('CREATE INDEX IF NOT EXISTS company_search ON company USING gin (fold(name) %s)', operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS client_search ON client USING gin (fold(full_name) %1$s, fold(email) %1$s, phone %1$s)', operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS event_search ON event USING gin (fold(title) %1$s, fold(full_address) %1$s)', operators);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    NULL; -- not on this machine, or not for this user
END
$$;
-- +goose StatementEnd

SELECT FROM index_search();

-- The planner knows nothing of these expressions until they have been looked at.
ANALYZE role, permission, role_permission, users, company, client, contract, event;
