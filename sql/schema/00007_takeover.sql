-- The rules and what makes them hold were part of the schema once. Now every db-create brings its own.

-- +goose Up
DROP FUNCTION IF EXISTS epic_events.adopt(), epic_events.rules();

-- The rows of a table that break a check, with its name: only one that is not validated can be broken. No update of
-- such a row gets past the check, not even of another field, until it is mended.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION epic_events.breaking(tab text) RETURNS TABLE (id bigint, rule text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    c record;
BEGIN
    FOR c IN
        SELECT conname::text AS name, pg_get_expr(conbin, conrelid) AS holds
        FROM pg_constraint
        WHERE conrelid = tab::regclass AND contype = 'c' AND NOT convalidated
        ORDER BY conname
    LOOP
        RETURN QUERY EXECUTE format('SELECT t.id::bigint, %L FROM %s t WHERE NOT (%s)', c.name, tab::regclass, c.holds);
    END LOOP;
END
$$;
-- +goose StatementEnd

-- Where the predecessor allowed it, a row may lack the times of its making and of its last change. The next change
-- gives it both, and a login fails over neither.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION epic_events.next_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    bookkeeping CONSTANT text[] := '{version,updated_at,last_login,refresh_token_hash}'::text[]
        || CASE current_setting('epev.renews_hash', true) WHEN 'on' THEN '{password_hash}'::text[] END;
    changed     CONSTANT boolean := to_jsonb(NEW) - bookkeeping IS DISTINCT FROM to_jsonb(OLD) - bookkeeping;
BEGIN
    NEW.version := OLD.version + changed::integer;
    IF TG_TABLE_NAME <> 'role' THEN
        NEW.updated_at := CASE WHEN changed THEN now() ELSE OLD.updated_at END;
        IF changed THEN
            NEW.created_at := coalesce(NEW.created_at, OLD.updated_at, now());
        END IF;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
