-- A database as the Python predecessor left it (SPEC 6), without epev. It is made with the statements that SQLAlchemy 2
-- emits for its models; defaults that Python fills in are not the database's. Its roles have other ids and changed
-- grants. Its bcrypt hashes are Python's ($2b$, password Sunny-Terrace-7). Some rows break newer rules: contract 2 has
-- more to pay than its total, 3 is paid and is not.
CREATE SCHEMA epic_events;

CREATE TABLE epic_events.alembic_version (
	version_num VARCHAR(32) NOT NULL,
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO epic_events.alembic_version VALUES ('3f1c0a9be2d4');

CREATE TABLE epic_events.company (
	id SERIAL NOT NULL,
	name VARCHAR(128) NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (name)
);
CREATE TABLE epic_events.permission (
	id SERIAL NOT NULL,
	name VARCHAR(64) NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (name)
);
CREATE TABLE epic_events.role (
	id SERIAL NOT NULL,
	name VARCHAR(32) NOT NULL,
	permissions VARCHAR[] NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (name)
);
CREATE TABLE epic_events.role_permission (
	role_id INTEGER NOT NULL,
	permission_id INTEGER NOT NULL,
	PRIMARY KEY (role_id, permission_id),
	FOREIGN KEY(role_id) REFERENCES epic_events.role (id) ON DELETE CASCADE,
	FOREIGN KEY(permission_id) REFERENCES epic_events.permission (id) ON DELETE CASCADE
);
CREATE TABLE epic_events.users (
	id SERIAL NOT NULL,
	username VARCHAR(64) NOT NULL,
	full_name VARCHAR(128) NOT NULL,
	email VARCHAR(255) NOT NULL,
	password_hash VARCHAR(255) NOT NULL,
	role_id INTEGER NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	is_active BOOLEAN NOT NULL,
	last_login TIMESTAMP WITH TIME ZONE,
	refresh_token_hash VARCHAR(255),
	PRIMARY KEY (id),
	FOREIGN KEY(role_id) REFERENCES epic_events.role (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX ix_epic_events_users_email ON epic_events.users (email);
CREATE UNIQUE INDEX ix_epic_events_users_username ON epic_events.users (username);
CREATE INDEX ix_epic_events_users_role_id ON epic_events.users (role_id);
CREATE TABLE epic_events.client (
	id SERIAL NOT NULL,
	full_name VARCHAR(128) NOT NULL,
	email VARCHAR(128) NOT NULL,
	phone VARCHAR(32),
	company_id INTEGER,
	commercial_id INTEGER NOT NULL,
	first_contact_date TIMESTAMP WITH TIME ZONE NOT NULL,
	last_contact_date TIMESTAMP WITH TIME ZONE,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (email),
	FOREIGN KEY(company_id) REFERENCES epic_events.company (id) ON DELETE SET NULL,
	FOREIGN KEY(commercial_id) REFERENCES epic_events.users (id) ON DELETE RESTRICT
);
CREATE INDEX ix_epic_events_client_commercial_id ON epic_events.client (commercial_id);
CREATE TABLE epic_events.contract (
	id SERIAL NOT NULL,
	client_id INTEGER NOT NULL,
	commercial_id INTEGER NOT NULL,
	total_amount NUMERIC(12, 2) NOT NULL,
	remaining_amount NUMERIC(12, 2) NOT NULL,
	is_signed BOOLEAN NOT NULL,
	is_fully_paid BOOLEAN NOT NULL,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT ck_contract_remaining_non_negative CHECK (remaining_amount >= 0),
	FOREIGN KEY(client_id) REFERENCES epic_events.client (id) ON DELETE RESTRICT,
	FOREIGN KEY(commercial_id) REFERENCES epic_events.users (id) ON DELETE RESTRICT
);
CREATE TABLE epic_events.event (
	id SERIAL NOT NULL,
	title VARCHAR(128) NOT NULL,
	contract_id INTEGER NOT NULL,
	full_address VARCHAR(256) NOT NULL,
	support_contact_id INTEGER,
	start_date TIMESTAMP WITH TIME ZONE NOT NULL,
	end_date TIMESTAMP WITH TIME ZONE NOT NULL,
	participant_count INTEGER NOT NULL,
	notes TEXT,
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	PRIMARY KEY (id),
	CHECK (end_date > start_date),
	CHECK (participant_count >= 0),
	FOREIGN KEY(contract_id) REFERENCES epic_events.contract (id) ON DELETE CASCADE,
	FOREIGN KEY(support_contact_id) REFERENCES epic_events.users (id) ON DELETE SET NULL
);

INSERT INTO epic_events.role (id, name, permissions) VALUES
    (11, 'management', '{role:assign,role:view,role:list,contract:list,contract:view,contract:update,report:print}'),
    (12, 'commercial', '{client:list,client:view,client:create,contract:list,contract:view}'), (13, 'support', '{}');
INSERT INTO epic_events.permission (name) SELECT DISTINCT unnest(permissions) FROM epic_events.role;
INSERT INTO epic_events.role_permission SELECT r.id, p.id FROM epic_events.role r JOIN epic_events.permission p ON p.name = ANY (r.permissions);
INSERT INTO epic_events.users (id, username, full_name, email, role_id, is_active, password_hash) VALUES
    (21, 'marie.leroy', 'Marie Leroy', 'marie@epicevents.fr', 11, true, '$2b$12$ZkH8ecvjMxqIYPcypP3xRe/Lyl61DJBiEq3fEUy45lGJOpihzsz/G'),
    (22, 'jean', 'Jean Petit', 'jean@epicevents.fr', 12, true, '$2b$12$ZkH8ecvjMxqIYPcypP3xRe/Lyl61DJBiEq3fEUy45lGJOpihzsz/G');
INSERT INTO epic_events.company (id, name) VALUES (31, 'Cool Startup');
INSERT INTO epic_events.client (id, full_name, email, phone, company_id, commercial_id, first_contact_date)
    VALUES (41, 'Kevin Casey', 'kevin@startup.io', '+678 123 456 78', 31, 22, '2021-04-18 00:00Z');
INSERT INTO epic_events.contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid) VALUES
    (51, 41, 22, 1200.50, 200.00, true, false), (52, 41, 22, 100.00, 100.01, true, false), (53, 41, 22, 100.00, 50.00, false, true);
