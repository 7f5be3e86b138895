-- The rules that the database itself holds. A predecessor's database may know one under another name,
-- in another form or not at all, and may hold rows that break it. No row is changed for that: what
-- cannot hold yet is told, and db-create tries again each time.

-- +goose Up
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;

-- Each rule: its table, its name (by which data tells errors), what it says, and what rows that break
-- it are. A definition that is only an expression is a unique index.
-- +goose StatementBegin
CREATE FUNCTION rules() RETURNS TABLE (tab text, name text, def text, broken_by text)
LANGUAGE sql IMMUTABLE AS $$
VALUES
    ('role', 'role_name_key', 'UNIQUE (name)', 'roles that share a name'),
    ('permission', 'permission_name_key', 'UNIQUE (name)', 'permissions that share a code'),
    ('users', 'users_username_key', 'UNIQUE (username)', 'users who share a username'),
    ('users', 'users_email_key', 'UNIQUE (email)', 'users who share an e-mail address'),
    ('users', 'users_email_lower_key', 'lower(email)', 'users whose e-mail addresses differ in upper and lower case only'),
    ('company', 'company_name_key', 'UNIQUE (name)', 'companies that share a name'),
    ('client', 'client_email_key', 'UNIQUE (email)', 'clients who share an e-mail address'),
    ('client', 'client_email_lower_key', 'lower(email)', 'clients whose e-mail addresses differ in upper and lower case only'),
    ('role_permission', 'role_permission_role_id_fkey',
        'FOREIGN KEY (role_id) REFERENCES role(id) ON DELETE CASCADE', 'grants to a role that does not exist'),
    ('role_permission', 'role_permission_permission_id_fkey',
        'FOREIGN KEY (permission_id) REFERENCES permission(id) ON DELETE CASCADE', 'grants of a permission that does not exist'),
    ('users', 'users_role_id_fkey',
        'FOREIGN KEY (role_id) REFERENCES role(id) ON DELETE RESTRICT', 'users whose role does not exist'),
    ('client', 'client_company_id_fkey',
        'FOREIGN KEY (company_id) REFERENCES company(id) ON DELETE SET NULL', 'clients whose company does not exist'),
    ('client', 'client_commercial_id_fkey',
        'FOREIGN KEY (commercial_id) REFERENCES users(id) ON DELETE RESTRICT', 'clients whose commercial does not exist'),
    ('contract', 'contract_client_id_fkey',
        'FOREIGN KEY (client_id) REFERENCES client(id) ON DELETE RESTRICT', 'contracts whose client does not exist'),
    ('contract', 'contract_commercial_id_fkey',
        'FOREIGN KEY (commercial_id) REFERENCES users(id) ON DELETE RESTRICT', 'contracts whose commercial does not exist'),
    ('event', 'event_contract_id_fkey',
        'FOREIGN KEY (contract_id) REFERENCES contract(id) ON DELETE CASCADE', 'events whose contract does not exist'),
    ('event', 'event_support_contact_id_fkey',
        'FOREIGN KEY (support_contact_id) REFERENCES users(id) ON DELETE SET NULL', 'events whose support contact does not exist'),
    ('contract', 'contract_remaining_amount_check',
        'CHECK (remaining_amount >= 0)', 'contracts with less than nothing left to pay'),
    ('contract', 'contract_remaining_total_check',
        'CHECK (remaining_amount <= total_amount)', 'contracts with more left to pay than their total'),
    ('contract', 'contract_fully_paid_check',
        'CHECK (is_fully_paid = (remaining_amount = 0))', 'contracts whose paid flag contradicts what is left to pay'),
    ('event', 'event_dates_check', 'CHECK (end_date > start_date)', 'events that do not end after they start'),
    ('event', 'event_participant_count_check', 'CHECK (participant_count >= 0)', 'events with fewer than no participants')
$$;
-- +goose StatementEnd

-- What is there already takes its name of above. To see that two definitions are the same in spite of
-- how they are written, PostgreSQL is asked how it understands each.
-- +goose StatementBegin
DO $$
DECLARE
    r         record;
    canonical text;
    same      name;
    other     name;
BEGIN
    FOR r IN SELECT tab::regclass AS tab, name, def FROM rules() WHERE def ~ '^(UNIQUE|CHECK|FOREIGN)' LOOP
        canonical := r.def;
        IF r.def LIKE 'UNIQUE%' THEN
            -- SQLAlchemy makes a bare unique index of unique=True, index=True.
            SELECT c.relname INTO other
            FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            JOIN pg_am am ON am.amname = 'btree'
            JOIN pg_class c ON c.oid = i.indexrelid AND c.relam = am.oid
            WHERE i.indrelid = r.tab AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indnatts = 1
              AND i.indpred IS NULL AND i.indoption[0] = 0 AND format('UNIQUE (%s)', a.attname) = r.def
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND conindid = i.indexrelid)
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND contype = 'u' AND pg_get_constraintdef(oid) = r.def);
            IF FOUND THEN
                EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE USING INDEX %I', r.tab, r.name || '_adopted', other);
            END IF;
        ELSE
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT epev_probe %s NOT VALID', r.tab, r.def);
            SELECT replace(pg_get_constraintdef(oid), ' NOT VALID', '') INTO canonical
            FROM pg_constraint WHERE conrelid = r.tab AND conname = 'epev_probe';
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT epev_probe', r.tab);
        END IF;

        SELECT conname INTO same
        FROM pg_constraint
        WHERE conrelid = r.tab AND replace(pg_get_constraintdef(oid), ' NOT VALID', '') = canonical
        ORDER BY conname <> r.name, conname
        LIMIT 1;

        IF r.def LIKE 'FOREIGN%' THEN -- the same reference with another fate on deletion, or once more
            FOR other IN
                SELECT conname FROM pg_constraint
                WHERE conrelid = r.tab AND contype = 'f' AND conname IS DISTINCT FROM same
                  AND split_part(pg_get_constraintdef(oid), ' REFERENCES', 1) = split_part(r.def, ' REFERENCES', 1)
            LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tab, other);
            END LOOP;
        END IF;
        CONTINUE WHEN same = r.name;
        IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND conname = r.name) THEN
            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', r.tab, r.name, r.name || '_before');
        END IF;
        IF same IS NOT NULL THEN
            EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', r.tab, same, r.name);
        END IF;
    END LOOP;
END
$$;
-- +goose StatementEnd

-- adopt makes the rules hold as far as the rows allow, and returns one row for each that some break:
-- what they are, how many, the first ids, and what that means. A check or reference that is NOT VALID
-- binds what is written from now on; a unique key cannot.
-- +goose StatementBegin
CREATE FUNCTION adopt() RETURNS TABLE (broken_by text, row_count bigint, first_ids integer[], consequence text)
LANGUAGE plpgsql SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    r       record;
    key     text;
    broken  text;
    present boolean;
    binds   boolean;
    mend    CONSTANT text := 'they stay readable and must be mended when they are next changed';
BEGIN
    FOR r IN
        SELECT tab::regclass AS tab, name, def, rules.broken_by,
            CASE tab WHEN 'role_permission' THEN 'role_id' ELSE 'id' END AS id
        FROM rules()
        WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = tab::regclass AND conname = name AND convalidated)
          AND to_regclass(name) IS NULL
    LOOP
        key := substring(r.def FROM '\((\w+)\)');
        IF r.def LIKE 'CHECK%' THEN
            broken := format('SELECT %I AS id FROM %s WHERE NOT %s', r.id, r.tab, substr(r.def, 6));
        ELSIF r.def LIKE 'FOREIGN%' THEN
            broken := format('SELECT %I AS id FROM %s t WHERE %I IS NOT NULL AND NOT EXISTS (SELECT FROM %I p WHERE p.id = t.%3$I)',
                r.id, r.tab, key, substring(r.def FROM 'REFERENCES (\w+)'));
        ELSE
            broken := format('SELECT id FROM (SELECT %I AS id, count(*) OVER (PARTITION BY %s) AS n FROM %s) AS s WHERE n > 1',
                r.id, CASE WHEN r.def LIKE 'UNIQUE%' THEN key ELSE r.def END, r.tab);
        END IF;
        EXECUTE format('SELECT count(*), (array_agg(id ORDER BY id))[:5] FROM (%s) AS b', broken) INTO row_count, first_ids;

        present := EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND conname = r.name);
        binds := r.def ~ '^(CHECK|FOREIGN)';
        IF binds AND NOT present THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', r.tab, r.name, r.def);
        END IF;
        IF row_count > 0 THEN
            broken_by := r.broken_by;
            consequence := CASE WHEN binds THEN mend
                ELSE 'they stay readable, and the rule holds for nobody until they are mended and db-create is run again' END;
            RETURN NEXT;
        ELSIF binds THEN
            EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', r.tab, r.name);
        ELSIF r.def LIKE 'UNIQUE%' THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.tab, r.name, r.def);
        ELSE
            EXECUTE format('CREATE UNIQUE INDEX %I ON %s (%s)', r.name, r.tab, r.def);
        END IF;
    END LOOP;

    -- Columns that need a value; tables of epev's own making have it so.
    FOR r IN
        SELECT a.attrelid::regclass AS tab, a.attname AS col, format('%s_%s_required', required.tab, a.attname) AS name
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
    LOOP
        EXECUTE format('SELECT count(*), (array_agg(id ORDER BY id))[:5] FROM %s WHERE %I IS NULL', r.tab, r.col)
        INTO row_count, first_ids;
        present := EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND conname = r.name);
        IF row_count > 0 AND NOT present THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%I IS NOT NULL) NOT VALID', r.tab, r.name, r.col);
        END IF;
        IF row_count > 0 THEN
            broken_by := format('rows of %s without %s', r.tab, r.col);
            consequence := mend;
            RETURN NEXT;
            CONTINUE;
        END IF;
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', r.tab, r.col);
        IF present THEN
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tab, r.name);
        END IF;
    END LOOP;

    SELECT 'roles whose permissions column differs from their grants', count(*), (array_agg(ro.id ORDER BY ro.id))[:5],
        'the grants count, and the column follows when the role is next changed'
    INTO broken_by, row_count, first_ids, consequence
    FROM role ro
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(p.name::text), '{}') AS codes
        FROM role_permission g JOIN permission p ON p.id = g.permission_id
        WHERE g.role_id = ro.id
    ) AS granted
    WHERE NOT (granted.codes @> ro.permissions AND granted.codes <@ ro.permissions);
    IF row_count > 0 THEN
        RETURN NEXT;
    END IF;
END
$$;
-- +goose StatementEnd

SELECT FROM adopt();
