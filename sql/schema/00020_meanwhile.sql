-- Records that are alike and were written at the same moment.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- Nobody sees what somebody else has not committed yet. Whoever writes a record takes the place of each of its keys, and waits for
-- nobody. Who finds one taken notes the key in alike as a doubt, with the number of its kind below zero; settle_alike() looks again.

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION take_key(key bigint) RETURNS boolean
LANGUAGE sql AS $$
    SELECT pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtext('alike'), (key OPERATOR(pg_catalog.&) 255)::integer)
$$;

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
            DELETE FROM alike a WHERE a.resource = TG_ARGV[0] AND a.record_id = OLD.id AND a.kind BETWEEN -4 AND 4
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

-- Looks again at records in doubt, some at a time, and says at how many. One whose key is still taken waits for the next time.
CREATE OR REPLACE FUNCTION settle_alike(noun text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    d       record;
    c       client;
    y       company;
    others  integer[];
    settled bigint := 0;
BEGIN
    IF current_setting('transaction_read_only')::boolean THEN -- a copy of the database, say
        RETURN 0;
    END IF;
    FOR d IN
        SELECT -a.kind AS kind, a.record_id, a.key FROM alike a WHERE a.resource = noun AND a.kind BETWEEN -4 AND -1 ORDER BY a.kind, a.record_id LIMIT 100
    LOOP
        CONTINUE WHEN NOT take_key(d.key);
        IF noun = 'client' THEN
            SELECT r.* INTO c FROM client r WHERE r.id = d.record_id;
            others := ARRAY(SELECT o FROM others_like(c, d.kind::smallint, d.key) AS o);
        ELSE
            SELECT r.* INTO y FROM company r WHERE r.id = d.record_id;
            others := ARRAY(SELECT o FROM others_like(y, d.kind::smallint, d.key) AS o);
        END IF;
        DELETE FROM alike a WHERE a.resource = noun AND a.kind = -d.kind AND a.record_id = d.record_id AND a.key = d.key;
        CONTINUE WHEN NOT FOUND OR others = '{}';
        INSERT INTO alike SELECT noun, d.kind, o, d.key FROM unnest(others || d.record_id) AS o ON CONFLICT DO NOTHING;
        settled := settled + 1;
    END LOOP;
    RETURN settled;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION liken() FROM PUBLIC;
