-- Records that were merged into others, and those that are alike.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The ids of records that disappeared in another one, which may have disappeared later itself. A record that is there is no
-- alias: when one comes back under its id, that id is its own again.
CREATE TABLE IF NOT EXISTS alias (
    resource text NOT NULL,
    old_id   integer NOT NULL,
    new_id   integer NOT NULL,
    PRIMARY KEY (resource, old_id),
    CONSTRAINT alias_of_another_check CHECK (old_id <> new_id)
);
CREATE INDEX IF NOT EXISTS alias_by_target ON alias (resource, new_id, old_id);

-- Those of records that came back, with the mark of the transaction that brought them: when that is undone, they lead there again.
CREATE TABLE IF NOT EXISTS alias_past (
    resource text NOT NULL,
    old_id   integer NOT NULL,
    new_id   integer NOT NULL,
    mark     bigint
);
CREATE INDEX IF NOT EXISTS alias_past_by_record ON alias_past (resource, old_id, mark);

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION come_back() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    WITH gone AS (
        DELETE FROM alias a USING arrived r WHERE a.resource = TG_ARGV[0] AND a.old_id = r.id RETURNING a.resource, a.old_id, a.new_id
    )
    INSERT INTO alias_past
    SELECT g.resource, g.old_id, g.new_id, nullif(current_setting('epev.mark', true), '')::bigint FROM gone g;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE OR REPLACE TRIGGER come_back AFTER INSERT ON client REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION come_back('client');
CREATE OR REPLACE TRIGGER come_back AFTER INSERT ON company REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION come_back('company');

-- What makes two records alike are keys that both have. They are numbers, which keeps their indexes small. Their functions are in
-- PL/pgSQL with qualified names for the reasons of fold(). Indexes are built on them: never change a body.

-- Of a number, however it is written: 06 12 34 56 78 is +33 6 12 34 56 78.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION alike_phone(phone text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    digits text := pg_catalog.regexp_replace(phone, '[^0-9+]', '', 'g');
BEGIN
    digits := pg_catalog.regexp_replace(digits, '^(00|[+])', '');
    IF digits OPERATOR(pg_catalog.~) '^0[1-9][0-9]{8}$' THEN
        digits := '33' OPERATOR(pg_catalog.||) pg_catalog.substr(digits, 2);
    END IF;
    RETURN CASE WHEN pg_catalog.length(digits) OPERATOR(pg_catalog.>=) 6 THEN pg_catalog.hashtextextended(digits, 0) END;
END
$$;

-- The words of a name, in any order, without titles.
CREATE OR REPLACE FUNCTION alike_name(name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    words text[] := pg_catalog.string_to_array(pg_catalog.btrim(
        pg_catalog.translate(epic_events.search_key(name), '.,;:"()&/', '')), ' ');
    word  text;
    key   text;
BEGIN
    FOR word IN SELECT w FROM pg_catalog.unnest(words) AS w ORDER BY w COLLATE "C" LOOP
        CONTINUE WHEN word OPERATOR(pg_catalog.=) ANY ('{"",m,mr,mrs,ms,mme,mlle,dr,me,maitre}'::text[]);
        key := pg_catalog.concat_ws(' ', key, word);
    END LOOP;
    RETURN pg_catalog.hashtextextended(key, 0);
END
$$;

-- What stays of an address that was mistyped or written otherwise: no vowels, no letter twice in a row, no points, hyphens or
-- tag, and no ending of the domain.
CREATE OR REPLACE FUNCTION alike_email(address text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain text := epic_events.plain_email(address);
    frame text;
BEGIN
    frame := pg_catalog.regexp_replace(pg_catalog.regexp_replace(plain, '[aeiouy]', '', 'g'), '(.)\1+', '\1', 'g');
    IF pg_catalog.strpos(frame, '@') OPERATOR(pg_catalog.<) 3 THEN -- too little of it
        frame := plain;
    END IF;
    RETURN pg_catalog.hashtextextended(frame, 0);
END
$$;

-- What stays of a company's name without its legal form, blanks and vowels.
CREATE OR REPLACE FUNCTION alike_company(name text) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain text := epic_events.plain_company(name);
    frame text;
BEGIN
    frame := pg_catalog.regexp_replace(pg_catalog.regexp_replace(plain, '[aeiouy]', '', 'g'), '(.)\1+', '\1', 'g');
    IF pg_catalog.length(frame) OPERATOR(pg_catalog.<) 3 THEN
        frame := plain;
    END IF;
    RETURN pg_catalog.hashtextextended(nullif(frame, ''), 0);
END
$$;

-- An address without what makes no difference to people: points, hyphens and a tag before the @, the ending of the domain behind.
CREATE OR REPLACE FUNCTION plain_email(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    folded text := epic_events.fold(epic_events.mailbox(address));
    person text := pg_catalog.split_part(folded, '@', 1);
BEGIN
    RETURN pg_catalog.concat(pg_catalog.translate(coalesce(nullif(pg_catalog.split_part(person, '+', 1), ''), person), '._-', ''), '@',
        pg_catalog.regexp_replace(pg_catalog.substr(folded, pg_catalog.length(person) OPERATOR(pg_catalog.+) 2), '([.](co|com|org))?[.][^.]+$', ''));
END
$$;

-- A company's name without its legal form, the word and, points and blanks.
CREATE OR REPLACE FUNCTION plain_company(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    key  text := pg_catalog.btrim(pg_catalog.translate(epic_events.search_key(name), '.,;:"()&/', ''));
    less text := pg_catalog.btrim(pg_catalog.regexp_replace(key,
        '(^| )(et|and|und|sas|sasu|sarl|eurl|sa|sci|scop|snc|ag|gmbh|kg|ltd|llc|llp|plc|inc|corp|bv|nv|ab|as|oy|srl|spa|sl|lda|societe|ste)(?= |$)', ' ', 'g'));
BEGIN
    RETURN pg_catalog.replace(coalesce(nullif(less, ''), key), ' ', '');
END
$$;
-- +goose StatementEnd

CREATE INDEX IF NOT EXISTS client_alike_phone ON client (alike_phone(phone), id) WHERE phone IS NOT NULL;
CREATE INDEX IF NOT EXISTS client_alike_name ON client (alike_name(full_name), id);
CREATE INDEX IF NOT EXISTS client_alike_email ON client (alike_email(email), id);
CREATE INDEX IF NOT EXISTS company_alike_name ON company (alike_company(name), id);

-- The records that share a key with another one, by which they are found at once where there are a million. A kind is what they
-- share, the surest first: 1 name and company, 2 a telephone number, 3 nearly the e-mail address, 4 the name. A number below
-- zero is a doubt: another one like it may have been written at the same moment.
CREATE TABLE IF NOT EXISTS alike (
    resource  text NOT NULL,
    kind      smallint NOT NULL,
    record_id integer NOT NULL,
    key       bigint NOT NULL,
    PRIMARY KEY (resource, kind, record_id)
);
CREATE INDEX IF NOT EXISTS alike_by_key ON alike (resource, kind, key, record_id);

-- The keys of a record, and the others that have the same.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION keys_of(c client) RETURNS TABLE (kind smallint, key bigint)
LANGUAGE plpgsql IMMUTABLE ROWS 4 AS $$
DECLARE
    called bigint := epic_events.alike_name(c.full_name);
BEGIN
    RETURN QUERY SELECT k.kind::smallint, k.key FROM (VALUES
        (1, pg_catalog.hashint8extended(called, c.company_id)),
        (2, epic_events.alike_phone(c.phone)),
        (3, epic_events.alike_email(c.email)),
        (4, called)) AS k (kind, key)
    WHERE k.key IS NOT NULL;
END
$$;

CREATE OR REPLACE FUNCTION keys_of(c company) RETURNS TABLE (kind smallint, key bigint)
LANGUAGE sql IMMUTABLE AS $$
    SELECT 4::smallint, k.key FROM (VALUES (epic_events.alike_company(c.name))) AS k (key) WHERE k.key IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION others_like(c client, kind smallint, key bigint) RETURNS SETOF integer
LANGUAGE plpgsql STABLE AS $$
DECLARE
    called bigint;
BEGIN
    CASE kind
    WHEN 1 THEN
        called := epic_events.alike_name(c.full_name); -- once, not for each client of the company
        RETURN QUERY SELECT o.id::integer FROM epic_events.client o
            WHERE epic_events.alike_name(o.full_name) = called AND o.company_id = c.company_id AND o.id <> c.id;
    WHEN 2 THEN RETURN QUERY SELECT o.id::integer FROM epic_events.client o WHERE o.phone IS NOT NULL AND epic_events.alike_phone(o.phone) = key AND o.id <> c.id;
    WHEN 3 THEN RETURN QUERY SELECT o.id::integer FROM epic_events.client o WHERE epic_events.alike_email(o.email) = key AND o.id <> c.id;
    WHEN 4 THEN RETURN QUERY SELECT o.id::integer FROM epic_events.client o WHERE epic_events.alike_name(o.full_name) = key AND o.id <> c.id;
    END CASE;
END
$$;

CREATE OR REPLACE FUNCTION others_like(c company, kind smallint, key bigint) RETURNS SETOF integer
LANGUAGE sql STABLE AS $$
    SELECT o.id::integer FROM epic_events.company o WHERE epic_events.alike_company(o.name) = key AND o.id <> c.id
$$;

-- Notes which other records a record is like from now on, and that it is like those before no more.
CREATE OR REPLACE FUNCTION liken() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    k record;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM alike WHERE resource = TG_ARGV[0];
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        FOR k IN
            DELETE FROM alike a WHERE a.resource = TG_ARGV[0] AND a.record_id = OLD.id AND a.kind BETWEEN 1 AND 4
            AND (TG_OP = 'DELETE' OR NOT EXISTS (SELECT FROM keys_of(NEW) n WHERE n.kind = a.kind AND n.key = a.key))
            RETURNING a.kind, a.key
        LOOP
            DELETE FROM alike a WHERE a.resource = TG_ARGV[0] AND a.kind = k.kind AND a.key = k.key
            AND 1 = (SELECT count(*) FROM (SELECT FROM alike o WHERE o.resource = TG_ARGV[0] AND o.kind = k.kind AND o.key = k.key LIMIT 2) AS left_over);
        END LOOP;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        FOR k IN
            SELECT n.kind, n.key FROM keys_of(NEW) n
            WHERE NOT EXISTS (SELECT FROM alike a WHERE a.resource = TG_ARGV[0] AND a.kind = n.kind AND a.record_id = NEW.id)
        LOOP
            IF EXISTS (SELECT FROM alike a WHERE a.resource = TG_ARGV[0] AND a.kind = k.kind AND a.key = k.key) THEN
                INSERT INTO alike VALUES (TG_ARGV[0], k.kind, NEW.id, k.key) ON CONFLICT DO NOTHING;
            ELSIF EXISTS (SELECT FROM others_like(NEW, k.kind, k.key)) THEN
                INSERT INTO alike SELECT TG_ARGV[0], k.kind, o, k.key FROM others_like(NEW, k.kind, k.key) o ON CONFLICT DO NOTHING;
                INSERT INTO alike VALUES (TG_ARGV[0], k.kind, NEW.id, k.key) ON CONFLICT DO NOTHING;
            END IF;
        END LOOP;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION come_back(), liken() FROM PUBLIC;

-- Those that are there; the lock keeps others from writing until this is done.
LOCK TABLE company, client IN SHARE ROW EXCLUSIVE MODE;
CREATE OR REPLACE TRIGGER liken AFTER INSERT OR DELETE OR UPDATE OF full_name, email, phone, company_id ON client
    FOR EACH ROW EXECUTE FUNCTION liken('client');
CREATE OR REPLACE TRIGGER liken AFTER INSERT OR DELETE OR UPDATE OF name ON company FOR EACH ROW EXECUTE FUNCTION liken('company');
CREATE OR REPLACE TRIGGER unliken AFTER TRUNCATE ON client FOR EACH STATEMENT EXECUTE FUNCTION liken('client');
CREATE OR REPLACE TRIGGER unliken AFTER TRUNCATE ON company FOR EACH STATEMENT EXECUTE FUNCTION liken('company');

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION liken_all() RETURNS void
LANGUAGE sql AS $$
    TRUNCATE epic_events.alike;
    INSERT INTO epic_events.alike (resource, kind, record_id, key)
    SELECT a.resource, a.kind, a.id, a.key
    FROM (
        SELECT k.resource, k.kind, k.id, k.key, count(*) OVER (PARTITION BY k.resource, k.kind, k.key) AS holders
        FROM (
            SELECT 'client' AS resource, n.kind, c.id, n.key FROM epic_events.client c CROSS JOIN LATERAL epic_events.keys_of(c) n
            UNION ALL
            SELECT 'company', n.kind, y.id, n.key FROM epic_events.company y CROSS JOIN LATERAL epic_events.keys_of(y) n
        ) AS k
    ) AS a
    WHERE a.holders > 1;
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION liken_all() FROM PUBLIC;

SELECT FROM liken_all();

ANALYZE client, company, alike;
