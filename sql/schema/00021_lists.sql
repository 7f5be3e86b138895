-- What lists are narrowed and sorted by that stands in another table: whose contracts and events are, and who supports the events of
-- which client and contract. It is kept in tables of epev's own, by triggers, whoever writes.
-- A predecessor's ids may be of any width, so these are of the widest.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The commercial of a contract's client, and of an event's. A record whose client is not there, as a predecessor's may be, has no row.
CREATE TABLE IF NOT EXISTS contract_owner (
    contract_id   bigint PRIMARY KEY,
    commercial_id bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS contract_owner_by_commercial ON contract_owner (commercial_id, contract_id);
CREATE TABLE IF NOT EXISTS event_owner (
    event_id      bigint PRIMARY KEY,
    commercial_id bigint NOT NULL
);
CREATE INDEX IF NOT EXISTS event_owner_by_commercial ON event_owner (commercial_id, event_id);

-- The support contacts of a client's and of a contract's events, and of how many of these each is.
CREATE TABLE IF NOT EXISTS client_support (
    user_id   bigint NOT NULL,
    client_id bigint NOT NULL,
    events    integer NOT NULL,
    PRIMARY KEY (user_id, client_id)
);
CREATE TABLE IF NOT EXISTS contract_support (
    user_id     bigint NOT NULL,
    contract_id bigint NOT NULL,
    events      integer NOT NULL,
    PRIMARY KEY (user_id, contract_id)
);

-- Counts events: one more or one less at each place of the arrays. Who counts the same at the same moment waits for the other's end.
-- The rows are in order, so that two who count the same ones do not wait for each other.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION count_support(users bigint[], clients bigint[], contracts bigint[], more integer[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    INSERT INTO client_support AS s (user_id, client_id, events)
    SELECT c.user_id, c.client_id, sum(c.more)
    FROM unnest(users, clients, more) AS c (user_id, client_id, more)
    WHERE c.user_id IS NOT NULL AND c.client_id IS NOT NULL
    GROUP BY c.user_id, c.client_id
    HAVING sum(c.more) <> 0
    ORDER BY c.user_id, c.client_id
    ON CONFLICT (user_id, client_id) DO UPDATE SET events = s.events + excluded.events;
    INSERT INTO contract_support AS s (user_id, contract_id, events)
    SELECT c.user_id, c.contract_id, sum(c.more)
    FROM unnest(users, contracts, more) AS c (user_id, contract_id, more)
    WHERE c.user_id IS NOT NULL AND c.contract_id IS NOT NULL
    GROUP BY c.user_id, c.contract_id
    HAVING sum(c.more) <> 0
    ORDER BY c.user_id, c.contract_id
    ON CONFLICT (user_id, contract_id) DO UPDATE SET events = s.events + excluded.events;
    IF -1 = ANY (more) THEN
        DELETE FROM client_support s USING unnest(users, clients) AS c (user_id, client_id)
        WHERE s.user_id = c.user_id AND s.client_id = c.client_id AND s.events < 1;
        DELETE FROM contract_support s USING unnest(users, contracts) AS c (user_id, contract_id)
        WHERE s.user_id = c.user_id AND s.contract_id = c.contract_id AND s.events < 1;
    END IF;
END
$$;

-- Events came, went or changed. The clients stay whose they are until the transaction ends: who gives one to another commercial finds
-- all of its events.
CREATE OR REPLACE FUNCTION keep_events() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM event_owner;
        DELETE FROM client_support;
        DELETE FROM contract_support;
        RETURN NULL;
    END IF;
    PERFORM FROM contract k JOIN client c ON c.id = k.client_id WHERE k.id IN (OLD.contract_id, NEW.contract_id) ORDER BY c.id, k.id FOR SHARE OF c, k;
    IF TG_OP <> 'INSERT' AND (TG_OP = 'DELETE' OR OLD.contract_id IS DISTINCT FROM NEW.contract_id OR OLD.id <> NEW.id) THEN
        DELETE FROM event_owner WHERE event_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND (TG_OP = 'INSERT' OR OLD.contract_id IS DISTINCT FROM NEW.contract_id OR OLD.id <> NEW.id) THEN
        INSERT INTO event_owner (event_id, commercial_id)
        SELECT NEW.id, c.commercial_id FROM contract k JOIN client c ON c.id = k.client_id
        WHERE k.id = NEW.contract_id AND c.commercial_id IS NOT NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.contract_id IS NOT DISTINCT FROM NEW.contract_id AND OLD.support_contact_id IS NOT DISTINCT FROM NEW.support_contact_id THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' AND OLD.support_contact_id IS NOT NULL THEN
        PERFORM count_support(ARRAY[OLD.support_contact_id], ARRAY[(SELECT k.client_id FROM contract k WHERE k.id = OLD.contract_id)],
            ARRAY[OLD.contract_id], '{-1}');
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.support_contact_id IS NOT NULL THEN
        PERFORM count_support(ARRAY[NEW.support_contact_id], ARRAY[(SELECT k.client_id FROM contract k WHERE k.id = NEW.contract_id)],
            ARRAY[NEW.contract_id], '{1}');
    END IF;
    RETURN NULL;
END
$$;

-- Contracts came, went or got another client, and their events with them.
CREATE OR REPLACE FUNCTION keep_contracts() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    supports bigint[];
    n        integer;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM contract_owner;
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.client_id IS NOT DISTINCT FROM NEW.client_id AND OLD.id = NEW.id THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM contract_owner WHERE contract_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO contract_owner (contract_id, commercial_id)
        SELECT NEW.id, c.commercial_id FROM client c WHERE c.id = NEW.client_id AND c.commercial_id IS NOT NULL
        FOR SHARE OF c;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM event_owner o USING event e WHERE e.contract_id = NEW.id AND o.event_id = e.id;
        INSERT INTO event_owner (event_id, commercial_id)
        SELECT e.id, o.commercial_id FROM event e JOIN contract_owner o ON o.contract_id = e.contract_id WHERE e.contract_id = NEW.id;
        SELECT array_agg(e.support_contact_id), count(*) INTO supports, n
        FROM event e WHERE e.contract_id = NEW.id AND e.support_contact_id IS NOT NULL;
        PERFORM count_support(supports || supports, array_fill(OLD.client_id, ARRAY[n]) || array_fill(NEW.client_id, ARRAY[n]),
            NULL, array_fill(-1, ARRAY[n]) || array_fill(1, ARRAY[n]));
    END IF;
    RETURN NULL;
END
$$;

-- A client got another commercial, or came to contracts that were there without it.
CREATE OR REPLACE FUNCTION keep_clients() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.commercial_id IS NOT DISTINCT FROM NEW.commercial_id AND OLD.id = NEW.id THEN
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM event_owner o USING contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = OLD.id AND o.event_id = e.id;
        DELETE FROM contract_owner o USING contract k WHERE k.client_id = OLD.id AND o.contract_id = k.id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.commercial_id IS NOT NULL THEN
        INSERT INTO contract_owner (contract_id, commercial_id)
        SELECT k.id, NEW.commercial_id FROM contract k WHERE k.client_id = NEW.id
        ON CONFLICT (contract_id) DO UPDATE SET commercial_id = excluded.commercial_id;
        INSERT INTO event_owner (event_id, commercial_id)
        SELECT e.id, NEW.commercial_id FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = NEW.id
        ON CONFLICT (event_id) DO UPDATE SET commercial_id = excluded.commercial_id;
    END IF;
    RETURN NULL;
END
$$;

-- Fills the tables anew, with what is there.
CREATE OR REPLACE FUNCTION keep_all() RETURNS void
LANGUAGE sql AS $$
    TRUNCATE epic_events.contract_owner, epic_events.event_owner, epic_events.client_support, epic_events.contract_support;
    INSERT INTO epic_events.contract_owner (contract_id, commercial_id)
    SELECT k.id, c.commercial_id FROM epic_events.contract k JOIN epic_events.client c ON c.id = k.client_id WHERE c.commercial_id IS NOT NULL;
    INSERT INTO epic_events.event_owner (event_id, commercial_id)
    SELECT e.id, o.commercial_id FROM epic_events.event e JOIN epic_events.contract_owner o ON o.contract_id = e.contract_id;
    INSERT INTO epic_events.contract_support (user_id, contract_id, events)
    SELECT e.support_contact_id, e.contract_id, count(*) FROM epic_events.event e
    WHERE e.support_contact_id IS NOT NULL AND e.contract_id IS NOT NULL
    GROUP BY e.support_contact_id, e.contract_id;
    INSERT INTO epic_events.client_support (user_id, client_id, events)
    SELECT s.user_id, k.client_id, sum(s.events) FROM epic_events.contract_support s JOIN epic_events.contract k ON k.id = s.contract_id
    WHERE k.client_id IS NOT NULL
    GROUP BY s.user_id, k.client_id;
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION count_support(bigint[], bigint[], bigint[], integer[]), keep_events(), keep_contracts(), keep_clients(), keep_all() FROM PUBLIC;

-- The lock keeps others from writing until this is done.
LOCK TABLE client, contract, event IN SHARE ROW EXCLUSIVE MODE;
CREATE OR REPLACE TRIGGER keep_clients AFTER INSERT OR DELETE OR UPDATE OF id, commercial_id ON client FOR EACH ROW EXECUTE FUNCTION keep_clients();
CREATE OR REPLACE TRIGGER keep_contracts AFTER INSERT OR DELETE OR UPDATE OF id, client_id ON contract FOR EACH ROW EXECUTE FUNCTION keep_contracts();
CREATE OR REPLACE TRIGGER keep_events AFTER INSERT OR DELETE OR UPDATE OF id, contract_id, support_contact_id ON event
    FOR EACH ROW EXECUTE FUNCTION keep_events();
CREATE OR REPLACE TRIGGER unkeep_contracts AFTER TRUNCATE ON contract FOR EACH STATEMENT EXECUTE FUNCTION keep_contracts();
CREATE OR REPLACE TRIGGER unkeep_events AFTER TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION keep_events();
SELECT FROM keep_all();

-- No event ends before it starts, but for those of a predecessor.
CREATE INDEX IF NOT EXISTS event_backwards ON event (end_date) WHERE end_date < start_date;

-- Few payments, or most, are of a method.
CREATE INDEX IF NOT EXISTS payment_by_method ON payment (method, id);

ANALYZE contract_owner, event_owner, client_support, contract_support;

-- Many records are likened at once by several processes.
ALTER FUNCTION keys_of(client) PARALLEL SAFE;
ALTER FUNCTION keys_of(company) PARALLEL SAFE;
