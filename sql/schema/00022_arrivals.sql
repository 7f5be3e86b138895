-- Records that come many at once. Whatever the size of the tables, what belongs to a row that arrives is looked up in an index: OFFSET 0
-- keeps it so. What is noted of each record that arrives is noted of all those of a statement together: its
-- history, what it takes, what it is like, and whose it is.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The history of records that arrived, as record_change() tells it of one. What they refer to is joined. Their statements are planned
-- each time, as the tables are by then.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION record_arrivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    unshown CONSTANT text[] := '{version,updated_at,last_login,password_hash,refresh_token_hash}';
    joined  text := '';
    called  text := '';
    r       record;
BEGIN
    FOR r IN
        SELECT n.name, n.tab, n.title, c.col, 'n' || row_number() OVER (ORDER BY n.name, c.col) AS place
        FROM noun n, unnest(n.referrers) AS c (col)
        WHERE EXISTS (SELECT FROM pg_attribute t WHERE t.attrelid = TG_RELID AND t.attname = c.col AND NOT t.attisdropped)
    LOOP
        joined := joined || format(' LEFT JOIN LATERAL (SELECT t.id, t.%I FROM epic_events.%I t WHERE t.id = a.%I OFFSET 0) %I ON true', r.title, r.tab, r.col, r.place);
        called := called || format(' || CASE WHEN %1$I.%2$I IS NULL THEN ''{}'' ELSE jsonb_build_object(%3$L || %1$I.id, %1$I.%2$I::text) END',
            r.place, r.title, r.name || ' ');
    END LOOP;
    EXECUTE format($insert$
        INSERT INTO epic_events.change_log (resource, record_id, action, after, names)
        SELECT $1, a.id, 'create', to_jsonb(a) - $2, nullif('{}'::jsonb%s, '{}')
        FROM arrived a%s
        ORDER BY a.id
    $insert$, called, joined) USING coalesce((SELECT n.name FROM noun n WHERE n.tab = TG_TABLE_NAME), TG_TABLE_NAME), unshown;
    RETURN NULL;
END
$$;

-- take_arrivals(RULE, COLUMN) takes the keys of the rows that arrived, as take() takes that of one. They are in order, so that two who
-- take the same ones do not wait for each other.
CREATE OR REPLACE FUNCTION take_arrivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    wanted bigint;
    taken  bigint;
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT taken_key(TG_ARGV[1], to_jsonb(a) ->> TG_ARGV[1]) AS key FROM arrived a
    ), taken AS (
        INSERT INTO taken (rule, key)
        SELECT TG_ARGV[0], w.key FROM wanted w WHERE w.key IS NOT NULL GROUP BY w.key ORDER BY w.key
        ON CONFLICT DO NOTHING
        RETURNING key
    )
    SELECT (SELECT count(w.key) FROM wanted w), (SELECT count(*) FROM taken) INTO wanted, taken;
    IF taken < wanted THEN
        RAISE unique_violation USING MESSAGE = format('%s: another row of %s has this %s, however it is written', TG_ARGV[0], TG_TABLE_NAME, TG_ARGV[1]),
            SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_ARGV[0];
    END IF;
    RETURN NULL;
END
$$;

-- The words of a name, in any order, without titles. It gives what it gave before, or the indexes on it would be wrong: up to two words, as
-- most people have, are put in order without a query.
CREATE OR REPLACE FUNCTION alike_name(name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    words text[] := pg_catalog.string_to_array(pg_catalog.btrim(
        pg_catalog.translate(epic_events.search_key(name), '.,;:"()&/', '')), ' ');
    word  text;
    key   text;
BEGIN
    IF NOT words OPERATOR(pg_catalog.&&) '{"",m,mr,mrs,ms,mme,mlle,dr,me,maitre}'::text[] THEN
        IF pg_catalog.cardinality(words) OPERATOR(pg_catalog.=) 1 THEN
            RETURN pg_catalog.hashtextextended(words[1], 0);
        ELSIF pg_catalog.cardinality(words) OPERATOR(pg_catalog.=) 2 THEN
            RETURN pg_catalog.hashtextextended(CASE WHEN words[1] COLLATE "C" OPERATOR(pg_catalog.<=) words[2] COLLATE "C"
                THEN pg_catalog.concat(words[1], ' ', words[2]) ELSE pg_catalog.concat(words[2], ' ', words[1]) END, 0);
        END IF;
    END IF;
    FOR word IN SELECT w FROM pg_catalog.unnest(words) AS w ORDER BY w COLLATE "C" LOOP
        CONTINUE WHEN word OPERATOR(pg_catalog.=) ANY ('{"",m,mr,mrs,ms,mme,mlle,dr,me,maitre}'::text[]);
        key := pg_catalog.concat_ws(' ', key, word);
    END LOOP;
    RETURN pg_catalog.hashtextextended(key, 0);
END
$$;

-- As before, but for the kinds of keys that a record may have: each is looked up, for a range of them was read from end to end.
CREATE OR REPLACE FUNCTION liken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    k     record;
    alone boolean;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM alike WHERE resource = TG_ARGV[0];
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        FOR k IN
            DELETE FROM alike a WHERE a.resource = TG_ARGV[0] AND a.record_id = OLD.id AND a.kind = ANY ('{-4,-3,-2,-1,1,2,3,4}'::smallint[])
            AND (TG_OP = 'DELETE' OR NOT EXISTS (SELECT FROM keys_of(NEW) n WHERE n.kind = abs(a.kind) AND n.key = a.key))
            RETURNING a.kind, a.key
        LOOP
            CONTINUE WHEN k.kind < 0 OR NOT take_key(k.key); -- where one more may come meanwhile, the last one stays
            DELETE FROM alike a WHERE a.resource = TG_ARGV[0] AND a.kind = k.kind AND a.key = k.key
            AND 1 = (SELECT count(*) FROM (SELECT FROM alike o WHERE o.resource = TG_ARGV[0] AND o.kind = k.kind AND o.key = k.key LIMIT 2) AS left_over);
        END LOOP;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        FOR k IN
            SELECT n.kind, n.key FROM keys_of(NEW) n
            WHERE NOT EXISTS (SELECT FROM alike a WHERE a.resource = TG_ARGV[0] AND a.kind = n.kind AND a.record_id = NEW.id)
        LOOP
            alone := take_key(k.key);
            IF EXISTS (SELECT FROM alike a WHERE a.resource = TG_ARGV[0] AND a.kind = k.kind AND a.key = k.key) THEN
                INSERT INTO alike VALUES (TG_ARGV[0], k.kind, NEW.id, k.key) ON CONFLICT DO NOTHING;
            ELSIF EXISTS (SELECT FROM others_like(NEW, k.kind, k.key)) THEN
                INSERT INTO alike SELECT TG_ARGV[0], k.kind, o, k.key FROM others_like(NEW, k.kind, k.key) o ON CONFLICT DO NOTHING;
                INSERT INTO alike VALUES (TG_ARGV[0], k.kind, NEW.id, k.key) ON CONFLICT DO NOTHING;
            END IF;
            IF NOT alone THEN
                INSERT INTO alike VALUES (TG_ARGV[0], -k.kind, NEW.id, k.key) ON CONFLICT DO NOTHING;
            END IF;
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;

-- Takes the places of keys, as take_key() takes that of one, and returns those that somebody else has taken. It is a statement of its own:
-- what looks for others behind it sees what they committed until then.
CREATE OR REPLACE FUNCTION take_keys(keys bigint[]) RETURNS bigint[]
LANGUAGE sql SET search_path = pg_catalog, epic_events, pg_temp AS $$
    SELECT coalesce(array_agg(p.place), '{}')
    FROM (SELECT DISTINCT k & 255 AS place FROM unnest(keys) AS k ORDER BY 1) p
    WHERE NOT take_key(p.place)
$$;

-- Notes which records those that arrived are like, as liken() does for one. A key that nothing shares yet is looked up in its index.
CREATE OR REPLACE FUNCTION liken_clients() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    doubtful bigint[]; -- the places of keys that somebody else has
BEGIN
    IF (SELECT count(*) FROM arrived) > 50 THEN -- they have nearly all places
        doubtful := take_keys(ARRAY(SELECT * FROM generate_series(0::bigint, 255)));
    ELSE
        doubtful := take_keys(ARRAY(SELECT n.key FROM arrived r CROSS JOIN LATERAL (SELECT o FROM client o WHERE o.id = r.id) c CROSS JOIN LATERAL keys_of(c.o) n));
    END IF;
    EXECUTE $insert$
        WITH arrival AS MATERIALIZED (
            SELECT r.id, r.company_id, alike_name(r.full_name) AS called, alike_phone(r.phone) AS phone, alike_email(r.email) AS email FROM arrived r
        ), k AS MATERIALIZED (
            SELECT r.id, r.company_id, r.called, n.kind, n.key, s.shared
            FROM arrival r
            CROSS JOIN LATERAL (VALUES (1::smallint, CASE WHEN r.company_id IS NOT NULL THEN hashint8extended(r.called, r.company_id) END), (2, r.phone),
                (3, r.email), (4, r.called)) AS n (kind, key) -- as keys_of() has them
            CROSS JOIN LATERAL (SELECT coalesce((
                SELECT a.resource = 'client' AND a.kind = n.kind AND a.key = n.key
                FROM alike a
                WHERE (a.resource, a.kind, a.key, a.record_id) >= ('client', n.kind, n.key, -2147483648)
                ORDER BY a.resource, a.kind, a.key, a.record_id LIMIT 1), false) AS shared OFFSET 0) s -- that order has one index
            WHERE n.key IS NOT NULL
        ), fresh AS MATERIALIZED (
            SELECT k.kind, k.key, min(k.id) AS id, min(k.company_id) AS company_id, min(k.called) AS called FROM k WHERE NOT k.shared GROUP BY k.kind, k.key
        ), holders AS (
            SELECT f.kind, f.key, o.id, f.id AS first
            FROM fresh f CROSS JOIN LATERAL (SELECT o.id FROM client o WHERE alike_name(o.full_name) = f.called AND o.company_id = f.company_id OFFSET 0) o
            WHERE f.kind = 1
            UNION ALL
            SELECT f.kind, f.key, o.id, f.id
            FROM fresh f CROSS JOIN LATERAL (SELECT o.id FROM client o WHERE o.phone IS NOT NULL AND alike_phone(o.phone) = f.key OFFSET 0) o
            WHERE f.kind = 2
            UNION ALL
            SELECT f.kind, f.key, o.id, f.id FROM fresh f CROSS JOIN LATERAL (SELECT o.id FROM client o WHERE alike_email(o.email) = f.key OFFSET 0) o
            WHERE f.kind = 3
            UNION ALL
            SELECT f.kind, f.key, o.id, f.id FROM fresh f CROSS JOIN LATERAL (SELECT o.id FROM client o WHERE alike_name(o.full_name) = f.key OFFSET 0) o
            WHERE f.kind = 4
        ), several AS (
            SELECT DISTINCT h.kind, h.key, h.first FROM holders h WHERE h.id <> h.first
        )
        INSERT INTO alike (resource, kind, record_id, key)
        SELECT 'client', k.kind, k.id, k.key FROM k WHERE k.shared
        UNION ALL
        SELECT 'client', h.kind, h.id, h.key FROM holders h WHERE h.id <> h.first
        UNION ALL
        SELECT 'client', s.kind, s.first, s.key FROM several s
        UNION ALL
        SELECT 'client', -k.kind, k.id, k.key FROM k WHERE k.key & 255 = ANY ($1)
        ON CONFLICT DO NOTHING
    $insert$ USING doubtful;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION liken_companies() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    doubtful bigint[]; -- the places of keys that somebody else has
BEGIN
    IF (SELECT count(*) FROM arrived) > 50 THEN -- they have nearly all places
        doubtful := take_keys(ARRAY(SELECT * FROM generate_series(0::bigint, 255)));
    ELSE
        doubtful := take_keys(ARRAY(SELECT n.key FROM arrived r CROSS JOIN LATERAL (SELECT o FROM company o WHERE o.id = r.id) c CROSS JOIN LATERAL keys_of(c.o) n));
    END IF;
    EXECUTE $insert$
        WITH k AS MATERIALIZED (
            SELECT r.id, 4::smallint AS kind, n.key, s.shared
            FROM arrived r
            CROSS JOIN LATERAL (SELECT alike_company(r.name) AS key OFFSET 0) n -- as keys_of() has it
            CROSS JOIN LATERAL (SELECT coalesce((
                SELECT a.resource = 'company' AND a.kind = 4 AND a.key = n.key
                FROM alike a
                WHERE (a.resource, a.kind, a.key, a.record_id) >= ('company', 4, n.key, -2147483648)
                ORDER BY a.resource, a.kind, a.key, a.record_id LIMIT 1), false) AS shared OFFSET 0) s
            WHERE n.key IS NOT NULL
        ), holders AS (
            SELECT f.kind, f.key, o.id, count(*) OVER (PARTITION BY f.kind, f.key) AS n
            FROM (SELECT DISTINCT k.kind, k.key FROM k WHERE NOT k.shared) f
            CROSS JOIN LATERAL (SELECT o.id FROM company o WHERE alike_company(o.name) = f.key OFFSET 0) o
        )
        INSERT INTO alike (resource, kind, record_id, key)
        SELECT 'company', k.kind, k.id, k.key FROM k WHERE k.shared
        UNION ALL
        SELECT 'company', h.kind, h.id, h.key FROM holders h WHERE h.n > 1
        UNION ALL
        SELECT 'company', -k.kind, k.id, k.key FROM k WHERE k.key & 255 = ANY ($1)
        ON CONFLICT DO NOTHING
    $insert$ USING doubtful;
    RETURN NULL;
END
$$;

-- Clients came to contracts that were there without them, as keep_clients() keeps it of one.
CREATE OR REPLACE FUNCTION keep_arrivals() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    EXECUTE $insert$
        INSERT INTO contract_owner (contract_id, commercial_id)
        SELECT k.id, a.commercial_id FROM arrived a CROSS JOIN LATERAL (SELECT k.id FROM contract k WHERE k.client_id = a.id OFFSET 0) k
        WHERE a.commercial_id IS NOT NULL
        ON CONFLICT (contract_id) DO UPDATE SET commercial_id = excluded.commercial_id
    $insert$;
    EXECUTE $insert$
        INSERT INTO event_owner (event_id, commercial_id)
        SELECT e.id, a.commercial_id
        FROM arrived a
        CROSS JOIN LATERAL (SELECT e.id FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = a.id OFFSET 0) e
        WHERE a.commercial_id IS NOT NULL
        ON CONFLICT (event_id) DO UPDATE SET commercial_id = excluded.commercial_id
    $insert$;
    RETURN NULL;
END
$$;

-- The records on which something was built since a row of the history each, which created it. They are not any more as that row tells, or
-- something refers to them. They stay as they are until the transaction ends.
CREATE OR REPLACE FUNCTION built_upon(noun text, records bigint[], changes bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    place text := (SELECT n.tab FROM noun n WHERE n.name = built_upon.noun);
    r     record;
BEGIN
    EXECUTE format('SELECT FROM epic_events.%I t WHERE t.id = ANY ($1) ORDER BY t.id FOR UPDATE', place) USING records;
    RETURN QUERY EXECUTE format($query$
        SELECT w.record
        FROM unnest($1, $2) AS w (record, change)
        CROSS JOIN LATERAL (SELECT l.after FROM change_log l WHERE l.id = w.change OFFSET 0) l
        LEFT JOIN LATERAL (SELECT to_jsonb(t) AS present FROM epic_events.%I t WHERE t.id = w.record OFFSET 0) p ON true
        WHERE NOT coalesce(p.present @> l.after, false)
    $query$, place) USING records, changes;
    FOR r IN
        SELECT c.conrelid::regclass AS tab, a.attname AS col
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND c.confrelid = to_regclass(format('epic_events.%I', place))
    LOOP
        RETURN QUERY EXECUTE format('SELECT t.%1$I::bigint FROM %2$s t WHERE t.%1$I = ANY ($1)', r.col, r.tab) USING records;
    END LOOP;
END
$$;

-- Deletes records of a noun, and says how many.
CREATE OR REPLACE FUNCTION unmake(noun text, records bigint[]) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    deleted bigint;
BEGIN
    EXECUTE format('DELETE FROM epic_events.%I t WHERE t.id = ANY ($1)', (SELECT n.tab FROM noun n WHERE n.name = unmake.noun)) USING records;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION liken(), record_arrivals(), take_arrivals(), take_keys(bigint[]), liken_clients(), liken_companies(), keep_arrivals() FROM PUBLIC;

-- Who writes many at once says so: epev.many is on until the transaction ends, and what is noted of each row otherwise is noted of all rows
-- of a statement. For one row its own triggers are quicker. The lock keeps others from writing while neither is there.
LOCK TABLE company, client, contract, event IN SHARE ROW EXCLUSIVE MODE;
-- +goose StatementBegin
DO $migration$
DECLARE
    t record;
BEGIN
    FOR t IN
        SELECT *
        FROM (VALUES
            ('company', 'record_change', 'record_arrival', '', $$record_change()$$, 'record_arrivals', $$record_arrivals()$$),
            ('client', 'record_change', 'record_arrival', '', $$record_change()$$, 'record_arrivals', $$record_arrivals()$$),
            ('contract', 'record_change', 'record_arrival', '', $$record_change()$$, 'record_arrivals', $$record_arrivals()$$),
            ('event', 'record_change', 'record_arrival', '', $$record_change()$$, 'record_arrivals', $$record_arrivals()$$),
            ('company', 'retake_name', 'take_name', 'OF name', $$take('company_name_taken', 'name')$$, 'take_names', $$take_arrivals('company_name_taken', 'name')$$),
            ('client', 'retake_email', 'take_email', 'OF email', $$take('client_email_taken', 'email')$$,
                'take_emails', $$take_arrivals('client_email_taken', 'email')$$),
            ('company', 'liken', 'liken_arrival', 'OF name', $$liken('company')$$, 'liken_arrivals', $$liken_companies()$$),
            ('client', 'liken', 'liken_arrival', 'OF full_name, email, phone, company_id', $$liken('client')$$, 'liken_arrivals', $$liken_clients()$$),
            ('client', 'keep_clients', 'keep_arrival', 'OF id, commercial_id', $$keep_clients()$$, 'keep_arrivals', $$keep_arrivals()$$)
        ) AS t (tab, later, one, columns, does, many, does_many)
    LOOP
        EXECUTE format('CREATE OR REPLACE TRIGGER %I AFTER DELETE OR UPDATE %s ON %I FOR EACH ROW EXECUTE FUNCTION %s', t.later, t.columns, t.tab, t.does);
        EXECUTE format($$CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %I FOR EACH ROW WHEN (current_setting('epev.many', true) IS DISTINCT FROM 'on')
            EXECUTE FUNCTION %s$$, t.one, t.tab, t.does);
        EXECUTE format($$CREATE OR REPLACE TRIGGER %I AFTER INSERT ON %I REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT
            WHEN (current_setting('epev.many', true) = 'on') EXECUTE FUNCTION %s$$, t.many, t.tab, t.does_many);
    END LOOP;
END
$migration$;
-- +goose StatementEnd
