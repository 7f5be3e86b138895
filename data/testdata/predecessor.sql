-- A database as the Python predecessor left it. SQLAlchemy made its types from String, ARRAY(String), Numeric(12, 2)
-- and DateTime(timezone=True), and named its constraints and indexes by a naming convention. It has no defaults. A
-- restored dump did not move its sequences. It has other role ids, grants that were changed, and rows that break rules
-- of epev; a key and two checks are missing.
CREATE SCHEMA epic_events;
SET search_path = epic_events;

CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY);
INSERT INTO alembic_version VALUES ('3f1c0a9be2d4');

CREATE TABLE role (
    id serial NOT NULL,
    name varchar(32) NOT NULL,
    permissions varchar[] NOT NULL,
    CONSTRAINT pk_role PRIMARY KEY (id),
    CONSTRAINT uq_role_name UNIQUE (name)
);
CREATE TABLE permission (
    id serial NOT NULL,
    name varchar(64) NOT NULL,
    CONSTRAINT pk_permission PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ix_permission_name ON permission (name);
CREATE TABLE role_permission (
    role_id integer NOT NULL,
    permission_id integer NOT NULL,
    CONSTRAINT pk_role_permission PRIMARY KEY (role_id, permission_id),
    CONSTRAINT fk_role_permission_role_id_role FOREIGN KEY (role_id) REFERENCES role (id) ON DELETE CASCADE,
    CONSTRAINT fk_role_permission_permission_id_permission FOREIGN KEY (permission_id) REFERENCES permission (id) ON DELETE CASCADE
);
CREATE TABLE users (
    id serial NOT NULL,
    username varchar(64) NOT NULL,
    full_name varchar(128) NOT NULL,
    email varchar(255) NOT NULL,
    password_hash varchar(255) NOT NULL,
    role_id integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    is_active boolean NOT NULL,
    last_login timestamptz,
    refresh_token_hash varchar(255),
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_username UNIQUE (username),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT fk_users_role_id_role FOREIGN KEY (role_id) REFERENCES role (id) ON DELETE RESTRICT
);
CREATE INDEX ix_users_username ON users (username);
CREATE TABLE company (
    id serial NOT NULL,
    name varchar(128) NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz,
    CONSTRAINT pk_company PRIMARY KEY (id)
);
CREATE TABLE client (
    id serial NOT NULL,
    full_name varchar(128) NOT NULL,
    email varchar(128) NOT NULL,
    phone varchar(32),
    company_id integer,
    commercial_id integer NOT NULL,
    first_contact_date timestamptz NOT NULL,
    last_contact_date timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_client PRIMARY KEY (id),
    CONSTRAINT fk_client_company_id_company FOREIGN KEY (company_id) REFERENCES company (id) ON DELETE SET NULL,
    CONSTRAINT fk_client_commercial_id_users FOREIGN KEY (commercial_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX ix_client_email ON client (email);
CREATE TABLE contract (
    id serial NOT NULL,
    client_id integer NOT NULL,
    commercial_id integer NOT NULL,
    total_amount numeric(12, 2) NOT NULL,
    remaining_amount numeric(12, 2) NOT NULL,
    is_signed boolean NOT NULL,
    is_fully_paid boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_contract PRIMARY KEY (id),
    CONSTRAINT ck_contract_remaining CHECK (remaining_amount >= 0::numeric),
    CONSTRAINT contract_client_id_fkey FOREIGN KEY (client_id) REFERENCES client (id),
    CONSTRAINT fk_contract_commercial_id_users FOREIGN KEY (commercial_id) REFERENCES users (id) ON DELETE RESTRICT
);
CREATE TABLE event (
    id serial NOT NULL,
    title varchar(128) NOT NULL,
    contract_id integer NOT NULL,
    full_address varchar(256) NOT NULL,
    support_contact_id integer,
    start_date timestamptz NOT NULL,
    end_date timestamptz NOT NULL,
    participant_count integer NOT NULL,
    notes text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT pk_event PRIMARY KEY (id),
    CONSTRAINT event_dates_check CHECK (participant_count >= 0),
    CONSTRAINT event_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES contract (id) ON DELETE CASCADE,
    CONSTRAINT fk_event_contract_id_contract FOREIGN KEY (contract_id) REFERENCES contract (id)
);

INSERT INTO role (id, name, permissions) VALUES
    (7, 'management', '{user:list,user:create,role:assign,report:print}'),
    (8, 'commercial', '{client:list,client:create}'),
    (12, 'support', '{event:list}'),
    (13, 'intern', '{}');
INSERT INTO permission (id, name) VALUES
    (1, 'user:list'), (2, 'user:create'), (3, 'role:assign'), (4, 'client:list'), (5, 'client:create'),
    (6, 'event:list'), (7, 'event:view'), (40, 'report:print');
-- The column of role 12 is one grant behind.
INSERT INTO role_permission VALUES (7, 1), (7, 2), (7, 3), (7, 40), (8, 4), (8, 5), (12, 6), (12, 7);
INSERT INTO users VALUES
    (1, 'marie.leroy', 'Marie Leroy', 'marie@epicevents.fr', '$2b$12$LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewdBPj4J/HS.i8eG', 7,
        '2023-01-02 08:00+01', '2023-01-02 08:00+01', true, '2024-05-01 09:12:33.123456+02', 'b2f0'),
    (2, 'claire.dubois', 'Claire Dubois', 'claire@epicevents.fr', '$2b$12$LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewdBPj4J/HS.i8eG', 8,
        '2023-01-02 08:00+01', '2023-01-02 08:00+01', true, NULL, NULL),
    (5, 'ines.martin', 'Inès Martin', 'Claire@EpicEvents.fr', '$2b$10$LQv3c1yqBWVHxkd0LHAkCOYz6TtxMQJqhN8/LewdBPj4J/HS.i8eG', 12,
        '2023-01-02 08:00+01', '2023-01-02 08:00+01', false, NULL, NULL);
INSERT INTO company VALUES
    (1, 'Cool Startup', '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (2, 'Cool Startup', '2023-02-02 00:00Z', NULL),
    (3, 'Œuvres & Fils', '2023-02-03 00:00Z', '2023-02-03 00:00Z');
INSERT INTO client VALUES
    (1, 'Kevin Casey', 'kevin@startup.io', '+678 123 456 78', 1, 2, '2021-04-18 00:00Z', '2023-03-29 00:00Z', '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (2, 'Élodie Noël', 'Kevin@Startup.io', 'call her', 3, 2, '2021-04-18 00:00Z', NULL, '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (9, 'Jean Été', 'jean@example.fr', NULL, NULL, 2, '2021-04-18 00:00Z', NULL, '2023-02-01 00:00Z', '2023-02-01 00:00Z');
INSERT INTO contract VALUES
    (1, 1, 2, 1200.50, 200.00, true, false, '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (2, 1, 2, 100.00, 100.01, true, false, '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (3, 2, 2, 100.00, 50.00, false, true, '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (4, 9, 2, 100.00, 0.00, false, false, '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (5, 9, 2, 9999999999.99, 0.00, true, true, '2023-02-01 00:00Z', '2023-02-01 00:00Z');
INSERT INTO event VALUES
    (1, 'Wedding', 1, '53 Rue du Château, Candé-sur-Beuvron', 5, '2023-06-04 13:00+02', '2023-06-05 02:00+02', 75, 'DJ', '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (2, 'Gala', 1, 'Paris', NULL, '2023-06-05 02:00+02', '2023-06-05 02:00+02', 0, NULL, '2023-02-01 00:00Z', '2023-02-01 00:00Z'),
    (3, 'Lost', 1, 'Paris', 77, '2023-06-04 13:00+02', '2023-06-05 02:00+02', 0, NULL, '2023-02-01 00:00Z', '2023-02-01 00:00Z');
