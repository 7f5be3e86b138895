-- What lists are searched by, and what keeps the empty values of a sort last, whichever way it goes.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The key in which words are looked for, exactly as model.SearchKey makes it. The text is folded, each row of blanks,
-- apostrophes and hyphens becomes one blank, nothing is invisible, and a blank stands before each word. Its names are
-- qualified, and it is in PL/pgSQL, for the reasons of fold(). Indexes are built on it: never change its body.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION search_key(s text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    gaps CONSTANT text := '[' -- blanks, apostrophes, hyphens
        '\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u2800\u3000'
        '\u0027\u0060\u00B4\u02B9\u02BB-\u02BD\u02C8\u02CA\u02CB\u055A\u05F3\u2018-\u201B\u2032\u2035\uA78B\uA78C\uFF07\uFF40'
        '\u002D\u058A\u05BE\u1400\u1806\u2010-\u2015\u2043\u2212\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u301C\u3030\u30A0\uFE31\uFE32'
        '\uFE58\uFE63\uFF0D\U00010EAD]';
    invisible CONSTANT text := '[' -- control and format characters
        '\u0001-\u0008\u000E-\u001F\u007F-\u0084\u0086-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u202A-\u202E'
        '\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\U0001BCA0-\U0001BCA3\U0001D173-\U0001D17A\U000E0000-\U000E0FFF]+';
BEGIN
    s := epic_events.fold(s);
    IF s OPERATOR(pg_catalog.!~) '[^ -&(-,.-_a-~]' THEN
        NULL; -- most texts need no more
    ELSIF pg_catalog.octet_length(s) = pg_catalog.length(s) THEN -- ASCII: what has no counterpart is left out
        s := pg_catalog.translate(s, E'\t\n\x0B\f\r''`-\x01\x02\x03\x04\x05\x06\x07\x08\x0E\x0F\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1A\x1B\x1C\x1D\x1E\x1F\x7F',
            '        ');
    ELSE
        s := pg_catalog.regexp_replace(pg_catalog.regexp_replace(s, gaps, ' ', 'g'), invisible, '', 'g');
    END IF;
    IF pg_catalog.strpos(s, '  ') OPERATOR(pg_catalog.>) 0 THEN
        s := pg_catalog.regexp_replace(s, ' +', ' ', 'g');
    END IF;
    RETURN ' ' OPERATOR(pg_catalog.||) pg_catalog.btrim(s);
END
$$;
-- +goose StatementEnd

-- The key of an ascending sort: s folded; where it is nothing, or nothing but blanks, what comes after all others.
-- Descending, fold(s) has those last of itself.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION fold_last(s text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    s := epic_events.fold(s);
    IF pg_catalog.ltrim(s, E' \t\n\x0B\f\r\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029\u202F\u205F\u3000')
        OPERATOR(pg_catalog.<>) '' THEN
        RETURN s;
    END IF;
    RETURN E'\U0010FFFF';
END
$$;
-- +goose StatementEnd

CREATE INDEX IF NOT EXISTS company_by_name_up ON company (fold_last(name) COLLATE "C", id);

DROP INDEX IF EXISTS client_by_phone;
CREATE INDEX IF NOT EXISTS client_by_name_up ON client (fold_last(full_name) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS client_by_email_up ON client (fold_last(email) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS client_by_phone_up ON client (fold_last(coalesce(phone, '')) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS client_by_phone_down ON client (fold(coalesce(phone, '')) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS client_by_last_contact_down ON client (coalesce(last_contact_date, '-infinity'), id);

-- Ascending, NaN is last of itself.
CREATE INDEX IF NOT EXISTS contract_by_total_down ON contract ((CASE WHEN total_amount < 'Infinity' THEN total_amount ELSE '-Infinity' END), id);
CREATE INDEX IF NOT EXISTS contract_by_remaining_down ON contract ((CASE WHEN remaining_amount < 'Infinity' THEN remaining_amount ELSE '-Infinity' END), id);

CREATE INDEX IF NOT EXISTS event_by_title_up ON event (fold_last(title) COLLATE "C", id);
CREATE INDEX IF NOT EXISTS event_by_address_up ON event (fold_last(full_address) COLLATE "C", id);

-- Words are found by trigrams, as before, now in their key.
DROP INDEX IF EXISTS company_search, client_search, event_search;
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
    EXECUTE format('CREATE INDEX IF NOT EXISTS company_search ON company USING gin (search_key(name) %s)', operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS client_search ON client USING gin (search_key(full_name) %1$s, search_key(email) %1$s, phone %1$s)', operators);
    EXECUTE format($index$CREATE INDEX IF NOT EXISTS event_search ON event
        USING gin (search_key(title || ' ' || full_address || ' ' || coalesce(notes, '')) %1$s)$index$, operators);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    NULL; -- not on this machine, or not for this user
END
$$;
-- +goose StatementEnd

SELECT FROM index_search();

ANALYZE company, client, contract, event;
