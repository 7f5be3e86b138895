-- The rules that the database itself holds, and those that it only tells. A predecessor's database may know one under
-- another name, in another form or not at all, and may hold rows that break it. No row is changed for that: what cannot
-- hold yet is told, and db-create tries again each time.
--
-- A db-create makes these functions anew where they are not those of this text: a rule is one row here. One that says
-- something else from now on gets another name.
DROP FUNCTION IF EXISTS epic_events.breaches(), epic_events.required(), epic_events.given(), epic_events.breaking(regclass, text), epic_events.rules();

-- Each rule: its table, its name (by which data tells errors), what it says, what rows that break it are, and what
-- mends them. What it says is a constraint, or an expression for a unique index. Behind TAKEN it is a column whose
-- values take() keeps apart. Behind TOLD it is what should be true of each row t, and behind TEXT a column that people
-- should be able to read; neither binds anybody. NaN is greater than every number and equal to itself.
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
    ('users', 'users_username_taken', 'TAKEN (username)', 'users who share a username, whatever its case, accents and blanks',
        'user update ID --username NAME'),
    ('users', 'users_email_taken', 'TAKEN (email)', 'users who share a mailbox, however it is written', 'user update ID --email ADDRESS'),
    ('company', 'company_name_taken', 'TAKEN (name)', 'companies that share a name, whatever its case, accents and blanks',
        'company update ID --name NAME'),
    ('client', 'client_email_taken', 'TAKEN (email)', 'clients who share a mailbox, however it is written', 'client update ID --email ADDRESS'),

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
        'events with fewer than no participants', 'event update ID --participant-count NUMBER'),

    -- What the commands hold everybody to. It binds nobody here: a row must be able to change in its other fields.
    ('users', 'users_username_text', 'TEXT (username)', 'users whose username is blank or cannot be read', 'user update ID --username NAME'),
    ('users', 'users_full_name_text', 'TEXT (full_name)', 'users whose name is blank or cannot be read', 'user update ID --full-name NAME'),
    ('users', 'users_email_form', 'TOLD (email ~ ''^[^@[:space:]]+@[^@[:space:]]+$'')',
        'users whose e-mail address is none', 'user update ID --email ADDRESS'),
    ('company', 'company_name_text', 'TEXT (name)', 'companies whose name is blank or cannot be read', 'company update ID --name NAME'),
    ('client', 'client_full_name_text', 'TEXT (full_name)', 'clients whose name is blank or cannot be read', 'client update ID --full-name NAME'),
    ('client', 'client_email_form', 'TOLD (email ~ ''^[^@[:space:]]+@[^@[:space:]]+$'')',
        'clients whose e-mail address is none', 'client update ID --email ADDRESS'),
    ('client', 'client_phone_form', 'TOLD (phone = '''' OR regexp_replace(phone, ''[[:space:].()/-]'', '''', ''g'') ~ ''^[+]?[0-9]{6,15}$'')',
        'clients whose phone is no number', 'client update ID --phone NUMBER'),
    ('client', 'client_contact_dates', 'TOLD (first_contact_date BETWEEN ''0001-01-01'' AND ''9999-12-31''
            AND coalesce(last_contact_date, ''2000-01-01'') BETWEEN ''0001-01-01'' AND ''9999-12-31'')',
        'clients with a contact on a day that no calendar has', 'client update ID --first-contact-date DATE --last-contact-date DATE'),
    ('contract', 'contract_amount_form', 'TOLD (total_amount = round(total_amount, 2) AND remaining_amount = round(remaining_amount, 2)
            AND (total_amount <= 9999999999.99 OR total_amount >= ''Infinity''))',
        'contracts with an amount of more than two decimals or ten digits', 'contract update ID --total-amount AMOUNT --remaining-amount AMOUNT'),
    ('contract', 'contract_commercial', 'TOLD (commercial_id = (SELECT c.commercial_id FROM client c WHERE c.id = t.client_id))',
        'contracts of another commercial than their client''s', 'client reassign CLIENT COMMERCIAL_ID'),
    ('event', 'event_title_text', 'TEXT (title)', 'events whose title is blank or cannot be read', 'event update ID --title TITLE'),
    ('event', 'event_full_address_text', 'TEXT (full_address)', 'events whose address is blank or cannot be read',
        'event update ID --full-address ADDRESS'),
    ('event', 'event_dates_form', 'TOLD (start_date BETWEEN ''0001-01-01'' AND ''9999-12-31'' AND end_date BETWEEN ''0001-01-01'' AND ''9999-12-31'')',
        'events on a day that no calendar has', 'event update ID --start-date DATE --end-date DATE'),
    ('event', 'event_support_contact', 'TOLD (support_contact_id IS NULL OR NOT EXISTS (SELECT FROM users u WHERE u.id = t.support_contact_id)
            OR EXISTS (SELECT FROM users u JOIN role r ON r.id = u.role_id WHERE u.id = t.support_contact_id AND r.name = ''support''))',
        'events whose support contact is no support user', 'event assign_support ID SUPPORT_ID'),
    ('event', 'event_contract_signed', 'TOLD (EXISTS (SELECT FROM contract k WHERE k.id = t.contract_id AND k.is_signed))',
        'events of a contract that is not signed', 'contract update CONTRACT --is-signed true')
$$;

-- The statement that finds the ids of the rows of a table that break a rule.
CREATE FUNCTION epic_events.breaking(tab regclass, def text) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    kind   CONSTANT text := coalesce(substring(def FROM '^(UNIQUE|CHECK|FOREIGN|TAKEN|TOLD|TEXT)'), 'INDEX');
    key    CONSTANT text := substring(def FROM '\((\w+)\)');
    unread CONSTANT text := '[\u0001-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]'; -- controls, and what turns the direction
BEGIN
    RETURN CASE kind
        WHEN 'TEXT' THEN format('SELECT id FROM %1$s WHERE same_name(%2$I) = '''' OR %2$I ~ %3$L', tab, key, unread)
        WHEN 'TOLD' THEN format('SELECT id FROM %s t WHERE NOT %s', tab, substr(def, 5))
        WHEN 'CHECK' THEN format('SELECT id FROM %s WHERE NOT %s', tab, substr(def, 6))
        WHEN 'FOREIGN' THEN format('SELECT %I AS id FROM %s t WHERE %I IS NOT NULL AND NOT EXISTS (SELECT FROM %I p WHERE p.id = t.%3$I)',
            CASE WHEN tab = 'role_permission'::regclass THEN 'role_id' ELSE 'id' END, tab, key, substring(def FROM 'REFERENCES (\w+)'))
        ELSE format('SELECT id FROM (SELECT id, %s AS key, count(*) OVER (PARTITION BY %1$s) AS n FROM %s) AS s WHERE n > 1 AND key IS NOT NULL',
            CASE kind WHEN 'UNIQUE' THEN key WHEN 'TAKEN' THEN format('taken_key(%L, %I)', key, key) ELSE def END, tab)
        END;
END
$$;

-- Columns of which what is missing counts as now, no or 0.
CREATE FUNCTION epic_events.given() RETURNS name[]
LANGUAGE sql IMMUTABLE AS $$ SELECT '{created_at,updated_at,is_signed,is_fully_paid,participant_count}'::name[] $$;

-- Columns that need a value and may lack one; tables of epev's own making have it so. What mends a row comes along.
CREATE FUNCTION epic_events.required() RETURNS TABLE (tab regclass, col name, mend text)
LANGUAGE sql STABLE AS $$
SELECT a.attrelid::regclass, a.attname,
    CASE
        WHEN required.tab IN ('role', 'permission') THEN ''
        WHEN a.attname = 'password_hash' THEN 'user update-password ID'
        WHEN a.attname = 'is_active' THEN 'user activate ID'
        WHEN a.attname = 'commercial_id' THEN 'client reassign CLIENT COMMERCIAL_ID'
        WHEN a.attname = ANY (epic_events.given()) THEN ''
        ELSE format('%s update ID --%s VALUE', replace(required.tab, 'users', 'user'), replace(a.attname, '_', '-'))
    END
FROM (VALUES
    ('role', '{name,permissions}'),
    ('permission', '{name}'),
    ('users', '{username,full_name,email,password_hash,role_id,created_at,updated_at,is_active}'),
    ('company', '{name,created_at,updated_at}'),
    ('client', '{full_name,email,commercial_id,first_contact_date,created_at,updated_at}'),
    ('contract', '{client_id,commercial_id,total_amount,remaining_amount,is_signed,is_fully_paid,created_at,updated_at}'),
    ('event', '{title,contract_id,full_address,start_date,end_date,participant_count,created_at,updated_at}')
) AS required (tab, cols)
JOIN pg_attribute a ON a.attrelid = required.tab::regclass AND a.attname = ANY (required.cols::name[]) AND NOT a.attnotnull
$$;

-- What breaks a rule at this moment, as adopt() finds it. Nothing is changed or locked, and what a whole constraint holds is not looked at.
CREATE FUNCTION epic_events.breaches() RETURNS TABLE (row_count bigint, broken_by text, first_ids bigint[], mend text)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    r record;
BEGIN
    FOR r IN
        SELECT rule.broken_by, rule.mend, breaking(rule.tab::regclass, rule.def) AS broken
        FROM rules() AS rule
        WHERE NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = rule.tab::regclass AND c.conname = rule.name AND c.convalidated)
            AND CASE
                WHEN rule.def LIKE 'TAKEN%' THEN EXISTS (SELECT FROM taken WHERE taken.rule = rule.name AND holders > 1)
                WHEN rule.def ~ '^(CHECK|FOREIGN|TOLD|TEXT)' THEN true
                ELSE to_regclass(rule.name) IS NULL AND NOT EXISTS ( -- take() binds all the same
                    SELECT FROM rules() AS other WHERE other.tab = rule.tab AND other.def = format('TAKEN (%s)', substring(rule.def FROM '\((\w+)\)')))
            END
        UNION ALL
        SELECT format('rows of %s without %s', q.tab, q.col), q.mend, format('SELECT id FROM %s WHERE %I IS NULL', q.tab, q.col)
        FROM required() AS q
    LOOP
        EXECUTE format('SELECT count(*), (array_agg(id ORDER BY id))[:5] FROM (%s) AS b', r.broken) INTO row_count, first_ids;
        IF row_count > 0 THEN
            broken_by := r.broken_by;
            mend := r.mend;
            RETURN NEXT;
        END IF;
    END LOOP;
END
$$;

-- They are the owner's of the tables, whoever runs db-create: the next one drops them.
DO $$
DECLARE
    f record;
BEGIN
    FOR f IN
        SELECT p.oid::regprocedure AS made, t.relowner::regrole AS owner
        FROM pg_proc p, pg_class t
        WHERE p.pronamespace = 'epic_events'::regnamespace AND p.proname IN ('breaches', 'required', 'given', 'breaking', 'rules')
            AND t.oid = 'epic_events.users'::regclass AND p.proowner <> t.relowner
    LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO %s', f.made, f.owner);
    END LOOP;
END
$$;
