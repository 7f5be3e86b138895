-- adopt makes the rules hold as far as the rows allow. It returns one row for each rule that some rows break: what they
-- are, how many, the first ids, what that means, and what mends them. A check or reference that is NOT VALID binds what
-- is written from now on; a unique key cannot.
--
-- What is there already takes the rule's name. Two checks may be the same although they are written in two ways. To see
-- it, PostgreSQL is asked how it understands the rule's check, on an empty table with the same columns.
CREATE FUNCTION epic_events.adopt() RETURNS TABLE (broken_by text, row_count bigint, first_ids bigint[], consequence text, mend text)
LANGUAGE plpgsql SET search_path = pg_catalog, epic_events, pg_temp AS $$
DECLARE
    r         record;
    canonical text;
    same      name;
    other     name;
    key       text;
    broken    text;
    told      CONSTANT text := 'they stay as they are and are to be mended';
    bound     CONSTANT text := 'they stay readable and must be mended when they are next changed';
    shared    CONSTANT text := 'they work on as they are, and no other is let in';
    unlisted  CONSTANT text := 'they are in no list, are viewed by their id, and must be mended when they are next changed';
    belongs   CONSTANT text := '^(client\.commercial_id|contract\.(client|commercial)_id|event\.contract_id)$'; -- what a list reads along
    unbound   CONSTANT text := 'they stay readable, and the rule holds for nobody until they are mended and db-create is run again';
BEGIN
    FOR r IN
        SELECT rule.tab::regclass AS tab, rule.name, rule.def, rule.broken_by, rule.mend,
            coalesce(substring(rule.def FROM '^(UNIQUE|CHECK|FOREIGN|TAKEN|TOLD|TEXT)'), 'INDEX') AS kind
        FROM rules() AS rule
    LOOP
        key := substring(r.def FROM '\((\w+)\)');
        canonical := r.def;
        IF r.kind = 'CHECK' THEN
            EXECUTE format('CREATE TABLE epic_events.epev_probe (LIKE %s, CONSTRAINT epev_probe %s)', r.tab, r.def);
            SELECT pg_get_constraintdef(oid) INTO canonical FROM pg_constraint WHERE conname = 'epev_probe' AND conrelid = 'epev_probe'::regclass;
            DROP TABLE epic_events.epev_probe;
        ELSIF r.kind = 'UNIQUE' THEN
            -- SQLAlchemy makes a bare unique index of unique=True, index=True.
            SELECT c.relname INTO other
            FROM pg_index i
            JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
            JOIN pg_class c ON c.oid = i.indexrelid
            JOIN pg_am am ON am.oid = c.relam AND am.amname = 'btree'
            WHERE i.indrelid = r.tab AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indnatts = 1
              AND i.indpred IS NULL AND i.indoption[0] = 0 AND format('UNIQUE (%s)', a.attname) = r.def
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND conindid = i.indexrelid)
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND contype = 'u' AND pg_get_constraintdef(oid) = r.def);
            IF FOUND THEN
                EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I UNIQUE USING INDEX %I', r.tab, r.name || '_adopted', other);
            END IF;
        END IF;

        IF r.kind IN ('UNIQUE', 'CHECK', 'FOREIGN') THEN
            SELECT conname INTO same
            FROM pg_constraint
            WHERE conrelid = r.tab AND replace(pg_get_constraintdef(oid), ' NOT VALID', '') = canonical
            ORDER BY conname <> r.name, conname
            LIMIT 1;
            IF r.kind = 'FOREIGN' THEN -- the same reference with another fate on deletion, or once more
                FOR other IN
                    SELECT conname FROM pg_constraint
                    WHERE conrelid = r.tab AND contype = 'f' AND conname IS DISTINCT FROM same
                      AND split_part(pg_get_constraintdef(oid), ' REFERENCES', 1) = split_part(r.def, ' REFERENCES', 1)
                LOOP
                    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', r.tab, other);
                END LOOP;
            END IF;
            IF same IS DISTINCT FROM r.name THEN
                IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND conname = r.name) THEN
                    EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', r.tab, r.name, r.name || '_before');
                END IF;
                IF same IS NOT NULL THEN
                    EXECUTE format('ALTER TABLE %s RENAME CONSTRAINT %I TO %I', r.tab, same, r.name);
                END IF;
            END IF;
            CONTINUE WHEN EXISTS (SELECT FROM pg_constraint WHERE conrelid = r.tab AND conname = r.name AND convalidated);
        ELSIF r.kind = 'INDEX' THEN
            CONTINUE WHEN to_regclass(r.name) IS NOT NULL;
        ELSIF r.kind = 'TAKEN' THEN
            CONTINUE WHEN NOT EXISTS (SELECT FROM taken WHERE rule = r.name AND holders > 1);
        END IF;

        broken := breaking(r.tab, r.def);
        EXECUTE format('SELECT count(*), (array_agg(id ORDER BY id))[:5] FROM (%s) AS b', broken) INTO row_count, first_ids;

        IF r.kind IN ('CHECK', 'FOREIGN') AND same IS NULL THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', r.tab, r.name, r.def);
        END IF;
        IF row_count > 0 THEN
            CONTINUE WHEN r.kind IN ('UNIQUE', 'INDEX') AND EXISTS ( -- take() binds all the same
                SELECT FROM rules() AS rule WHERE rule.tab::regclass = r.tab AND rule.def = format('TAKEN (%s)', key));
            broken_by := r.broken_by;
            mend := r.mend;
            consequence := CASE WHEN r.kind = 'TAKEN' THEN shared WHEN r.kind IN ('TOLD', 'TEXT') THEN told
                WHEN r.kind = 'FOREIGN' AND format('%s.%s', r.tab, key) ~ belongs THEN unlisted
                WHEN r.kind IN ('CHECK', 'FOREIGN') THEN bound ELSE unbound END;
            RETURN NEXT;
        ELSIF r.kind IN ('CHECK', 'FOREIGN') THEN
            EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', r.tab, r.name);
        ELSIF r.kind = 'UNIQUE' THEN
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', r.tab, r.name, r.def);
        ELSIF r.kind = 'INDEX' THEN
            EXECUTE format('CREATE UNIQUE INDEX %I ON %s (%s)', r.name, r.tab, r.def);
        END IF;
    END LOOP;

    -- Columns that need a value.
    FOR r IN SELECT required.tab, required.col, format('%s_%s_required', required.tab, required.col) AS name, required.mend FROM required()
    LOOP
        EXECUTE format('SELECT count(*), (array_agg(id ORDER BY id))[:5] FROM %s WHERE %I IS NULL', r.tab, r.col)
        INTO row_count, first_ids;
        -- An older epev bound the next change by it, even that of another field, or a login.
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', r.tab, r.name);
        IF row_count = 0 THEN
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL', r.tab, r.col);
            CONTINUE;
        END IF;
        broken_by := format('rows of %s without %s', r.tab, r.col);
        consequence := CASE WHEN r.col = ANY (given()) THEN 'the next change of each gives it one'
            WHEN format('%s.%s', r.tab, r.col) ~ belongs THEN unlisted ELSE told END;
        mend := r.mend;
        RETURN NEXT;
    END LOOP;

    SELECT 'roles whose permissions column differs from their grants', count(*), (array_agg(ro.id ORDER BY ro.id))[:5],
        'the grants count, and the column follows when the role is next changed', ''
    INTO broken_by, row_count, first_ids, consequence, mend
    FROM role ro
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(p.name::text), '{}') AS codes
        FROM role_permission g JOIN permission p ON p.id = g.permission_id
        WHERE g.role_id = ro.id
    ) AS granted
    WHERE NOT (granted.codes @> ro.permissions::text[] AND granted.codes <@ ro.permissions::text[]);
    IF row_count > 0 THEN
        RETURN NEXT;
    END IF;
END
$$;
