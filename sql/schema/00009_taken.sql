-- What may be there once only: an e-mail address among users and among clients, a username, the name of a
-- company, each however it is written. A database may hold two such already: both stay, and no third is
-- let in, whoever writes and however many at once. A unique index would then hold for nobody.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- A label of a domain in its ASCII form, without "xn--", as it is read (RFC 3492, 6.2); null where it is none.
CREATE OR REPLACE FUNCTION punycode(label text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    delimiter CONSTANT integer := pg_catalog.length(label) - pg_catalog.strpos(pg_catalog.reverse(label), '-') + 1;
    read      text := CASE WHEN delimiter <= pg_catalog.length(label) THEN pg_catalog.left(label, delimiter - 1) ELSE '' END;
    place     integer := CASE WHEN delimiter <= pg_catalog.length(label) THEN delimiter + 1 ELSE 1 END;
    point     bigint := 128;
    i         bigint := 0;
    before    bigint;
    weight    bigint;
    bias      bigint := 72;
    k         bigint;
    threshold bigint;
    digit     integer;
BEGIN
    WHILE place <= pg_catalog.length(label) LOOP
        before := i;
        weight := 1;
        k := 36;
        LOOP
            digit := pg_catalog.strpos('abcdefghijklmnopqrstuvwxyz0123456789', pg_catalog.substr(label, place, 1)) - 1;
            IF place > pg_catalog.length(label) OR digit < 0 OR i > 2147483647 OR weight > 2147483647 THEN
                RETURN NULL;
            END IF;
            place := place + 1;
            i := i + digit * weight;
            threshold := least(greatest(k - bias, 1), 26);
            EXIT WHEN digit < threshold;
            weight := weight * (36 - threshold);
            k := k + 36;
        END LOOP;
        bias := (i - before) / CASE before WHEN 0 THEN 700 ELSE 2 END;
        bias := bias + bias / (pg_catalog.length(read) + 1);
        k := 0;
        WHILE bias > 455 LOOP
            bias := bias / 35;
            k := k + 36;
        END LOOP;
        bias := k + 36 * bias / (bias + 38);
        point := point + i / (pg_catalog.length(read) + 1);
        i := i % (pg_catalog.length(read) + 1);
        IF point > 1114111 OR point BETWEEN 55296 AND 57343 THEN
            RETURN NULL;
        END IF;
        read := pg_catalog.left(read, i::integer) || pg_catalog.chr(point::integer) || pg_catalog.substr(read, i::integer + 1);
        i := i + 1;
    END LOOP;
    RETURN read;
END
$$;

-- The key of an e-mail address: lower case, and the domain as it is read. Which collation knows the case of all
-- letters here was found out for fold().
-- +goose StatementBegin
DO $migration$
BEGIN
    EXECUTE format($create$
CREATE OR REPLACE FUNCTION mailbox(address text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $mailbox$
DECLARE
    lowered CONSTANT text := pg_catalog.lower(pg_catalog.normalize(pg_catalog.btrim(address), 'NFC') COLLATE pg_catalog.%s);
    at      CONSTANT integer := pg_catalog.strpos(lowered, '@');
    label   text;
    domain  text;
BEGIN
    IF at = 0 OR pg_catalog.octet_length(lowered) = pg_catalog.length(lowered) AND pg_catalog.strpos(lowered, 'xn--') = 0 THEN
        RETURN lowered;
    END IF;
    FOREACH label IN ARRAY pg_catalog.string_to_array(pg_catalog.substr(lowered, at + 1), '.') LOOP
        IF pg_catalog.starts_with(label, 'xn--') THEN
            label := coalesce(epic_events.punycode(pg_catalog.substr(label, 5)), label);
        END IF;
        domain := pg_catalog.concat_ws('.', domain, pg_catalog.normalize(label, 'NFKC'));
    END LOOP;
    RETURN pg_catalog.left(lowered, at) || domain;
END
$mailbox$
    $create$, (SELECT (regexp_match(prosrc, 'lower\(s COLLATE pg_catalog\.([^)]+)\);\s+s := pg_catalog\.translate'))[1]
        FROM pg_proc WHERE oid = 'epic_events.fold(text)'::regprocedure));
END
$migration$;
-- +goose StatementEnd

-- The key of a name: without case and accents, each run of blanks of any kind one blank, and without what is not seen.
CREATE OR REPLACE FUNCTION same_name(name text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    key text := epic_events.fold(name);
BEGIN
    IF pg_catalog.octet_length(key) > pg_catalog.length(key) THEN
        key := pg_catalog.regexp_replace(key, '[\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180E\u200B-\u200F\u202A-\u202E\u2060-\u206F\u2800\u3164'
            '\uFEFF\uFFA0\uFFF0-\uFFF8\U0001BCA0-\U0001BCA3\U0001D159\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]+', '', 'g');
        key := pg_catalog.regexp_replace(key, '[\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]', ' ', 'g');
    END IF;
    RETURN pg_catalog.btrim(pg_catalog.regexp_replace(key, '[ \t\n\v\f\r]+', ' ', 'g'));
END
$$;

-- What is taken, and by how many rows: more than one only where it was so before. A rule is that of rules(), by
-- which data tells errors.
CREATE TABLE IF NOT EXISTS taken (
    rule    text NOT NULL,
    key     text NOT NULL,
    holders integer NOT NULL DEFAULT 1,
    PRIMARY KEY (rule, key)
);

-- take(RULE, COLUMN) gives a row's key back and takes its new one. Who takes the same key at the same moment
-- waits for the other's end; who keeps a key, shared or not, takes nothing.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION take() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    was     text;
    becomes text;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        DELETE FROM taken WHERE rule = TG_ARGV[0];
        RETURN NULL;
    END IF;
    was := taken_key(TG_ARGV[1], to_jsonb(OLD) ->> TG_ARGV[1]);
    becomes := taken_key(TG_ARGV[1], to_jsonb(NEW) ->> TG_ARGV[1]);
    IF was IS NOT DISTINCT FROM becomes THEN
        RETURN NULL;
    END IF;
    IF was IS NOT NULL THEN
        UPDATE taken SET holders = holders - 1 WHERE rule = TG_ARGV[0] AND key = was;
        DELETE FROM taken WHERE rule = TG_ARGV[0] AND key = was AND holders < 1;
    END IF;
    IF becomes IS NOT NULL THEN
        INSERT INTO taken (rule, key) VALUES (TG_ARGV[0], becomes) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE unique_violation USING MESSAGE = format('%s: another row of %s has this %s, however it is written', TG_ARGV[0], TG_TABLE_NAME, TG_ARGV[1]),
                SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME, CONSTRAINT = TG_ARGV[0];
        END IF;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

-- The key under which a value of a column is taken; null: under none.
CREATE OR REPLACE FUNCTION taken_key(col text, value text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN nullif(CASE col WHEN 'email' THEN epic_events.mailbox(value) ELSE epic_events.same_name(value) END, '');
END
$$;

CREATE OR REPLACE TRIGGER take_username AFTER INSERT OR DELETE OR UPDATE OF username ON users
    FOR EACH ROW EXECUTE FUNCTION take('users_username_taken', 'username');
CREATE OR REPLACE TRIGGER take_email AFTER INSERT OR DELETE OR UPDATE OF email ON users
    FOR EACH ROW EXECUTE FUNCTION take('users_email_taken', 'email');
CREATE OR REPLACE TRIGGER take_name AFTER INSERT OR DELETE OR UPDATE OF name ON company
    FOR EACH ROW EXECUTE FUNCTION take('company_name_taken', 'name');
CREATE OR REPLACE TRIGGER take_email AFTER INSERT OR DELETE OR UPDATE OF email ON client
    FOR EACH ROW EXECUTE FUNCTION take('client_email_taken', 'email');
CREATE OR REPLACE TRIGGER untake_username AFTER TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION take('users_username_taken');
CREATE OR REPLACE TRIGGER untake_email AFTER TRUNCATE ON users FOR EACH STATEMENT EXECUTE FUNCTION take('users_email_taken');
CREATE OR REPLACE TRIGGER untake_name AFTER TRUNCATE ON company FOR EACH STATEMENT EXECUTE FUNCTION take('company_name_taken');
CREATE OR REPLACE TRIGGER untake_email AFTER TRUNCATE ON client FOR EACH STATEMENT EXECUTE FUNCTION take('client_email_taken');

-- Those that are there; the triggers keep others from writing until this is done.
TRUNCATE taken;
INSERT INTO taken (rule, key, holders)
SELECT held.rule, held.key, count(*)
FROM (
    SELECT 'users_username_taken' AS rule, taken_key('username', username) AS key FROM users
    UNION ALL SELECT 'users_email_taken', taken_key('email', email) FROM users
    UNION ALL SELECT 'company_name_taken', taken_key('name', name) FROM company
    UNION ALL SELECT 'client_email_taken', taken_key('email', email) FROM client
) AS held
WHERE held.key IS NOT NULL
GROUP BY held.rule, held.key;
