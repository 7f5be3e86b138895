-- By what people come in beside their passwords: their public keys. Of a session it is told from where it was opened, and when it
-- was last used. Whose first password is to be changed is noted.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The public keys of users, as RFC 4253 writes them in bytes. A key is that of one user.
CREATE TABLE IF NOT EXISTS user_key (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id     integer NOT NULL,
    kind        text NOT NULL,
    key         bytea NOT NULL,
    fingerprint text NOT NULL,
    note        text NOT NULL DEFAULT '',
    created_at  timestamptz NOT NULL DEFAULT now(),
    used_at     timestamptz,
    CONSTRAINT user_key_key_key UNIQUE (key),
    CONSTRAINT user_key_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX IF NOT EXISTS user_key_by_user ON user_key (user_id, id);

-- Whoever is in here changes their password when they log in with it.
CREATE TABLE IF NOT EXISTS first_password (
    user_id integer PRIMARY KEY,
    CONSTRAINT first_password_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- A session is opened by a password, or by the key that key_id names; origin is the host or address from which.
ALTER TABLE session ADD COLUMN IF NOT EXISTS key_id bigint;
ALTER TABLE session ADD COLUMN IF NOT EXISTS origin text;
ALTER TABLE session ADD COLUMN IF NOT EXISTS used_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX IF NOT EXISTS session_by_key ON session (key_id) WHERE key_id IS NOT NULL;
-- +goose StatementBegin
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'session'::regclass AND conname = 'session_key_id_fkey') THEN
        UPDATE session SET used_at = renewed_at WHERE used_at > renewed_at; -- nothing else is known of older ones
        ALTER TABLE session ADD CONSTRAINT session_key_id_fkey FOREIGN KEY (key_id) REFERENCES user_key (id) ON DELETE SET NULL;
    END IF;
END
$$;

-- The key's own is told in the history of its user.
CREATE OR REPLACE FUNCTION record_key() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO change_log (resource, record_id, action, after)
        VALUES ('user', NEW.user_id, 'add key', jsonb_build_object('key', NEW.kind || ' ' || NEW.fingerprint, 'note', nullif(NEW.note, '')));
    ELSE
        INSERT INTO change_log (resource, record_id, action, before)
        VALUES ('user', OLD.user_id, 'remove key', jsonb_build_object('key', OLD.kind || ' ' || OLD.fingerprint, 'note', nullif(OLD.note, '')));
    END IF;
    RETURN NULL;
END
$$;

-- A login is the act of the user himself, who has no session before it. A session may be ended in another
-- one, by somebody else: which it is that ended is told apart from who did it. Of a login by a key it is told which, and
-- from where.
CREATE OR REPLACE FUNCTION record_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO change_log (actor_id, actor, session_id, resource, record_id, action, after)
        SELECT u.id, u.username, NEW.id, 'user', u.id, 'login', (
            SELECT jsonb_strip_nulls(jsonb_build_object('key', k.kind || ' ' || k.fingerprint, 'note', nullif(k.note, ''), 'from', NEW.origin))
            FROM user_key k
            WHERE k.id = NEW.key_id)
        FROM users u
        WHERE u.id = NEW.user_id;
    ELSIF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
        INSERT INTO change_log (resource, record_id, action, after)
        VALUES ('user', NEW.user_id, 'logout', jsonb_build_object('reason', NEW.end_reason, 'session', NEW.id));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE OR REPLACE TRIGGER record_key AFTER INSERT OR DELETE ON user_key FOR EACH ROW EXECUTE FUNCTION record_key();

-- Nobody else may hang these on a table of their own and so write history.
REVOKE ALL ON FUNCTION record_key(), record_session() FROM PUBLIC;
