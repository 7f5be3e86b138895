-- What a change was made for, and how it is taken back. One act may change many records: a handover, a merge, an undo. It says
-- why, and the history tells it of each.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

ALTER TABLE change_log ADD COLUMN IF NOT EXISTS cause text DEFAULT nullif(current_setting('epev.cause', true), '');

-- What somebody changed last.
CREATE INDEX IF NOT EXISTS change_log_by_actor ON change_log (actor_id, id) WHERE action NOT IN ('login', 'logout');

-- Whether a record is as it was after a row of its history: what was changed since was changed back. The history does not know
-- all columns, so that the others are not looked at.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION as_left(noun text, record bigint, change bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
DECLARE
    place   text := (SELECT n.tab FROM noun n WHERE n.name = as_left.noun);
    present jsonb;
    state   jsonb;
    l       record;
BEGIN
    EXECUTE format('SELECT to_jsonb(t) FROM epic_events.%I t WHERE t.id = $1', place) INTO present USING record;
    state := present;
    FOR l IN
        SELECT c.action, c.before FROM change_log c
        WHERE c.resource = as_left.noun AND c.record_id = as_left.record AND c.id > as_left.change
        ORDER BY c.id DESC
    LOOP
        state := CASE l.action WHEN 'create' THEN NULL WHEN 'delete' THEN l.before ELSE state || l.before END;
    END LOOP;
    RETURN present IS NULL AND state IS NULL OR coalesce(present @> state, false);
END
$$;

-- The table in which something refers to a record, or null. It asks those that the database itself holds to that.
CREATE OR REPLACE FUNCTION referrer(noun text, record bigint) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    r     record;
    there boolean;
BEGIN
    FOR r IN
        SELECT c.conrelid::regclass AS tab, a.attname AS col
        FROM noun n
        JOIN pg_constraint c ON c.contype = 'f' AND c.confrelid = to_regclass(format('epic_events.%I', n.tab))
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE n.name = referrer.noun
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s WHERE %I = $1)', r.tab, r.col) INTO there USING record;
        IF there THEN
            RETURN coalesce((SELECT n.name FROM noun n WHERE to_regclass(format('epic_events.%I', n.tab)) = r.tab), r.tab::text);
        END IF;
    END LOOP;
    RETURN NULL;
END
$$;

-- take_back(ID) makes undone what a row of the history tells, and is false where the record is not as that row left it. A record
-- that was deleted comes back with its id and all columns that the history knows; its version counts on.
CREATE OR REPLACE FUNCTION take_back(change bigint) RETURNS boolean
LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    l       change_log;
    place   text;
    present jsonb;
    becomes jsonb;
    cols    text;
BEGIN
    SELECT c.* INTO STRICT l FROM change_log c WHERE c.id = change;
    SELECT n.tab INTO STRICT place FROM noun n WHERE n.name = l.resource;
    EXECUTE format('SELECT to_jsonb(t) FROM epic_events.%I t WHERE t.id = $1 FOR UPDATE', place) INTO present USING l.record_id;
    IF l.action = 'delete' AND present IS NOT NULL OR l.action <> 'delete' AND NOT coalesce(present @> l.after, false) THEN
        RETURN false;
    END IF;
    becomes := l.before;
    IF l.action = 'delete' THEN -- each update was a version, and so was each time that it came back
        becomes := becomes || jsonb_build_object('updated_at', now(), 'version', (
            SELECT 2 + count(*) FROM change_log c
            WHERE c.resource = l.resource AND c.record_id = l.record_id AND c.id <= l.id AND (c.action = 'update' OR c.action = 'create'
                AND EXISTS (SELECT FROM change_log d WHERE d.resource = l.resource AND d.record_id = l.record_id AND d.id < c.id))));
    END IF;
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO cols
    FROM pg_attribute a
    WHERE a.attrelid = format('epic_events.%I', place)::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND becomes ? a.attname::text;
    CASE l.action
        WHEN 'create' THEN
            EXECUTE format('DELETE FROM epic_events.%I WHERE id = $1', place) USING l.record_id;
            INSERT INTO alias (resource, old_id, new_id) -- it had been merged before it came back
            SELECT p.resource, p.old_id, p.new_id FROM alias_past p WHERE p.resource = l.resource AND p.old_id = l.record_id AND p.mark = l.mark;
        WHEN 'update' THEN
            EXECUTE format('UPDATE epic_events.%1$I t SET (%2$s) = (SELECT %2$s FROM jsonb_populate_record(NULL::epic_events.%1$I, $1)) WHERE t.id = $2',
                place, cols) USING becomes, l.record_id;
        WHEN 'delete' THEN
            EXECUTE format('INSERT INTO epic_events.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM jsonb_populate_record(NULL::epic_events.%1$I, $1)',
                place, cols) USING becomes;
    END CASE;
    RETURN true;
END
$$;
-- +goose StatementEnd
