-- What several statements share: functions that PostgreSQL puts into them, so that they are planned as one.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- Whether the table has a record of that id.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION is_there(tab text, id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    there boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM epic_events.%I WHERE id = $1)', tab) INTO there USING id;
    RETURN there;
END
$$;
-- +goose StatementEnd

-- The next ids in tables follow those that were the last before. They also follow ids that were given since to a record
-- which is or was there: the history knows it by its noun. Whoever inserts holds a lock before an id is taken, and is
-- not waited for. The history, which has no noun, is the last of the tables.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rewind(tables text[], nouns text[], lasts bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    place    integer;
    sequence regclass;
    highest  bigint;
BEGIN
    FOR place IN 1..cardinality(tables) LOOP
        EXECUTE format('LOCK TABLE epic_events.%I IN SHARE ROW EXCLUSIVE MODE NOWAIT', tables[place]);
    END LOOP;
    FOR place IN 1..cardinality(tables) LOOP
        sequence := pg_get_serial_sequence(format('epic_events.%I', tables[place]), 'id')::regclass;
        EXECUTE format('SELECT greatest($1, (SELECT max(id) FROM epic_events.%I), (SELECT max(record_id) FROM epic_events.change_log WHERE resource = $2))', tables[place])
            INTO highest USING lasts[place], nouns[place];
        IF pg_sequence_last_value(sequence) > highest THEN
            PERFORM setval(sequence, greatest(highest, 1), highest > 0);
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- The next ids in tables follow those that are there.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION continue_ids(tables text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    tab     text;
    highest bigint;
BEGIN
    FOREACH tab IN ARRAY tables LOOP
        EXECUTE format('SELECT max(id) FROM epic_events.%I', tab) INTO highest;
        PERFORM setval(pg_get_serial_sequence(format('epic_events.%I', tab), 'id'), highest);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- The ids that begin with some digits, as ranges; none without digits.
CREATE OR REPLACE FUNCTION ids_with(digits text) RETURNS TABLE (first bigint, beyond bigint)
LANGUAGE sql IMMUTABLE ROWS 10 AS $$
    SELECT nullif(digits, '')::bigint * scale.n, (nullif(digits, '')::bigint + 1) * scale.n
    FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
    WHERE digits <> ''
$$;

-- What a list is searched by. The functions "with" and "named" tell which records have a first word, a pattern for a
-- search_key, and perhaps digits or an amount. Those called "has" tell whether a record has every word somewhere.

-- Clients of that name, or of a company of that name.
CREATE OR REPLACE FUNCTION clients_named(part text) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM client m WHERE search_key(m.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM company n JOIN client m ON m.company_id = n.id WHERE search_key(n.name) LIKE part
$$;

-- Clients of a commercial of that name, and by the digits that ids begin with.
CREATE OR REPLACE FUNCTION clients_with(part text, digits text) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM users n JOIN client m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN client m ON m.id >= i.first AND m.id < i.beyond
$$;

CREATE OR REPLACE FUNCTION client_has(record bigint, name text, address text, telephone text, company bigint, commercial bigint,
    parts text[], digits text[], phones text[]) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits) OR w.phone <> '' AND coalesce(telephone ~ w.phone, false))
    FROM (
        SELECT search_key(concat_ws(' ', client_has.name, address, y.name, u.username, u.full_name)) AS text
        FROM users u LEFT JOIN company y ON y.id = company
        WHERE u.id = commercial
        OFFSET 0
    ) s, unnest(parts, digits, phones) AS w (part, digits, phone)
$$;

-- Contracts by their commercial of that name, by that amount, by an event there if events are searched, and by the
-- digits that ids begin with.
CREATE OR REPLACE FUNCTION contracts_with(part text, digits text, low numeric, high numeric, events boolean) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM users n JOIN contract m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM contract m WHERE m.total_amount BETWEEN low AND high OR m.remaining_amount BETWEEN low AND high
    UNION ALL
    SELECT m.contract_id FROM event m
    WHERE events AND low IS NULL AND search_key(m.title || ' ' || m.full_address || ' ' || coalesce(m.notes, '')) LIKE part
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN contract m ON m.id >= i.first AND m.id < i.beyond
$$;

CREATE OR REPLACE FUNCTION contract_has(record bigint, client bigint, commercial bigint, total numeric, remaining numeric,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[], events boolean) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits)
        OR CASE WHEN w.low IS NULL -- a number is an amount, or one of the names
            THEN events AND EXISTS (SELECT FROM event e WHERE e.contract_id = record
                AND search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE w.part)
            ELSE total BETWEEN w.low AND w.high OR remaining BETWEEN w.low AND w.high END)
    FROM (
        SELECT search_key(concat_ws(' ', c.full_name, y.name, u.username, u.full_name)) AS text
        FROM users u JOIN client c ON c.id = contract_has.client LEFT JOIN company y ON y.id = c.company_id
        WHERE u.id = commercial
        OFFSET 0
    ) s, unnest(parts, digits, amounts_from, amounts_to) AS w (part, digits, low, high)
$$;

-- Events by what they say themselves, by clients, companies, commercials and support contacts of that name, by
-- contracts of that amount, and by the digits that ids begin with.
CREATE OR REPLACE FUNCTION events_with(part text, digits text, low numeric, high numeric) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM event m WHERE search_key(m.title || ' ' || m.full_address || ' ' || coalesce(m.notes, '')) LIKE part
    UNION ALL
    SELECT m.id FROM event m WHERE m.contract_id = ANY (ARRAY(
        SELECT n.id FROM contract n WHERE n.client_id = ANY (ARRAY(
            SELECT m.id FROM clients_named(part) m
            UNION ALL
            SELECT m.id FROM clients_with(part, '') m))
        UNION ALL
        SELECT n.id FROM contract n WHERE n.total_amount BETWEEN low AND high OR n.remaining_amount BETWEEN low AND high))
    UNION ALL
    SELECT m.id FROM users n JOIN event m ON m.support_contact_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN event m ON m.id >= i.first AND m.id < i.beyond
$$;

CREATE OR REPLACE FUNCTION event_has(record bigint, title text, address text, notes text, contract bigint, support bigint,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[]) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits)
        OR coalesce(s.total_amount BETWEEN w.low AND w.high OR s.remaining_amount BETWEEN w.low AND w.high, false))
    FROM (
        SELECT search_key(concat_ws(' ', event_has.title, address, event_has.notes, c.full_name, y.name, u.username, u.full_name, h.username, h.full_name)) AS text,
            k.total_amount, k.remaining_amount
        FROM contract k
        JOIN client c ON c.id = k.client_id
        JOIN users u ON u.id = c.commercial_id
        LEFT JOIN company y ON y.id = c.company_id
        LEFT JOIN users h ON h.id = support
        WHERE k.id = event_has.contract
        OFFSET 0
    ) s, unnest(parts, digits, amounts_from, amounts_to) AS w (part, digits, low, high)
$$;
