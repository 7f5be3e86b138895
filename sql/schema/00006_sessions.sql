-- What the history tells of a session's end, what forgets the sessions of long ago, and what tells those of one
-- database from another's.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- A login is the act of the user himself, who has no session before it. A session may be ended in another
-- one, by somebody else: which it is that ended is told apart from who did it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION record_session() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO change_log (actor_id, actor, session_id, resource, record_id, action)
        SELECT u.id, u.username, NEW.id, 'user', u.id, 'login' FROM users u WHERE u.id = NEW.user_id;
    ELSIF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
        INSERT INTO change_log (resource, record_id, action, after)
        VALUES ('user', NEW.user_id, 'logout', jsonb_build_object('reason', NEW.end_reason, 'session', NEW.id));
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd

CREATE INDEX IF NOT EXISTS session_by_end ON session (coalesce(ended_at, expires_at));

-- Two databases may be used with one SECRET_KEY, and a user's session file then holds a token of either. So that it
-- names no session of the other, the ids of new ones begin at a million of this database's own.
SELECT setval(pg_get_serial_sequence('epic_events.session', 'id'), 1000000 * (1 + floor(random() * 1000000))::bigint);
