-- An office at work, for the end-to-end scripts. Everybody's password is Sunny-Terrace-7.
INSERT INTO epic_events.role (name) VALUES ('trainee');
INSERT INTO epic_events.users (username, full_name, email, role_id, is_active, password_hash)
SELECT username, full_name, username || '@epicevents.fr', role_id, is_active, '$2a$12$j6vgmnFPllHS5qDudOVjNeICx4c5NlY97jkUlOph2332qVnIpSZTa'
FROM (VALUES
    (1, 'admin.root', 'Admin Root', 1, true),
    (2, 'claire.dubois', 'Claire Dubois', 2, true),
    (3, 'hugo.lefevre', 'Hugo Lefèvre', 2, true),
    (4, 'ines.morel', 'Inès Morel', 3, true),
    (5, 'oscar.petit', 'Oscar Petit', 3, true),
    (6, 'paul.parti', 'Paul Parti', 3, false),
    (7, 'tom.stage', 'Tom Stage', 4, true)
) AS staff (id, username, full_name, role_id, is_active) ORDER BY id;

INSERT INTO epic_events.company (name) VALUES ('Société Générale d''Horlogerie'), ('Café "Les Deux Rives"'), ('Müller & Søn AG');

INSERT INTO epic_events.client (full_name, email, phone, company_id, commercial_id, first_contact_date) VALUES
    ('Kévin Cousin', 'kevin@startup.io', '+33678123456', 1, 2, '2025-04-18 00:00+02'),
    ('Élodie Nguyễn', 'elodie@deuxrives.fr', '+33142278186', 2, 2, '2025-05-02 00:00+02'),
    ('Jürgen Müller', 'j.mueller@mueller-soen.de', '+4930901820', 3, 3, '2025-05-12 00:00+02');

-- Contract 1 is signed and has an event, 2 is not signed, 3 is another commercial's, 4 is signed without an event.
INSERT INTO epic_events.contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid) VALUES
    (1, 2, 1200.50, 200.00, true, false),
    (2, 2, 9800.00, 9800.00, false, false),
    (3, 3, 500.00, 0.00, true, true),
    (1, 2, 10.00, 10.00, true, false);

INSERT INTO epic_events.event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes) VALUES
    ('B2B Fair', 1, '42 Rue de Paris, 75000 Paris', 4, '2027-11-01 00:00+01', '2027-11-02 18:00+01', 200, 'Vegetarian buffet'),
    ('Jubiläum', 3, 'Unter den Linden 1, Berlin', NULL, '2027-06-04 13:00+02', '2027-06-05 02:00+02', 75, NULL),
    ('Vernissage', 1, 'Quai de Seine, Paris', NULL, '2024-06-04 18:00+02', '2024-06-04 23:00+02', 30, NULL);

-- Nobody asks when this was typed in. The triggers would make it now, and write history.
ALTER TABLE epic_events.users DISABLE TRIGGER USER;
ALTER TABLE epic_events.company DISABLE TRIGGER USER;
ALTER TABLE epic_events.client DISABLE TRIGGER USER;
ALTER TABLE epic_events.contract DISABLE TRIGGER USER;
ALTER TABLE epic_events.event DISABLE TRIGGER USER;
UPDATE epic_events.users SET created_at = '2026-01-02 09:00+01', updated_at = '2026-01-02 09:00+01';
UPDATE epic_events.company SET created_at = '2026-01-02 09:00+01', updated_at = '2026-01-02 09:00+01';
UPDATE epic_events.client SET created_at = '2026-01-02 09:00+01', updated_at = '2026-01-02 09:00+01';
UPDATE epic_events.contract SET created_at = '2026-01-02 09:00+01', updated_at = '2026-01-02 09:00+01';
UPDATE epic_events.event SET created_at = '2026-01-02 09:00+01', updated_at = '2026-01-02 09:00+01';
ALTER TABLE epic_events.users ENABLE TRIGGER USER;
ALTER TABLE epic_events.company ENABLE TRIGGER USER;
ALTER TABLE epic_events.client ENABLE TRIGGER USER;
ALTER TABLE epic_events.contract ENABLE TRIGGER USER;
ALTER TABLE epic_events.event ENABLE TRIGGER USER;
