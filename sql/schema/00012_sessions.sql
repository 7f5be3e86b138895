-- What makes a session its bearer's, and a machine known to a user.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- The SHA-256 of a secret that a session's access tokens carry, for ids can be guessed. Sessions of before have none
-- until their refresh token is next used.
ALTER TABLE session ADD COLUMN IF NOT EXISTS secret_hash bytea;

-- From which machines a user has logged in: the SHA-256 of the secret that each keeps. Strangers who guess the
-- user's password do not slow these down.
CREATE TABLE IF NOT EXISTS known_machine (
    user_id      integer NOT NULL,
    machine_hash bytea NOT NULL,
    last_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, machine_hash),
    CONSTRAINT known_machine_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);
