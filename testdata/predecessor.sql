-- A database as the Python predecessor left it (SPEC 6), made with plain SQL and without epev: roles
-- with other ids and changed grants, bcrypt hashes of Python's ($2b$, password Sunny-Terrace-7), and
-- rows that break newer rules: contract 2 has more to pay than its total, 3 is paid and is not.
CREATE SCHEMA epic_events;
CREATE TABLE epic_events.role (id serial PRIMARY KEY, name varchar(32) NOT NULL UNIQUE, permissions text[] NOT NULL DEFAULT '{}');
CREATE TABLE epic_events.permission (id serial PRIMARY KEY, name varchar(64) NOT NULL UNIQUE);
CREATE TABLE epic_events.role_permission (
    role_id integer REFERENCES epic_events.role ON DELETE CASCADE,
    permission_id integer REFERENCES epic_events.permission ON DELETE CASCADE,
    PRIMARY KEY (role_id, permission_id));
CREATE TABLE epic_events.users (
    id serial PRIMARY KEY, username varchar(64) NOT NULL UNIQUE, full_name varchar(128) NOT NULL,
    email varchar(255) NOT NULL UNIQUE, password_hash varchar(255) NOT NULL,
    role_id integer NOT NULL REFERENCES epic_events.role ON DELETE RESTRICT,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    is_active boolean NOT NULL DEFAULT true, last_login timestamptz, refresh_token_hash varchar(255));
CREATE TABLE epic_events.company (
    id serial PRIMARY KEY, name varchar(128) NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE epic_events.client (
    id serial PRIMARY KEY, full_name varchar(128) NOT NULL, email varchar(128) NOT NULL UNIQUE, phone varchar(32),
    company_id integer REFERENCES epic_events.company ON DELETE SET NULL,
    commercial_id integer NOT NULL REFERENCES epic_events.users ON DELETE RESTRICT,
    first_contact_date timestamptz NOT NULL, last_contact_date timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE epic_events.contract (
    id serial PRIMARY KEY, client_id integer NOT NULL REFERENCES epic_events.client ON DELETE RESTRICT,
    commercial_id integer NOT NULL REFERENCES epic_events.users ON DELETE RESTRICT,
    total_amount numeric(12, 2) NOT NULL, remaining_amount numeric(12, 2) NOT NULL CHECK (remaining_amount >= 0),
    is_signed boolean NOT NULL DEFAULT false, is_fully_paid boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE epic_events.event (
    id serial PRIMARY KEY, title varchar(128) NOT NULL,
    contract_id integer NOT NULL REFERENCES epic_events.contract ON DELETE CASCADE,
    full_address varchar(256) NOT NULL, support_contact_id integer REFERENCES epic_events.users ON DELETE SET NULL,
    start_date timestamptz NOT NULL, end_date timestamptz NOT NULL, participant_count integer NOT NULL DEFAULT 0, notes text,
    created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    CHECK (end_date > start_date), CHECK (participant_count >= 0));

INSERT INTO epic_events.role (id, name, permissions) VALUES
    (11, 'management', '{role:assign,role:view,role:list,contract:list,contract:view,contract:update,report:print}'),
    (12, 'commercial', '{client:list,client:view,client:create,contract:list,contract:view}'), (13, 'support', '{}');
INSERT INTO epic_events.permission (name) SELECT DISTINCT unnest(permissions) FROM epic_events.role;
INSERT INTO epic_events.role_permission SELECT r.id, p.id FROM epic_events.role r JOIN epic_events.permission p ON p.name = ANY (r.permissions);
INSERT INTO epic_events.users (id, username, full_name, email, role_id, password_hash) VALUES
    (21, 'marie.leroy', 'Marie Leroy', 'marie@epicevents.fr', 11, '$2b$12$ZkH8ecvjMxqIYPcypP3xRe/Lyl61DJBiEq3fEUy45lGJOpihzsz/G'),
    (22, 'jean', 'Jean Petit', 'jean@epicevents.fr', 12, '$2b$12$ZkH8ecvjMxqIYPcypP3xRe/Lyl61DJBiEq3fEUy45lGJOpihzsz/G');
INSERT INTO epic_events.company (id, name) VALUES (31, 'Cool Startup');
INSERT INTO epic_events.client (id, full_name, email, phone, company_id, commercial_id, first_contact_date)
    VALUES (41, 'Kevin Casey', 'kevin@startup.io', '+678 123 456 78', 31, 22, '2021-04-18 00:00Z');
INSERT INTO epic_events.contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid) VALUES
    (51, 41, 22, 1200.50, 200.00, true, false), (52, 41, 22, 100.00, 100.01, true, false), (53, 41, 22, 100.00, 50.00, false, true);
