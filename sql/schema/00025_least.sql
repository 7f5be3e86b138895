-- What lets shells work with a role that cannot read the hashes of refresh tokens back: they are compared here.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The living session of a present refresh token.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION token_session(token bytea) RETURNS TABLE (session_id bigint, user_id integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT s.id, s.user_id
    FROM session s
    JOIN users u ON u.id = s.user_id
    WHERE s.token_hash = token AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active;
END
$$;
-- +goose StatementEnd

-- Replaces the present refresh token of a living session. No row: neither token is the present one of such a session. The new one is
-- where the same rotation took place already, and its outcome was lost; if it is about to, this waits for it.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rotate_token(old_token bytea, new_token bytea, expires timestamptz, secret bytea)
RETURNS TABLE (outcome text, session_id bigint, user_id integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH living AS (
        SELECT s.id, s.user_id, s.token_hash
        FROM session s
        JOIN users u ON u.id = s.user_id
        WHERE s.token_hash IN (old_token, new_token) AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
        FOR UPDATE OF s
    ), replaced AS (
        INSERT INTO session_token (token_hash, session_id) SELECT old_token, l.id FROM living l WHERE l.token_hash = old_token
    )
    UPDATE session s SET token_hash = new_token, expires_at = expires, secret_hash = secret, renewed_at = clock_timestamp(),
        used_at = clock_timestamp()
    FROM living l
    WHERE s.id = l.id
    RETURNING 'rotated'::text, s.id, s.user_id;
END
$$;
-- +goose StatementEnd

-- A token that was replaced before ends its session, which the history tells as of the session itself: nobody knows
-- who showed it. No row: nobody knows the token.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION replay_token(token bytea) RETURNS TABLE (outcome text, session_id bigint, user_id integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH replayed AS (
        SELECT s.id, s.user_id, u.username
        FROM session_token t
        JOIN session s ON s.id = t.session_id
        JOIN users u ON u.id = s.user_id
        WHERE t.token_hash = token
        FOR UPDATE OF s
    ), named AS MATERIALIZED (
        SELECT r.id, set_config('epev.actor_id', r.user_id::text, true), set_config('epev.actor', r.username::text, true),
            set_config('epev.session_id', r.id::text, true)
        FROM replayed r
    ), ended AS (
        UPDATE session s SET ended_at = clock_timestamp(), end_reason = 'replay'
        FROM named n
        WHERE s.id = n.id AND s.ended_at IS NULL
    )
    SELECT 'replayed'::text, r.id, r.user_id FROM replayed r;
END
$$;
-- +goose StatementEnd

-- As before (00014), as the owner of the tables, which shells need not be: so it asks the list of nouns whose they are.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION rewind(tables text[], nouns text[], lasts bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    place    integer;
    sequence regclass;
    highest  bigint;
BEGIN
    FOR place IN 1..cardinality(tables) LOOP
        IF tables[place] <> 'change_log' AND NOT EXISTS (SELECT FROM noun n WHERE n.tab = tables[place] AND n.name = nouns[place]) THEN
            RAISE insufficient_privilege USING MESSAGE = format('%s are not the records of %s', tables[place], nouns[place]);
        END IF;
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

-- The roles of PostgreSQL that shells use, and who is to own the schema where that was said: db-create gives them what is new.
CREATE TABLE IF NOT EXISTS app_role (
    name  text PRIMARY KEY,
    owner text
);

-- Nobody else may hang this on a table of their own and so write what is taken.
REVOKE ALL ON FUNCTION take() FROM PUBLIC;
