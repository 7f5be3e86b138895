-- What the predecessor let into its database and no rule of epev would: beside predecessor.sql, for the tests of
-- rows that are to be mended. Roles get the names and rights of SPEC 5, so that every command can be run.
SET search_path = epic_events;
ALTER TABLE company ALTER updated_at DROP NOT NULL, ALTER created_at DROP NOT NULL;
ALTER TABLE client ALTER full_name DROP NOT NULL, ALTER first_contact_date DROP NOT NULL;
ALTER TABLE contract ALTER total_amount DROP NOT NULL, ALTER is_signed DROP NOT NULL, ALTER updated_at DROP NOT NULL;
ALTER TABLE contract DROP CONSTRAINT ck_contract_remaining_non_negative;
ALTER TABLE event DROP CONSTRAINT event_check, DROP CONSTRAINT event_participant_count_check, ALTER title DROP NOT NULL;

INSERT INTO permission (name) SELECT unnest('{user:list,user:view,user:update,company:list,company:view,company:create,company:update,company:delete,client:reassign,client:update,client:delete,contract:create,contract:delete,event:list,event:view,event:create,event:update,event:delete,event:assign_support,history:view}'::varchar[]) ON CONFLICT DO NOTHING;
INSERT INTO role_permission SELECT 11, id FROM permission ON CONFLICT DO NOTHING;
UPDATE role SET permissions = ARRAY(SELECT name FROM permission ORDER BY name) WHERE id = 11;
INSERT INTO users (id, username, full_name, email, role_id, is_active, password_hash) VALUES
    (23, 'ines', 'Inès Morel', 'ines@epicevents.fr', 13, true, '$2b$12$ZkH8ecvjMxqIYPcypP3xRe/Lyl61DJBiEq3fEUy45lGJOpihzsz/G'),
    (24, 'ghost', ' ', 'ghost', 12, true, '$2b$12$ZkH8ecvjMxqIYPcypP3xRe/Lyl61DJBiEq3fEUy45lGJOpihzsz/G');
INSERT INTO company (id, name, created_at, updated_at) VALUES (32, '', now(), NULL), (33, E'Bell\x07 SARL', NULL, now());
INSERT INTO client (id, full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date) VALUES
    (42, '   ', 'blank@example.fr', NULL, NULL, 22, '2021-04-18 00:00Z', NULL),
    (43, 'Jean Sans', 'jean sans arobase', 'call her', 32, 22, '2021-04-18 00:00Z', '-infinity'),
    (44, NULL, 'null@example.fr', '', NULL, 22, NULL, 'infinity'),
    (45, E'Tab\tBell\x07 \u202Eevil', 'bell@example.fr', '0612345678', NULL, 22, '0044-03-15 BC', NULL),
    (46, 'Zoé Saine', 'zoe@example.fr', NULL, 31, 24, '2021-04-18 00:00Z', NULL);
INSERT INTO contract (id, client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid) VALUES
    (54, 42, 22, 'NaN', 100, true, false), (55, 43, 22, 500, 'NaN', true, false), (56, 43, 22, 'NaN', 'NaN', false, true),
    (57, 44, 22, -100, -200, true, false), (58, 46, 22, 100, 0, true, false), (59, 46, 24, NULL, 20, NULL, false);
INSERT INTO event (id, title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes) VALUES
    (61, '', 54, '', 22, '2027-06-05 10:00Z', '2027-06-04 10:00Z', -5, NULL),
    (62, NULL, 55, 'Paris', NULL, 'infinity', 'infinity', 0, E'a\x07b'),
    (63, 'Gala', 53, 'Paris', 23, '-infinity', '0044-03-15 BC', 0, NULL),
    (64, 'Far', 54, 'Paris', 24, '20000-01-01', '20001-01-01', 0, NULL);
SELECT setval(pg_get_serial_sequence('client', 'id'), 46), setval(pg_get_serial_sequence('contract', 'id'), 59), setval(pg_get_serial_sequence('event', 'id'), 64),
    setval(pg_get_serial_sequence('users', 'id'), 24), setval(pg_get_serial_sequence('company', 'id'), 33);
RESET search_path;
