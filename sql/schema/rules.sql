-- The rules that the database itself holds, and those of which it only tells. A predecessor's database may
-- know one under another name, in another form or not at all, and may hold rows that break it. No row is
-- changed for that: what cannot hold yet is told, and db-create tries again each time.
--
-- Every db-create makes this function and adopt() anew, and drops them again: a rule is one row here. One that
-- says something else from now on gets another name.

-- Each rule: its table, its name (by which data tells errors), what it says, what rows that break it are, and
-- what mends them. What it says is a constraint; or an expression, for a unique index; or, behind TOLD, what
-- should be true of each row t and binds nobody. NaN is greater than every number and equal to itself.
CREATE FUNCTION epic_events.rules() RETURNS TABLE (tab text, name text, def text, broken_by text, mend text)
LANGUAGE sql IMMUTABLE AS $$
VALUES
    ('role', 'role_name_key', 'UNIQUE (name)', 'roles that share a name', ''),
    ('permission', 'permission_name_key', 'UNIQUE (name)', 'permissions that share a code', ''),
    ('users', 'users_username_key', 'UNIQUE (username)', 'users who share a username', 'user update ID --username NAME'),
    ('users', 'users_email_key', 'UNIQUE (email)', 'users who share an e-mail address', 'user update ID --email ADDRESS'),
    ('users', 'users_email_lower_key', 'lower(email)', 'users whose e-mail addresses differ in upper and lower case only',
        'user update ID --email ADDRESS'),
    ('company', 'company_name_key', 'UNIQUE (name)', 'companies that share a name', 'company update ID --name NAME'),
    ('client', 'client_email_key', 'UNIQUE (email)', 'clients who share an e-mail address', 'client update ID --email ADDRESS'),
    ('client', 'client_email_lower_key', 'lower(email)', 'clients whose e-mail addresses differ in upper and lower case only',
        'client update ID --email ADDRESS'),

    ('role_permission', 'role_permission_role_id_fkey',
        'FOREIGN KEY (role_id) REFERENCES role(id) ON DELETE CASCADE', 'grants to a role that does not exist', ''),
    ('role_permission', 'role_permission_permission_id_fkey',
        'FOREIGN KEY (permission_id) REFERENCES permission(id) ON DELETE CASCADE', 'grants of a permission that does not exist', ''),
    ('users', 'users_role_id_fkey',
        'FOREIGN KEY (role_id) REFERENCES role(id) ON DELETE RESTRICT', 'users whose role does not exist', 'user update ID --role-id ROLE'),
    ('client', 'client_company_id_fkey', 'FOREIGN KEY (company_id) REFERENCES company(id) ON DELETE SET NULL',
        'clients whose company does not exist', 'client update ID --company-id COMPANY'),
    ('client', 'client_commercial_id_fkey', 'FOREIGN KEY (commercial_id) REFERENCES users(id) ON DELETE RESTRICT',
        'clients whose commercial does not exist', 'client reassign ID COMMERCIAL_ID'),
    ('contract', 'contract_client_id_fkey', 'FOREIGN KEY (client_id) REFERENCES client(id) ON DELETE RESTRICT',
        'contracts whose client does not exist', 'contract update ID --client-id CLIENT'),
    ('contract', 'contract_commercial_id_fkey', 'FOREIGN KEY (commercial_id) REFERENCES users(id) ON DELETE RESTRICT',
        'contracts whose commercial does not exist', 'client reassign CLIENT COMMERCIAL_ID'),
    ('event', 'event_contract_id_fkey', 'FOREIGN KEY (contract_id) REFERENCES contract(id) ON DELETE CASCADE',
        'events whose contract does not exist', 'event update ID --contract-id CONTRACT'),
    ('event', 'event_support_contact_id_fkey', 'FOREIGN KEY (support_contact_id) REFERENCES users(id) ON DELETE SET NULL',
        'events whose support contact does not exist', 'event assign_support ID SUPPORT_ID'),

    ('contract', 'contract_total_number_check', 'CHECK (total_amount NOT IN (''NaN'', ''Infinity''))',
        'contracts whose total is no number', 'contract update ID --total-amount AMOUNT'),
    ('contract', 'contract_remaining_number_check', 'CHECK (remaining_amount NOT IN (''NaN'', ''Infinity''))',
        'contracts with no number left to pay', 'contract update ID --remaining-amount AMOUNT'),
    ('contract', 'contract_total_amount_check', 'CHECK (total_amount >= 0)',
        'contracts whose total is below zero', 'contract update ID --total-amount AMOUNT'),
    ('contract', 'contract_remaining_amount_check', 'CHECK (remaining_amount >= 0)',
        'contracts with less than nothing left to pay', 'contract update ID --remaining-amount AMOUNT'),
    ('contract', 'contract_remaining_total_check', 'CHECK (remaining_amount <= total_amount)',
        'contracts with more left to pay than their total', 'contract update ID --remaining-amount AMOUNT'),
    ('contract', 'contract_fully_paid_check', 'CHECK (is_fully_paid = (remaining_amount = 0))',
        'contracts whose paid flag contradicts what is left to pay', 'contract update ID --remaining-amount AMOUNT'),
    ('event', 'event_dates_check', 'CHECK (end_date > start_date)',
        'events that do not end after they start', 'event update ID --start-date DATE --end-date DATE'),
    ('event', 'event_participant_count_check', 'CHECK (participant_count >= 0)',
        'events with fewer than no participants', 'event update ID --participant-count NUMBER')
$$;
