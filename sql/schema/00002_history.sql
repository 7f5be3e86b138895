-- What epev adds around the records: sessions, row versions, the append-only history, and the
-- mirror of a role's permissions. The triggers hold for whoever writes, the predecessor included;
-- those that write to other tables run with the rights of the schema's owner for that reason.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- One row per login; token_hash (SHA-256) is that of the present refresh token.
CREATE TABLE IF NOT EXISTS session (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id    integer NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    renewed_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    end_reason text,
    CONSTRAINT session_token_hash_key UNIQUE (token_hash),
    CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS session_by_user ON session (user_id, id);

-- Refresh tokens that were rotated out: one that comes again is a replay.
CREATE TABLE IF NOT EXISTS session_token (
    token_hash  bytea PRIMARY KEY,
    session_id  bigint NOT NULL,
    replaced_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT session_token_session_id_fkey FOREIGN KEY (session_id) REFERENCES session (id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS session_token_by_session ON session_token (session_id);

-- Failed logins, under the lower-case name that was tried, whether or not a user has it.
CREATE TABLE IF NOT EXISTS login_attempt (
    username text PRIMARY KEY,
    failures integer NOT NULL DEFAULT 0,
    last_at  timestamptz NOT NULL DEFAULT now(),
    next_at  timestamptz NOT NULL DEFAULT now()
);

-- Who changed what. It refers to nothing, for it outlives what it tells of. The actor is what the
-- writing transaction set; without it, the database's own login.
CREATE TABLE IF NOT EXISTS change_log (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor_id   integer DEFAULT nullif(current_setting('epev.actor_id', true), '')::integer,
    actor      text NOT NULL DEFAULT coalesce(nullif(current_setting('epev.actor', true), ''), 'database ' || session_user),
    session_id bigint DEFAULT nullif(current_setting('epev.session_id', true), '')::bigint,
    resource   text NOT NULL,
    record_id  integer NOT NULL,
    action     text NOT NULL,
    before     jsonb,
    after      jsonb
);
CREATE INDEX IF NOT EXISTS change_log_by_record ON change_log (resource, record_id, id);

-- An older predecessor kept the codes in role.permissions alone. This is done before there are
-- triggers, so that the roles themselves stay untouched.
WITH held AS (
    SELECT DISTINCT r.id AS role_id, code.name
    FROM role r, unnest(r.permissions) AS code (name)
    WHERE code.name IS NOT NULL AND NOT EXISTS (SELECT FROM role_permission)
), added AS (
    INSERT INTO permission (name)
    SELECT DISTINCT held.name FROM held
    WHERE NOT EXISTS (SELECT FROM permission p WHERE p.name = held.name)
    RETURNING id, name
), granted AS (
    INSERT INTO role_permission (role_id, permission_id)
    SELECT held.role_id, code.id
    FROM held JOIN (SELECT id, name FROM permission UNION SELECT id, name FROM added) AS code USING (name)
    RETURNING role_id, permission_id
)
INSERT INTO change_log (actor, resource, record_id, action, after)
SELECT 'db-create', 'role', g.role_id, 'grant', jsonb_build_object('permission', code.name)
FROM granted g JOIN (SELECT id, name FROM permission UNION SELECT id, name FROM added) AS code ON code.id = g.permission_id
ORDER BY g.role_id, code.name;

ALTER TABLE users ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE role ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE company ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE client ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE contract ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;
ALTER TABLE event ADD COLUMN IF NOT EXISTS version integer NOT NULL DEFAULT 1;

-- A login is no change that another editor of the user could conflict with, so it leaves the version. That holds also
-- where it renews the hash of the same password, which the transaction says in epev.renews_hash.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION next_version() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    bookkeeping CONSTANT text[] := '{version,updated_at,last_login,refresh_token_hash}'::text[]
        || CASE current_setting('epev.renews_hash', true) WHEN 'on' THEN '{password_hash}'::text[] END;
    changed     CONSTANT boolean := to_jsonb(NEW) - bookkeeping IS DISTINCT FROM to_jsonb(OLD) - bookkeeping;
BEGIN
    NEW.version := OLD.version + changed::integer;
    IF TG_TABLE_NAME <> 'role' THEN
        NEW.updated_at := CASE WHEN changed THEN now() ELSE OLD.updated_at END;
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER next_version BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE OR REPLACE TRIGGER next_version BEFORE UPDATE ON role FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE OR REPLACE TRIGGER next_version BEFORE UPDATE ON company FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE OR REPLACE TRIGGER next_version BEFORE UPDATE ON client FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE OR REPLACE TRIGGER next_version BEFORE UPDATE ON contract FOR EACH ROW EXECUTE FUNCTION next_version();
CREATE OR REPLACE TRIGGER next_version BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION next_version();

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
    INSERT INTO change_log (resource, record_id, action, before, after)
    VALUES (CASE TG_TABLE_NAME WHEN 'users' THEN 'user' ELSE TG_TABLE_NAME END, coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END, was, becomes);
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION record_change();
CREATE OR REPLACE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON company FOR EACH ROW EXECUTE FUNCTION record_change();
CREATE OR REPLACE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON client FOR EACH ROW EXECUTE FUNCTION record_change();
CREATE OR REPLACE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON contract FOR EACH ROW EXECUTE FUNCTION record_change();
CREATE OR REPLACE TRIGGER record_change AFTER INSERT OR UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION record_change();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION record_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO change_log (resource, record_id, action, before)
        VALUES ('role', OLD.role_id, 'revoke',
            jsonb_build_object('permission', (SELECT p.name FROM permission p WHERE p.id = OLD.permission_id)));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO change_log (resource, record_id, action, after)
        VALUES ('role', NEW.role_id, 'grant',
            jsonb_build_object('permission', (SELECT p.name FROM permission p WHERE p.id = NEW.permission_id)));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER record_grant AFTER INSERT OR UPDATE OR DELETE ON role_permission FOR EACH ROW EXECUTE FUNCTION record_grant();

-- A login is the act of the user himself, who has no session before it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION record_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO change_log (actor_id, actor, session_id, resource, record_id, action)
        SELECT u.id, u.username, NEW.id, 'user', u.id, 'login' FROM users u WHERE u.id = NEW.user_id;
    ELSIF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
        INSERT INTO change_log (resource, record_id, action, after)
        VALUES ('user', NEW.user_id, 'logout', jsonb_build_object('reason', NEW.end_reason));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER record_session AFTER INSERT OR UPDATE ON session FOR EACH ROW EXECUTE FUNCTION record_session();

-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history is append-only: % is refused', lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER refuse_rewriting BEFORE UPDATE OR DELETE OR TRUNCATE ON change_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
ALTER TABLE change_log ENABLE ALWAYS TRIGGER refuse_rewriting;

-- role_permission is the truth, role.permissions its sorted mirror: whatever is written there is
-- overruled. The name sorts before next_version, which has to see the outcome.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION mirror_permissions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    NEW.permissions := ARRAY(
        SELECT p.name::text
        FROM role_permission g JOIN permission p ON p.id = g.permission_id
        WHERE g.role_id = NEW.id
        ORDER BY p.name COLLATE "C");
    RETURN NEW;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER mirror_permissions BEFORE INSERT OR UPDATE ON role FOR EACH ROW EXECUTE FUNCTION mirror_permissions();

-- An update that sets nothing new is enough: mirror_permissions computes the array.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION refresh_mirror() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE role SET permissions = permissions;
    ELSIF TG_TABLE_NAME = 'role_permission' THEN
        UPDATE role SET permissions = permissions WHERE id IN (OLD.role_id, NEW.role_id);
    ELSE
        UPDATE role SET permissions = permissions
        WHERE id IN (SELECT g.role_id FROM role_permission g WHERE g.permission_id = NEW.id);
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER refresh_mirror AFTER INSERT OR UPDATE OR DELETE ON role_permission FOR EACH ROW EXECUTE FUNCTION refresh_mirror();
CREATE OR REPLACE TRIGGER refresh_mirror_emptied AFTER TRUNCATE ON role_permission FOR EACH STATEMENT EXECUTE FUNCTION refresh_mirror();
CREATE OR REPLACE TRIGGER refresh_mirror AFTER UPDATE OF name ON permission FOR EACH ROW EXECUTE FUNCTION refresh_mirror();

-- A permission's grants go before it does, so that the history can still name it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION revoke_everywhere() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    DELETE FROM role_permission WHERE permission_id = OLD.id;
    RETURN OLD;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER revoke_everywhere BEFORE DELETE ON permission FOR EACH ROW EXECUTE FUNCTION revoke_everywhere();

-- Nobody else may hang these on a table of their own and so write history.
REVOKE ALL ON FUNCTION record_change(), record_grant(), record_session(), mirror_permissions(), refresh_mirror(), revoke_everywhere() FROM PUBLIC;
