-- The history tells what records were called when it was written: they are renamed and deleted later.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- Names of the records that before and after refer to: {"user 5": "ines.morel"}.
ALTER TABLE change_log ADD COLUMN IF NOT EXISTS names jsonb;

-- A record's history: all its columns at creation and deletion, those that changed otherwise,
-- never a secret. A new password is told, not shown.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION record_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    unshown CONSTANT text[] := '{version,updated_at,last_login,password_hash,refresh_token_hash}';
    was     jsonb := to_jsonb(OLD) - unshown;
    becomes jsonb := to_jsonb(NEW) - unshown;
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
    INSERT INTO change_log (resource, record_id, action, before, after, names)
    VALUES (CASE TG_TABLE_NAME WHEN 'users' THEN 'user' ELSE TG_TABLE_NAME END, coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END, was, becomes, (
            SELECT jsonb_object_agg(called.kind || ' ' || called.id, called.name)
            FROM (
                SELECT 'company' AS kind, c.id, c.name::text FROM company c
                WHERE c.id IN ((was ->> 'company_id')::integer, (becomes ->> 'company_id')::integer)
                UNION ALL
                SELECT 'client', c.id, c.full_name::text FROM client c
                WHERE c.id IN ((was ->> 'client_id')::integer, (becomes ->> 'client_id')::integer)
                UNION ALL
                SELECT 'role', r.id, r.name::text FROM role r
                WHERE r.id IN ((was ->> 'role_id')::integer, (becomes ->> 'role_id')::integer)
                UNION ALL
                SELECT 'user', u.id, u.username::text FROM users u
                WHERE u.id IN ((was ->> 'commercial_id')::integer, (becomes ->> 'commercial_id')::integer,
                    (was ->> 'support_contact_id')::integer, (becomes ->> 'support_contact_id')::integer)
            ) AS called));
    RETURN NULL;
END
$$;
-- +goose StatementEnd
