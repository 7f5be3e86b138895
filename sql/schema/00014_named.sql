-- The nouns by their names: their ids, and their history.

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

-- The nouns whose records have a history: the table of each, and the column that tells people which record it is. The others
-- are the columns in which other tables refer to it by a name that their history tells.
CREATE TABLE IF NOT EXISTS noun (
    name       text PRIMARY KEY,
    tab        text NOT NULL UNIQUE,
    title      text NOT NULL,
    referrers  text[] NOT NULL DEFAULT '{}'
);

-- keep_noun(NAME, TABLE, TITLE, REFERRERS) has the versions of its records counted, and their history kept.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION keep_noun(name text, tab text, title text, referrers text[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO noun VALUES (keep_noun.name, keep_noun.tab, keep_noun.title, keep_noun.referrers)
    ON CONFLICT ON CONSTRAINT noun_pkey DO UPDATE SET tab = excluded.tab, title = excluded.title, referrers = excluded.referrers;
    EXECUTE format('CREATE OR REPLACE TRIGGER next_version BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION next_version()', tab);
    IF tab <> 'role' THEN -- whose history is that of its permissions
        EXECUTE format('CREATE OR REPLACE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION record_change()', tab);
    END IF;
END
$$;

-- A record's history: all its columns at creation and deletion, those that changed otherwise,
-- never a secret. A new password is told, not shown. So is what the records that it refers to are called.
-- The function is made anew as a whole, for a migration that was made stays as it is.
CREATE OR REPLACE FUNCTION record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    unshown CONSTANT text[] := '{version,updated_at,last_login,password_hash,refresh_token_hash}';
    was     jsonb := to_jsonb(OLD) - unshown;
    becomes jsonb := to_jsonb(NEW) - unshown;
    r       record;
    called  text;
    names   jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}'), coalesce(jsonb_object_agg(o.key, n.value), '{}')
        INTO was, becomes
        FROM jsonb_each(was) o JOIN jsonb_each(becomes) n USING (key)
        WHERE o.value IS DISTINCT FROM n.value;
        IF to_jsonb(OLD) -> 'password_hash' IS DISTINCT FROM to_jsonb(NEW) -> 'password_hash'
            AND current_setting('epev.renews_hash', true) IS DISTINCT FROM 'on' THEN
            becomes := becomes || '{"password": "changed"}';
        END IF;
        IF becomes = '{}' THEN
            RETURN NULL;
        END IF;
    END IF;
    FOR r IN
        SELECT DISTINCT n.name, n.tab, n.title, v.id
        FROM noun n, unnest(n.referrers) AS c (col), LATERAL (VALUES ((was ->> c.col)::bigint), ((becomes ->> c.col)::bigint)) AS v (id)
        WHERE v.id IS NOT NULL
    LOOP
        EXECUTE format('SELECT %I::text FROM epic_events.%I WHERE id = $1', r.title, r.tab) INTO called USING r.id;
        IF called IS NOT NULL THEN
            names := coalesce(names, '{}') || jsonb_build_object(r.name || ' ' || r.id, called);
        END IF;
    END LOOP;
    INSERT INTO change_log (resource, record_id, action, before, after, names)
    VALUES (coalesce((SELECT n.name FROM noun n WHERE n.tab = TG_TABLE_NAME), TG_TABLE_NAME), coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END, was, becomes, names);
    RETURN NULL;
END
$$;
-- +goose StatementEnd
REVOKE ALL ON FUNCTION record_change() FROM PUBLIC;

SELECT keep_noun('user', 'users', 'username', '{commercial_id,support_contact_id}'),
    keep_noun('role', 'role', 'name', '{role_id}'),
    keep_noun('company', 'company', 'name', '{company_id}'),
    keep_noun('client', 'client', 'full_name', '{client_id}'),
    keep_noun('contract', 'contract', 'id', '{}'),
    keep_noun('event', 'event', 'title', '{}');
