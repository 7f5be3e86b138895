-- A database of epev's at version 6 of its schema, as pg_dump writes it: the last before all of an upgrade was one transaction.
-- PostgreSQL database dump
-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)
CREATE SCHEMA epic_events;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA epic_events;
CREATE FUNCTION epic_events.adopt() RETURNS TABLE(broken_by text, row_count bigint, first_ids integer[], consequence text)
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $_$
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
$_$;
CREATE FUNCTION epic_events.fold(s text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    marks CONSTANT text := '[' -- the nonspacing marks (Mn) of Unicode
        '\u0300-\u036F\u0483-\u0487\u0591-\u05BD\u05BF\u05C1-\u05C2\u05C4-\u05C5\u05C7\u0610-\u061A\u064B-\u065F'
        '\u0670\u06D6-\u06DC\u06DF-\u06E4\u06E7-\u06E8\u06EA-\u06ED\u0711\u0730-\u074A\u07A6-\u07B0\u07EB-\u07F3'
        '\u07FD\u0816-\u0819\u081B-\u0823\u0825-\u0827\u0829-\u082D\u0859-\u085B\u0898-\u089F\u08CA-\u08E1'
        '\u08E3-\u0902\u093A\u093C\u0941-\u0948\u094D\u0951-\u0957\u0962-\u0963\u0981\u09BC\u09C1-\u09C4\u09CD'
        '\u09E2-\u09E3\u09FE\u0A01-\u0A02\u0A3C\u0A41-\u0A42\u0A47-\u0A48\u0A4B-\u0A4D\u0A51\u0A70-\u0A71\u0A75'
        '\u0A81-\u0A82\u0ABC\u0AC1-\u0AC5\u0AC7-\u0AC8\u0ACD\u0AE2-\u0AE3\u0AFA-\u0AFF\u0B01\u0B3C\u0B3F'
        '\u0B41-\u0B44\u0B4D\u0B55-\u0B56\u0B62-\u0B63\u0B82\u0BC0\u0BCD\u0C00\u0C04\u0C3C\u0C3E-\u0C40'
        '\u0C46-\u0C48\u0C4A-\u0C4D\u0C55-\u0C56\u0C62-\u0C63\u0C81\u0CBC\u0CBF\u0CC6\u0CCC-\u0CCD\u0CE2-\u0CE3'
        '\u0D00-\u0D01\u0D3B-\u0D3C\u0D41-\u0D44\u0D4D\u0D62-\u0D63\u0D81\u0DCA\u0DD2-\u0DD4\u0DD6\u0E31'
        '\u0E34-\u0E3A\u0E47-\u0E4E\u0EB1\u0EB4-\u0EBC\u0EC8-\u0ECE\u0F18-\u0F19\u0F35\u0F37\u0F39\u0F71-\u0F7E'
        '\u0F80-\u0F84\u0F86-\u0F87\u0F8D-\u0F97\u0F99-\u0FBC\u0FC6\u102D-\u1030\u1032-\u1037\u1039-\u103A'
        '\u103D-\u103E\u1058-\u1059\u105E-\u1060\u1071-\u1074\u1082\u1085-\u1086\u108D\u109D\u135D-\u135F'
        '\u1712-\u1714\u1732-\u1733\u1752-\u1753\u1772-\u1773\u17B4-\u17B5\u17B7-\u17BD\u17C6\u17C9-\u17D3\u17DD'
        '\u180B-\u180D\u180F\u1885-\u1886\u18A9\u1920-\u1922\u1927-\u1928\u1932\u1939-\u193B\u1A17-\u1A18\u1A1B'
        '\u1A56\u1A58-\u1A5E\u1A60\u1A62\u1A65-\u1A6C\u1A73-\u1A7C\u1A7F\u1AB0-\u1ABD\u1ABF-\u1ACE\u1B00-\u1B03'
        '\u1B34\u1B36-\u1B3A\u1B3C\u1B42\u1B6B-\u1B73\u1B80-\u1B81\u1BA2-\u1BA5\u1BA8-\u1BA9\u1BAB-\u1BAD\u1BE6'
        '\u1BE8-\u1BE9\u1BED\u1BEF-\u1BF1\u1C2C-\u1C33\u1C36-\u1C37\u1CD0-\u1CD2\u1CD4-\u1CE0\u1CE2-\u1CE8\u1CED'
        '\u1CF4\u1CF8-\u1CF9\u1DC0-\u1DFF\u20D0-\u20DC\u20E1\u20E5-\u20F0\u2CEF-\u2CF1\u2D7F\u2DE0-\u2DFF'
        '\u302A-\u302D\u3099-\u309A\uA66F\uA674-\uA67D\uA69E-\uA69F\uA6F0-\uA6F1\uA802\uA806\uA80B\uA825-\uA826'
        '\uA82C\uA8C4-\uA8C5\uA8E0-\uA8F1\uA8FF\uA926-\uA92D\uA947-\uA951\uA980-\uA982\uA9B3\uA9B6-\uA9B9'
        '\uA9BC-\uA9BD\uA9E5\uAA29-\uAA2E\uAA31-\uAA32\uAA35-\uAA36\uAA43\uAA4C\uAA7C\uAAB0\uAAB2-\uAAB4'
        '\uAAB7-\uAAB8\uAABE-\uAABF\uAAC1\uAAEC-\uAAED\uAAF6\uABE5\uABE8\uABED\uFB1E\uFE00-\uFE0F\uFE20-\uFE2F'
        '\U000101FD\U000102E0\U00010376-\U0001037A\U00010A01-\U00010A03\U00010A05-\U00010A06\U00010A0C-\U00010A0F'
        '\U00010A38-\U00010A3A\U00010A3F\U00010AE5-\U00010AE6\U00010D24-\U00010D27\U00010EAB-\U00010EAC'
        '\U00010EFD-\U00010EFF\U00010F46-\U00010F50\U00010F82-\U00010F85\U00011001\U00011038-\U00011046\U00011070'
        '\U00011073-\U00011074\U0001107F-\U00011081\U000110B3-\U000110B6\U000110B9-\U000110BA\U000110C2'
        '\U00011100-\U00011102\U00011127-\U0001112B\U0001112D-\U00011134\U00011173\U00011180-\U00011181'
        '\U000111B6-\U000111BE\U000111C9-\U000111CC\U000111CF\U0001122F-\U00011231\U00011234\U00011236-\U00011237'
        '\U0001123E\U00011241\U000112DF\U000112E3-\U000112EA\U00011300-\U00011301\U0001133B-\U0001133C\U00011340'
        '\U00011366-\U0001136C\U00011370-\U00011374\U00011438-\U0001143F\U00011442-\U00011444\U00011446\U0001145E'
        '\U000114B3-\U000114B8\U000114BA\U000114BF-\U000114C0\U000114C2-\U000114C3\U000115B2-\U000115B5'
        '\U000115BC-\U000115BD\U000115BF-\U000115C0\U000115DC-\U000115DD\U00011633-\U0001163A\U0001163D'
        '\U0001163F-\U00011640\U000116AB\U000116AD\U000116B0-\U000116B5\U000116B7\U0001171D-\U0001171F'
        '\U00011722-\U00011725\U00011727-\U0001172B\U0001182F-\U00011837\U00011839-\U0001183A'
        '\U0001193B-\U0001193C\U0001193E\U00011943\U000119D4-\U000119D7\U000119DA-\U000119DB\U000119E0'
        '\U00011A01-\U00011A0A\U00011A33-\U00011A38\U00011A3B-\U00011A3E\U00011A47\U00011A51-\U00011A56'
        '\U00011A59-\U00011A5B\U00011A8A-\U00011A96\U00011A98-\U00011A99\U00011C30-\U00011C36'
        '\U00011C38-\U00011C3D\U00011C3F\U00011C92-\U00011CA7\U00011CAA-\U00011CB0\U00011CB2-\U00011CB3'
        '\U00011CB5-\U00011CB6\U00011D31-\U00011D36\U00011D3A\U00011D3C-\U00011D3D\U00011D3F-\U00011D45\U00011D47'
        '\U00011D90-\U00011D91\U00011D95\U00011D97\U00011EF3-\U00011EF4\U00011F00-\U00011F01\U00011F36-\U00011F3A'
        '\U00011F40\U00011F42\U00013440\U00013447-\U00013455\U00016AF0-\U00016AF4\U00016B30-\U00016B36\U00016F4F'
        '\U00016F8F-\U00016F92\U00016FE4\U0001BC9D-\U0001BC9E\U0001CF00-\U0001CF2D\U0001CF30-\U0001CF46'
        '\U0001D167-\U0001D169\U0001D17B-\U0001D182\U0001D185-\U0001D18B\U0001D1AA-\U0001D1AD'
        '\U0001D242-\U0001D244\U0001DA00-\U0001DA36\U0001DA3B-\U0001DA6C\U0001DA75\U0001DA84\U0001DA9B-\U0001DA9F'
        '\U0001DAA1-\U0001DAAF\U0001E000-\U0001E006\U0001E008-\U0001E018\U0001E01B-\U0001E021'
        '\U0001E023-\U0001E024\U0001E026-\U0001E02A\U0001E08F\U0001E130-\U0001E136\U0001E2AE\U0001E2EC-\U0001E2EF'
        '\U0001E4EC-\U0001E4EF\U0001E8D0-\U0001E8D6\U0001E944-\U0001E94A\U000E0100-\U000E01EF'
        ']+';
BEGIN
    IF pg_catalog.octet_length(s) = pg_catalog.length(s) THEN -- ASCII
        RETURN pg_catalog.lower(s COLLATE pg_catalog."C");
    END IF;
    s := pg_catalog.regexp_replace(pg_catalog.normalize(s, 'NFD'), marks, '', 'g');
    s := pg_catalog.lower(s COLLATE pg_catalog."default");
    s := pg_catalog.translate(s, 'øđðłħŧı', 'oddlhti');
    IF s OPERATOR(pg_catalog.~) '[œæßþĳﬀ-ﬆ]' THEN
        s := pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(s, 'œ', 'oe'), 'æ', 'ae'), 'ß', 'ss');
        s := pg_catalog.replace(pg_catalog.replace(s, 'þ', 'th'), 'ĳ', 'ij');
        s := pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(s, 'ﬀ', 'ff'), 'ﬁ', 'fi'), 'ﬂ', 'fl');
        s := pg_catalog.replace(pg_catalog.replace(s, 'ﬃ', 'ffi'), 'ﬄ', 'ffl');
        s := pg_catalog.replace(pg_catalog.replace(s, 'ﬅ', 'st'), 'ﬆ', 'st');
    END IF;
    RETURN s;
END
$$;
CREATE FUNCTION epic_events.index_search() RETURNS void
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $_$
DECLARE
    operators text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE EXTENSION pg_trgm SCHEMA epic_events;
    END IF;
    SELECT format('%I.gin_trgm_ops', n.nspname) INTO STRICT operators
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_trgm';
    EXECUTE format('CREATE INDEX IF NOT EXISTS company_search ON company USING gin (fold(name) %s)', operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS client_search ON client USING gin (fold(full_name) %1$s, fold(email) %1$s, phone %1$s)', operators);
    EXECUTE format('CREATE INDEX IF NOT EXISTS event_search ON event USING gin (fold(title) %1$s, fold(full_address) %1$s)', operators);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
    NULL; -- not on this machine, or not for this user
END
$_$;
CREATE FUNCTION epic_events.mirror_permissions() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $$
BEGIN
    NEW.permissions := ARRAY(
        SELECT p.name::text
        FROM role_permission g JOIN permission p ON p.id = g.permission_id
        WHERE g.role_id = NEW.id
        ORDER BY p.name COLLATE "C");
    RETURN NEW;
END
$$;
CREATE FUNCTION epic_events.next_version() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $$
DECLARE
    bookkeeping CONSTANT text[] := '{version,updated_at,last_login,refresh_token_hash}'::text[]
        || CASE current_setting('epev.renews_hash', true) WHEN 'on' THEN '{password_hash}'::text[] END;
    changed     CONSTANT boolean := to_jsonb(NEW) - bookkeeping IS DISTINCT FROM to_jsonb(OLD) - bookkeeping;
BEGIN
    NEW.version := OLD.version + changed::integer;
    IF TG_TABLE_NAME <> 'role' THEN
        NEW.updated_at := CASE WHEN changed THEN now() ELSE OLD.updated_at END;
    END IF;
    RETURN NEW;
END
$$;
CREATE FUNCTION epic_events.record_change() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE
    unshown CONSTANT text[] := '{version,updated_at,last_login,password_hash,refresh_token_hash}';
    was     jsonb := to_jsonb(OLD) - unshown;
    becomes jsonb := to_jsonb(NEW) - unshown;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        SELECT coalesce(jsonb_object_agg(o.key, o.value), '{}'), coalesce(jsonb_object_agg(o.key, n.value), '{}')
        INTO was, becomes
        FROM jsonb_each(was) o JOIN jsonb_each(becomes) n USING (key)
        WHERE o.value IS DISTINCT FROM n.value;
        IF to_jsonb(OLD) -> 'password_hash' IS DISTINCT FROM to_jsonb(NEW) -> 'password_hash'
            AND current_setting('epev.renews_hash', true) IS DISTINCT FROM 'on' THEN
            becomes := becomes || '{"password": "changed"}';
        END IF;
        IF becomes = '{}' THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO change_log (resource, record_id, action, before, after)
    VALUES (CASE TG_TABLE_NAME WHEN 'users' THEN 'user' ELSE TG_TABLE_NAME END, coalesce(NEW.id, OLD.id),
        CASE TG_OP WHEN 'INSERT' THEN 'create' WHEN 'UPDATE' THEN 'update' ELSE 'delete' END, was, becomes);
    RETURN NULL;
END
$$;
CREATE FUNCTION epic_events.record_grant() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO change_log (resource, record_id, action, before)
        VALUES ('role', OLD.role_id, 'revoke',
            jsonb_build_object('permission', (SELECT p.name FROM permission p WHERE p.id = OLD.permission_id)));
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO change_log (resource, record_id, action, after)
        VALUES ('role', NEW.role_id, 'grant',
            jsonb_build_object('permission', (SELECT p.name FROM permission p WHERE p.id = NEW.permission_id)));
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION epic_events.record_session() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO change_log (actor_id, actor, session_id, resource, record_id, action)
        SELECT u.id, u.username, NEW.id, 'user', u.id, 'login' FROM users u WHERE u.id = NEW.user_id;
    ELSIF OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL THEN
        INSERT INTO change_log (resource, record_id, action, after)
        VALUES ('user', NEW.user_id, 'logout', jsonb_build_object('reason', NEW.end_reason, 'session', NEW.id));
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION epic_events.refresh_mirror() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE role SET permissions = permissions;
    ELSIF TG_TABLE_NAME = 'role_permission' THEN
        UPDATE role SET permissions = permissions WHERE id IN (OLD.role_id, NEW.role_id);
    ELSE
        UPDATE role SET permissions = permissions
        WHERE id IN (SELECT g.role_id FROM role_permission g WHERE g.permission_id = NEW.id);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION epic_events.refuse_rewriting() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'the history is append-only: % is refused', lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE FUNCTION epic_events.revoke_everywhere() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'epic_events', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM role_permission WHERE permission_id = OLD.id;
    RETURN OLD;
END
$$;
CREATE FUNCTION epic_events.rules() RETURNS TABLE(tab text, name text, def text, broken_by text)
    LANGUAGE sql IMMUTABLE
    AS $$
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
CREATE TABLE epic_events.change_log (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    actor_id integer DEFAULT (NULLIF(current_setting('epev.actor_id'::text, true), ''::text))::integer,
    actor text DEFAULT COALESCE(NULLIF(current_setting('epev.actor'::text, true), ''::text), ('database '::text || (SESSION_USER)::text)) NOT NULL,
    session_id bigint DEFAULT (NULLIF(current_setting('epev.session_id'::text, true), ''::text))::bigint,
    resource text NOT NULL,
    record_id integer NOT NULL,
    action text NOT NULL,
    before jsonb,
    after jsonb
);
ALTER TABLE epic_events.change_log ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME epic_events.change_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.client (
    id integer NOT NULL,
    full_name character varying(128) NOT NULL,
    email character varying(128) NOT NULL,
    phone character varying(32),
    company_id integer,
    commercial_id integer NOT NULL,
    first_contact_date timestamp with time zone NOT NULL,
    last_contact_date timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL
);
ALTER TABLE epic_events.client ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.client_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.company (
    id integer NOT NULL,
    name character varying(128) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL
);
ALTER TABLE epic_events.company ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.company_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.contract (
    id integer NOT NULL,
    client_id integer NOT NULL,
    commercial_id integer NOT NULL,
    total_amount numeric(12,2) NOT NULL,
    remaining_amount numeric(12,2) NOT NULL,
    is_signed boolean DEFAULT false NOT NULL,
    is_fully_paid boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT contract_fully_paid_check CHECK ((is_fully_paid = (remaining_amount = (0)::numeric))),
    CONSTRAINT contract_remaining_amount_check CHECK ((remaining_amount >= (0)::numeric)),
    CONSTRAINT contract_remaining_total_check CHECK ((remaining_amount <= total_amount))
);
ALTER TABLE epic_events.contract ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.contract_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.event (
    id integer NOT NULL,
    title character varying(128) NOT NULL,
    contract_id integer NOT NULL,
    full_address character varying(256) NOT NULL,
    support_contact_id integer,
    start_date timestamp with time zone NOT NULL,
    end_date timestamp with time zone NOT NULL,
    participant_count integer DEFAULT 0 NOT NULL,
    notes text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    CONSTRAINT event_dates_check CHECK ((end_date > start_date)),
    CONSTRAINT event_participant_count_check CHECK ((participant_count >= 0))
);
ALTER TABLE epic_events.event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.login_attempt (
    username text NOT NULL,
    failures integer DEFAULT 0 NOT NULL,
    last_at timestamp with time zone DEFAULT now() NOT NULL,
    next_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE epic_events.permission (
    id integer NOT NULL,
    name character varying(64) NOT NULL
);
ALTER TABLE epic_events.permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.role (
    id integer NOT NULL,
    name character varying(32) NOT NULL,
    permissions text[] DEFAULT '{}'::text[] NOT NULL,
    version integer DEFAULT 1 NOT NULL
);
ALTER TABLE epic_events.role ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.role_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.role_permission (
    role_id integer NOT NULL,
    permission_id integer NOT NULL
);
CREATE TABLE epic_events.schema_version (
    id integer NOT NULL,
    version_id bigint NOT NULL,
    is_applied boolean NOT NULL,
    tstamp timestamp without time zone DEFAULT now() NOT NULL
);
ALTER TABLE epic_events.schema_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.schema_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.session (
    id bigint NOT NULL,
    user_id integer NOT NULL,
    token_hash bytea NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    renewed_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    end_reason text
);
ALTER TABLE epic_events.session ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME epic_events.session_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE epic_events.session_token (
    token_hash bytea NOT NULL,
    session_id bigint NOT NULL,
    replaced_at timestamp with time zone DEFAULT now() NOT NULL
);
CREATE TABLE epic_events.users (
    id integer NOT NULL,
    username character varying(64) NOT NULL,
    full_name character varying(128) NOT NULL,
    email character varying(255) NOT NULL,
    password_hash character varying(255) NOT NULL,
    role_id integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    last_login timestamp with time zone,
    refresh_token_hash character varying(255),
    version integer DEFAULT 1 NOT NULL
);
ALTER TABLE epic_events.users ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME epic_events.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (1, '2026-11-26 08:03:22.798004+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "client:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (2, '2026-11-26 08:03:22.800422+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "client:reassign"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (3, '2026-11-26 08:03:22.800945+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "client:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (4, '2026-11-26 08:03:22.801338+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "company:create"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (5, '2026-11-26 08:03:22.801713+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "company:delete"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (6, '2026-11-26 08:03:22.802104+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "company:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (7, '2026-11-26 08:03:22.802628+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "company:update"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (8, '2026-11-26 08:03:22.802799+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "company:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (9, '2026-11-26 08:03:22.802953+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "contract:create"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (10, '2026-11-26 08:03:22.803104+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "contract:delete"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (11, '2026-11-26 08:03:22.803243+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "contract:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (12, '2026-11-26 08:03:22.803379+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "contract:update"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (13, '2026-11-26 08:03:22.806497+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "contract:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (14, '2026-11-26 08:03:22.806734+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "event:assign_support"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (15, '2026-11-26 08:03:22.806905+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "event:delete"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (16, '2026-11-26 08:03:22.808564+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "event:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (17, '2026-11-26 08:03:22.808757+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "event:update"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (18, '2026-11-26 08:03:22.808917+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "event:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (19, '2026-11-26 08:03:22.809071+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "history:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (20, '2026-11-26 08:03:22.809214+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "role:assign"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (21, '2026-11-26 08:03:22.809363+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "role:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (22, '2026-11-26 08:03:22.809497+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "role:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (23, '2026-11-26 08:03:22.809629+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "user:create"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (24, '2026-11-26 08:03:22.809774+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "user:delete"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (25, '2026-11-26 08:03:22.809963+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "user:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (26, '2026-11-26 08:03:22.810126+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "user:update"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (27, '2026-11-26 08:03:22.810272+00', NULL, 'database epev', NULL, 'role', 1, 'grant', NULL, '{"permission": "user:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (28, '2026-11-26 08:03:22.812034+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "client:create"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (29, '2026-11-26 08:03:22.812216+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "client:delete:own"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (30, '2026-11-26 08:03:22.812359+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "client:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (31, '2026-11-26 08:03:22.812512+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "client:update:own"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (32, '2026-11-26 08:03:22.812873+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "client:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (33, '2026-11-26 08:03:22.81302+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "company:create"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (34, '2026-11-26 08:03:22.813159+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "company:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (35, '2026-11-26 08:03:22.813319+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "company:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (36, '2026-11-26 08:03:22.813446+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "contract:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (37, '2026-11-26 08:03:22.813572+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "contract:update:own"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (38, '2026-11-26 08:03:22.813696+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "contract:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (39, '2026-11-26 08:03:22.813829+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "event:create:own_client"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (40, '2026-11-26 08:03:22.813949+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "event:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (41, '2026-11-26 08:03:22.814065+00', NULL, 'database epev', NULL, 'role', 2, 'grant', NULL, '{"permission": "event:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (42, '2026-11-26 08:03:22.815142+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "client:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (43, '2026-11-26 08:03:22.815299+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "client:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (44, '2026-11-26 08:03:22.815441+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "company:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (45, '2026-11-26 08:03:22.815642+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "company:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (46, '2026-11-26 08:03:22.815777+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "contract:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (47, '2026-11-26 08:03:22.815898+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "contract:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (48, '2026-11-26 08:03:22.816025+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "event:list"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (49, '2026-11-26 08:03:22.816312+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "event:update:assigned"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (50, '2026-11-26 08:03:22.816463+00', NULL, 'database epev', NULL, 'role', 3, 'grant', NULL, '{"permission": "event:view"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (51, '2026-11-26 08:03:23.280504+00', NULL, 'database epev', NULL, 'user', 1, 'create', NULL, '{"id": 1, "email": "admin@epicevents.fr", "role_id": 1, "username": "admin.root", "full_name": "Admin Root", "is_active": true, "created_at": "2026-11-26T08:03:23.276139+00:00"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (52, '2026-11-26 08:03:23.86274+00', 1, 'admin.root', 48239000001, 'user', 1, 'login', NULL, NULL);
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (53, '2026-11-26 08:03:24.476837+00', 1, 'admin.root', 48239000001, 'user', 2, 'create', NULL, '{"id": 2, "email": "claire@epicevents.fr", "role_id": 2, "username": "claire.dubois", "full_name": "Claire Dubois", "is_active": true, "created_at": "2026-11-26T08:03:24.467308+00:00"}');
INSERT INTO epic_events.change_log OVERRIDING SYSTEM VALUE VALUES (54, '2026-11-26 08:03:24.493026+00', 1, 'admin.root', 48239000001, 'company', 1, 'create', NULL, '{"id": 1, "name": "Société Générale", "created_at": "2026-11-26T08:03:24.486666+00:00"}');
INSERT INTO epic_events.company VALUES (1, 'Société Générale', '2026-11-26 08:03:24.486666+00', '2026-11-26 08:03:24.486666+00', 1);
INSERT INTO epic_events.permission VALUES (1, 'client:create');
INSERT INTO epic_events.permission VALUES (2, 'client:create:assigned');
INSERT INTO epic_events.permission VALUES (3, 'client:create:own');
INSERT INTO epic_events.permission VALUES (4, 'client:delete');
INSERT INTO epic_events.permission VALUES (5, 'client:delete:assigned');
INSERT INTO epic_events.permission VALUES (6, 'client:delete:own');
INSERT INTO epic_events.permission VALUES (7, 'client:list');
INSERT INTO epic_events.permission VALUES (8, 'client:list:assigned');
INSERT INTO epic_events.permission VALUES (9, 'client:list:own');
INSERT INTO epic_events.permission VALUES (10, 'client:reassign');
INSERT INTO epic_events.permission VALUES (11, 'client:reassign:assigned');
INSERT INTO epic_events.permission VALUES (12, 'client:reassign:own');
INSERT INTO epic_events.permission VALUES (13, 'client:update');
INSERT INTO epic_events.permission VALUES (14, 'client:update:assigned');
INSERT INTO epic_events.permission VALUES (15, 'client:update:own');
INSERT INTO epic_events.permission VALUES (16, 'client:view');
INSERT INTO epic_events.permission VALUES (17, 'client:view:assigned');
INSERT INTO epic_events.permission VALUES (18, 'client:view:own');
INSERT INTO epic_events.permission VALUES (19, 'company:create');
INSERT INTO epic_events.permission VALUES (20, 'company:delete');
INSERT INTO epic_events.permission VALUES (21, 'company:list');
INSERT INTO epic_events.permission VALUES (22, 'company:update');
INSERT INTO epic_events.permission VALUES (23, 'company:view');
INSERT INTO epic_events.permission VALUES (24, 'contract:create');
INSERT INTO epic_events.permission VALUES (25, 'contract:create:assigned');
INSERT INTO epic_events.permission VALUES (26, 'contract:create:own');
INSERT INTO epic_events.permission VALUES (27, 'contract:delete');
INSERT INTO epic_events.permission VALUES (28, 'contract:delete:assigned');
INSERT INTO epic_events.permission VALUES (29, 'contract:delete:own');
INSERT INTO epic_events.permission VALUES (30, 'contract:list');
INSERT INTO epic_events.permission VALUES (31, 'contract:list:assigned');
INSERT INTO epic_events.permission VALUES (32, 'contract:list:own');
INSERT INTO epic_events.permission VALUES (33, 'contract:update');
INSERT INTO epic_events.permission VALUES (34, 'contract:update:assigned');
INSERT INTO epic_events.permission VALUES (35, 'contract:update:own');
INSERT INTO epic_events.permission VALUES (36, 'contract:view');
INSERT INTO epic_events.permission VALUES (37, 'contract:view:assigned');
INSERT INTO epic_events.permission VALUES (38, 'contract:view:own');
INSERT INTO epic_events.permission VALUES (39, 'event:assign_support');
INSERT INTO epic_events.permission VALUES (40, 'event:assign_support:assigned');
INSERT INTO epic_events.permission VALUES (41, 'event:assign_support:own_client');
INSERT INTO epic_events.permission VALUES (42, 'event:create');
INSERT INTO epic_events.permission VALUES (43, 'event:create:assigned');
INSERT INTO epic_events.permission VALUES (44, 'event:create:own_client');
INSERT INTO epic_events.permission VALUES (45, 'event:delete');
INSERT INTO epic_events.permission VALUES (46, 'event:delete:assigned');
INSERT INTO epic_events.permission VALUES (47, 'event:delete:own_client');
INSERT INTO epic_events.permission VALUES (48, 'event:list');
INSERT INTO epic_events.permission VALUES (49, 'event:list:assigned');
INSERT INTO epic_events.permission VALUES (50, 'event:list:own_client');
INSERT INTO epic_events.permission VALUES (51, 'event:update');
INSERT INTO epic_events.permission VALUES (52, 'event:update:assigned');
INSERT INTO epic_events.permission VALUES (53, 'event:update:own_client');
INSERT INTO epic_events.permission VALUES (54, 'event:view');
INSERT INTO epic_events.permission VALUES (55, 'event:view:assigned');
INSERT INTO epic_events.permission VALUES (56, 'event:view:own_client');
INSERT INTO epic_events.permission VALUES (57, 'history:view');
INSERT INTO epic_events.permission VALUES (58, 'role:assign');
INSERT INTO epic_events.permission VALUES (59, 'role:list');
INSERT INTO epic_events.permission VALUES (60, 'role:view');
INSERT INTO epic_events.permission VALUES (61, 'user:create');
INSERT INTO epic_events.permission VALUES (62, 'user:delete');
INSERT INTO epic_events.permission VALUES (63, 'user:list');
INSERT INTO epic_events.permission VALUES (64, 'user:update');
INSERT INTO epic_events.permission VALUES (65, 'user:view');
INSERT INTO epic_events.role VALUES (1, 'management', '{client:list,client:reassign,client:view,company:create,company:delete,company:list,company:update,company:view,contract:create,contract:delete,contract:list,contract:update,contract:view,event:assign_support,event:delete,event:list,event:update,event:view,history:view,role:assign,role:list,role:view,user:create,user:delete,user:list,user:update,user:view}', 2);
INSERT INTO epic_events.role VALUES (2, 'commercial', '{client:create,client:delete:own,client:list,client:update:own,client:view,company:create,company:list,company:view,contract:list,contract:update:own,contract:view,event:create:own_client,event:list,event:view}', 2);
INSERT INTO epic_events.role VALUES (3, 'support', '{client:list,client:view,company:list,company:view,contract:list,contract:view,event:list,event:update:assigned,event:view}', 2);
INSERT INTO epic_events.role_permission VALUES (1, 7);
INSERT INTO epic_events.role_permission VALUES (1, 10);
INSERT INTO epic_events.role_permission VALUES (1, 16);
INSERT INTO epic_events.role_permission VALUES (1, 19);
INSERT INTO epic_events.role_permission VALUES (1, 20);
INSERT INTO epic_events.role_permission VALUES (1, 21);
INSERT INTO epic_events.role_permission VALUES (1, 22);
INSERT INTO epic_events.role_permission VALUES (1, 23);
INSERT INTO epic_events.role_permission VALUES (1, 24);
INSERT INTO epic_events.role_permission VALUES (1, 27);
INSERT INTO epic_events.role_permission VALUES (1, 30);
INSERT INTO epic_events.role_permission VALUES (1, 33);
INSERT INTO epic_events.role_permission VALUES (1, 36);
INSERT INTO epic_events.role_permission VALUES (1, 39);
INSERT INTO epic_events.role_permission VALUES (1, 45);
INSERT INTO epic_events.role_permission VALUES (1, 48);
INSERT INTO epic_events.role_permission VALUES (1, 51);
INSERT INTO epic_events.role_permission VALUES (1, 54);
INSERT INTO epic_events.role_permission VALUES (1, 57);
INSERT INTO epic_events.role_permission VALUES (1, 58);
INSERT INTO epic_events.role_permission VALUES (1, 59);
INSERT INTO epic_events.role_permission VALUES (1, 60);
INSERT INTO epic_events.role_permission VALUES (1, 61);
INSERT INTO epic_events.role_permission VALUES (1, 62);
INSERT INTO epic_events.role_permission VALUES (1, 63);
INSERT INTO epic_events.role_permission VALUES (1, 64);
INSERT INTO epic_events.role_permission VALUES (1, 65);
INSERT INTO epic_events.role_permission VALUES (2, 1);
INSERT INTO epic_events.role_permission VALUES (2, 6);
INSERT INTO epic_events.role_permission VALUES (2, 7);
INSERT INTO epic_events.role_permission VALUES (2, 15);
INSERT INTO epic_events.role_permission VALUES (2, 16);
INSERT INTO epic_events.role_permission VALUES (2, 19);
INSERT INTO epic_events.role_permission VALUES (2, 21);
INSERT INTO epic_events.role_permission VALUES (2, 23);
INSERT INTO epic_events.role_permission VALUES (2, 30);
INSERT INTO epic_events.role_permission VALUES (2, 35);
INSERT INTO epic_events.role_permission VALUES (2, 36);
INSERT INTO epic_events.role_permission VALUES (2, 44);
INSERT INTO epic_events.role_permission VALUES (2, 48);
INSERT INTO epic_events.role_permission VALUES (2, 54);
INSERT INTO epic_events.role_permission VALUES (3, 7);
INSERT INTO epic_events.role_permission VALUES (3, 16);
INSERT INTO epic_events.role_permission VALUES (3, 21);
INSERT INTO epic_events.role_permission VALUES (3, 23);
INSERT INTO epic_events.role_permission VALUES (3, 30);
INSERT INTO epic_events.role_permission VALUES (3, 36);
INSERT INTO epic_events.role_permission VALUES (3, 48);
INSERT INTO epic_events.role_permission VALUES (3, 52);
INSERT INTO epic_events.role_permission VALUES (3, 54);
INSERT INTO epic_events.schema_version VALUES (1, 0, true, '2026-11-26 08:03:22.358181');
INSERT INTO epic_events.schema_version VALUES (2, 1, true, '2026-11-26 08:03:22.37285');
INSERT INTO epic_events.schema_version VALUES (3, 2, true, '2026-11-26 08:03:22.422942');
INSERT INTO epic_events.schema_version VALUES (4, 3, true, '2026-11-26 08:03:22.528857');
INSERT INTO epic_events.schema_version VALUES (5, 4, true, '2026-11-26 08:03:22.541632');
INSERT INTO epic_events.schema_version VALUES (6, 5, true, '2026-11-26 08:03:22.606777');
INSERT INTO epic_events.schema_version VALUES (7, 6, true, '2026-11-26 08:03:22.76623');
INSERT INTO epic_events.session OVERRIDING SYSTEM VALUE VALUES (48239000001, 1, '\x8d7b87461dd9357aca75e28491ef7f7087facd3d8fed0520f17ea57551a0ae1b', '2026-11-26 08:03:23.858216+00', '2026-11-26 08:03:23.858216+00', '2026-11-27 08:03:23.861273+00', NULL, NULL);
INSERT INTO epic_events.users VALUES (1, 'admin.root', 'Admin Root', 'admin@epicevents.fr', '$2a$12$ShpJRgvRyaZwToCsoSzBsOnVXsYlrSI2ueGPuc3RfdcB6vk2qTah2', 1, '2026-11-26 08:03:23.276139+00', '2026-11-26 08:03:23.276139+00', true, '2026-11-26 08:03:23.858216+00', NULL, 1);
INSERT INTO epic_events.users VALUES (2, 'claire.dubois', 'Claire Dubois', 'claire@epicevents.fr', '$2a$12$oKeMd6J8GGcshHlxxSWqxO2aiWmxBRKQq.2cFb6/JUCm6WfWvliPW', 2, '2026-11-26 08:03:24.467308+00', '2026-11-26 08:03:24.467308+00', true, NULL, NULL, 1);
SELECT pg_catalog.setval('epic_events.change_log_id_seq', 54, true);
SELECT pg_catalog.setval('epic_events.client_id_seq', 1, false);
SELECT pg_catalog.setval('epic_events.company_id_seq', 1, true);
SELECT pg_catalog.setval('epic_events.contract_id_seq', 1, false);
SELECT pg_catalog.setval('epic_events.event_id_seq', 1, false);
SELECT pg_catalog.setval('epic_events.permission_id_seq', 65, true);
SELECT pg_catalog.setval('epic_events.role_id_seq', 3, true);
SELECT pg_catalog.setval('epic_events.schema_version_id_seq', 7, true);
SELECT pg_catalog.setval('epic_events.session_id_seq', 48239000001, true);
SELECT pg_catalog.setval('epic_events.users_id_seq', 2, true);
ALTER TABLE ONLY epic_events.change_log
    ADD CONSTRAINT change_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.client
    ADD CONSTRAINT client_email_key UNIQUE (email);
ALTER TABLE ONLY epic_events.client
    ADD CONSTRAINT client_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.company
    ADD CONSTRAINT company_name_key UNIQUE (name);
ALTER TABLE ONLY epic_events.company
    ADD CONSTRAINT company_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.contract
    ADD CONSTRAINT contract_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.login_attempt
    ADD CONSTRAINT login_attempt_pkey PRIMARY KEY (username);
ALTER TABLE ONLY epic_events.permission
    ADD CONSTRAINT permission_name_key UNIQUE (name);
ALTER TABLE ONLY epic_events.permission
    ADD CONSTRAINT permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.role
    ADD CONSTRAINT role_name_key UNIQUE (name);
ALTER TABLE ONLY epic_events.role_permission
    ADD CONSTRAINT role_permission_pkey PRIMARY KEY (role_id, permission_id);
ALTER TABLE ONLY epic_events.role
    ADD CONSTRAINT role_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.session
    ADD CONSTRAINT session_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY epic_events.session_token
    ADD CONSTRAINT session_token_pkey PRIMARY KEY (token_hash);
ALTER TABLE ONLY epic_events.users
    ADD CONSTRAINT users_email_key UNIQUE (email);
ALTER TABLE ONLY epic_events.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);
ALTER TABLE ONLY epic_events.users
    ADD CONSTRAINT users_username_key UNIQUE (username);
CREATE INDEX change_log_by_record ON epic_events.change_log USING btree (resource, record_id, id);
CREATE INDEX client_by_commercial ON epic_events.client USING btree (commercial_id, id);
CREATE INDEX client_by_company ON epic_events.client USING btree (company_id, id);
CREATE INDEX client_by_creation ON epic_events.client USING btree (created_at, id);
CREATE INDEX client_by_email ON epic_events.client USING btree (epic_events.fold((email)::text) COLLATE "C", id);
CREATE INDEX client_by_first_contact ON epic_events.client USING btree (first_contact_date, id);
CREATE INDEX client_by_last_contact ON epic_events.client USING btree (COALESCE(last_contact_date, 'infinity'::timestamp with time zone), id);
CREATE INDEX client_by_name ON epic_events.client USING btree (epic_events.fold((full_name)::text) COLLATE "C", id);
CREATE INDEX client_by_phone ON epic_events.client USING btree (COALESCE(phone, '~'::character varying) COLLATE "C", id);
CREATE INDEX client_by_update ON epic_events.client USING btree (updated_at, id);
CREATE UNIQUE INDEX client_email_lower_key ON epic_events.client USING btree (lower((email)::text));
CREATE INDEX client_search ON epic_events.client USING gin (epic_events.fold((full_name)::text) epic_events.gin_trgm_ops, epic_events.fold((email)::text) epic_events.gin_trgm_ops, phone epic_events.gin_trgm_ops);
CREATE INDEX company_by_creation ON epic_events.company USING btree (created_at, id);
CREATE INDEX company_by_name ON epic_events.company USING btree (epic_events.fold((name)::text) COLLATE "C", id);
CREATE INDEX company_by_update ON epic_events.company USING btree (updated_at, id);
CREATE INDEX company_search ON epic_events.company USING gin (epic_events.fold((name)::text) epic_events.gin_trgm_ops);
CREATE INDEX contract_by_client ON epic_events.contract USING btree (client_id, id);
CREATE INDEX contract_by_commercial ON epic_events.contract USING btree (commercial_id, id);
CREATE INDEX contract_by_creation ON epic_events.contract USING btree (created_at, id);
CREATE INDEX contract_by_payment ON epic_events.contract USING btree (is_fully_paid, id);
CREATE INDEX contract_by_remaining ON epic_events.contract USING btree (remaining_amount, id);
CREATE INDEX contract_by_signature ON epic_events.contract USING btree (is_signed, id);
CREATE INDEX contract_by_total ON epic_events.contract USING btree (total_amount, id);
CREATE INDEX contract_by_update ON epic_events.contract USING btree (updated_at, id);
CREATE INDEX contract_unpaid ON epic_events.contract USING btree (id) WHERE (remaining_amount > (0)::numeric);
CREATE INDEX event_by_address ON epic_events.event USING btree (epic_events.fold((full_address)::text) COLLATE "C", id);
CREATE INDEX event_by_contract ON epic_events.event USING btree (contract_id, id);
CREATE INDEX event_by_creation ON epic_events.event USING btree (created_at, id);
CREATE INDEX event_by_end ON epic_events.event USING btree (end_date, id) INCLUDE (start_date);
CREATE INDEX event_by_participants ON epic_events.event USING btree (participant_count, id);
CREATE INDEX event_by_start ON epic_events.event USING btree (start_date, id);
CREATE INDEX event_by_support ON epic_events.event USING btree (support_contact_id, id) INCLUDE (contract_id);
CREATE INDEX event_by_title ON epic_events.event USING btree (epic_events.fold((title)::text) COLLATE "C", id);
CREATE INDEX event_by_update ON epic_events.event USING btree (updated_at, id);
CREATE INDEX event_search ON epic_events.event USING gin (epic_events.fold((title)::text) epic_events.gin_trgm_ops, epic_events.fold((full_address)::text) epic_events.gin_trgm_ops);
CREATE INDEX event_unassigned ON epic_events.event USING btree (id) WHERE (support_contact_id IS NULL);
CREATE INDEX session_by_end ON epic_events.session USING btree (COALESCE(ended_at, expires_at));
CREATE INDEX session_by_user ON epic_events.session USING btree (user_id, id);
CREATE INDEX session_token_by_session ON epic_events.session_token USING btree (session_id);
CREATE INDEX users_by_role ON epic_events.users USING btree (role_id, id);
CREATE UNIQUE INDEX users_email_lower_key ON epic_events.users USING btree (lower((email)::text));
CREATE TRIGGER mirror_permissions BEFORE INSERT OR UPDATE ON epic_events.role FOR EACH ROW EXECUTE FUNCTION epic_events.mirror_permissions();
CREATE TRIGGER next_version BEFORE UPDATE ON epic_events.client FOR EACH ROW EXECUTE FUNCTION epic_events.next_version();
CREATE TRIGGER next_version BEFORE UPDATE ON epic_events.company FOR EACH ROW EXECUTE FUNCTION epic_events.next_version();
CREATE TRIGGER next_version BEFORE UPDATE ON epic_events.contract FOR EACH ROW EXECUTE FUNCTION epic_events.next_version();
CREATE TRIGGER next_version BEFORE UPDATE ON epic_events.event FOR EACH ROW EXECUTE FUNCTION epic_events.next_version();
CREATE TRIGGER next_version BEFORE UPDATE ON epic_events.role FOR EACH ROW EXECUTE FUNCTION epic_events.next_version();
CREATE TRIGGER next_version BEFORE UPDATE ON epic_events.users FOR EACH ROW EXECUTE FUNCTION epic_events.next_version();
CREATE TRIGGER record_change AFTER INSERT OR DELETE OR UPDATE ON epic_events.client FOR EACH ROW EXECUTE FUNCTION epic_events.record_change();
CREATE TRIGGER record_change AFTER INSERT OR DELETE OR UPDATE ON epic_events.company FOR EACH ROW EXECUTE FUNCTION epic_events.record_change();
CREATE TRIGGER record_change AFTER INSERT OR DELETE OR UPDATE ON epic_events.contract FOR EACH ROW EXECUTE FUNCTION epic_events.record_change();
CREATE TRIGGER record_change AFTER INSERT OR DELETE OR UPDATE ON epic_events.event FOR EACH ROW EXECUTE FUNCTION epic_events.record_change();
CREATE TRIGGER record_change AFTER INSERT OR DELETE OR UPDATE ON epic_events.users FOR EACH ROW EXECUTE FUNCTION epic_events.record_change();
CREATE TRIGGER record_grant AFTER INSERT OR DELETE OR UPDATE ON epic_events.role_permission FOR EACH ROW EXECUTE FUNCTION epic_events.record_grant();
CREATE TRIGGER record_session AFTER INSERT OR UPDATE ON epic_events.session FOR EACH ROW EXECUTE FUNCTION epic_events.record_session();
CREATE TRIGGER refresh_mirror AFTER UPDATE OF name ON epic_events.permission FOR EACH ROW EXECUTE FUNCTION epic_events.refresh_mirror();
CREATE TRIGGER refresh_mirror AFTER INSERT OR DELETE OR UPDATE ON epic_events.role_permission FOR EACH ROW EXECUTE FUNCTION epic_events.refresh_mirror();
CREATE TRIGGER refresh_mirror_emptied AFTER TRUNCATE ON epic_events.role_permission FOR EACH STATEMENT EXECUTE FUNCTION epic_events.refresh_mirror();
CREATE TRIGGER refuse_rewriting BEFORE DELETE OR UPDATE OR TRUNCATE ON epic_events.change_log FOR EACH STATEMENT EXECUTE FUNCTION epic_events.refuse_rewriting();
ALTER TABLE epic_events.change_log ENABLE ALWAYS TRIGGER refuse_rewriting;
CREATE TRIGGER revoke_everywhere BEFORE DELETE ON epic_events.permission FOR EACH ROW EXECUTE FUNCTION epic_events.revoke_everywhere();
ALTER TABLE ONLY epic_events.client
    ADD CONSTRAINT client_commercial_id_fkey FOREIGN KEY (commercial_id) REFERENCES epic_events.users(id) ON DELETE RESTRICT;
ALTER TABLE ONLY epic_events.client
    ADD CONSTRAINT client_company_id_fkey FOREIGN KEY (company_id) REFERENCES epic_events.company(id) ON DELETE SET NULL;
ALTER TABLE ONLY epic_events.contract
    ADD CONSTRAINT contract_client_id_fkey FOREIGN KEY (client_id) REFERENCES epic_events.client(id) ON DELETE RESTRICT;
ALTER TABLE ONLY epic_events.contract
    ADD CONSTRAINT contract_commercial_id_fkey FOREIGN KEY (commercial_id) REFERENCES epic_events.users(id) ON DELETE RESTRICT;
ALTER TABLE ONLY epic_events.event
    ADD CONSTRAINT event_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES epic_events.contract(id) ON DELETE CASCADE;
ALTER TABLE ONLY epic_events.event
    ADD CONSTRAINT event_support_contact_id_fkey FOREIGN KEY (support_contact_id) REFERENCES epic_events.users(id) ON DELETE SET NULL;
ALTER TABLE ONLY epic_events.role_permission
    ADD CONSTRAINT role_permission_permission_id_fkey FOREIGN KEY (permission_id) REFERENCES epic_events.permission(id) ON DELETE CASCADE;
ALTER TABLE ONLY epic_events.role_permission
    ADD CONSTRAINT role_permission_role_id_fkey FOREIGN KEY (role_id) REFERENCES epic_events.role(id) ON DELETE CASCADE;
ALTER TABLE ONLY epic_events.session_token
    ADD CONSTRAINT session_token_session_id_fkey FOREIGN KEY (session_id) REFERENCES epic_events.session(id) ON DELETE CASCADE;
ALTER TABLE ONLY epic_events.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES epic_events.users(id) ON DELETE CASCADE;
ALTER TABLE ONLY epic_events.users
    ADD CONSTRAINT users_role_id_fkey FOREIGN KEY (role_id) REFERENCES epic_events.role(id) ON DELETE RESTRICT;
-- PostgreSQL database dump complete
