-- An older predecessor: plain SQL with SQLAlchemy's types, names as PostgreSQL gives them, and the permissions of a role in its
-- column alone.
CREATE SCHEMA epic_events;
CREATE TABLE epic_events.role (id serial PRIMARY KEY, name varchar(32) NOT NULL UNIQUE, permissions varchar[] NOT NULL DEFAULT '{}');
CREATE TABLE epic_events.users (
    id serial PRIMARY KEY,
    username varchar(64) NOT NULL UNIQUE,
    full_name varchar(128) NOT NULL,
    email varchar(255) NOT NULL UNIQUE,
    password_hash varchar(255) NOT NULL,
    role_id integer NOT NULL REFERENCES epic_events.role,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO epic_events.role (name, permissions) VALUES
    ('management', '{user:list,client:list,user:list}'), ('commercial', '{client:list}'), ('intern', '{}');
INSERT INTO epic_events.users (username, full_name, email, password_hash, role_id)
VALUES ('marie.leroy', 'Marie Leroy', 'marie@epicevents.fr', '$2b$12$LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewdBPj4J/HS.i8eG', 1);
