-- What epev cannot work with in tables that are there already, one sentence a row: a column that is missing, or of
-- a type of another kind. Any width of the right kind does, and any domain over it.
WITH wanted (tab, kind, cols, added) AS (VALUES
    ('role', 'number', '{id}', false), ('role', 'text', '{name}', false), ('role', 'texts', '{permissions}', true),
    ('permission', 'number', '{id}', false), ('permission', 'text', '{name}', false),
    ('role_permission', 'number', '{role_id,permission_id}', false),
    ('users', 'number', '{id,role_id}', false), ('users', 'text', '{username,full_name,email,password_hash}', false),
    ('users', 'time', '{created_at,updated_at}', false), ('users', 'time', '{last_login}', true),
    ('users', 'flag', '{is_active}', true), ('users', 'text', '{refresh_token_hash}', true),
    ('company', 'number', '{id}', false), ('company', 'text', '{name}', false), ('company', 'time', '{created_at,updated_at}', false),
    ('client', 'number', '{id,commercial_id}', false), ('client', 'number', '{company_id}', true),
    ('client', 'text', '{full_name,email}', false), ('client', 'text', '{phone}', true),
    ('client', 'time', '{first_contact_date,created_at,updated_at}', false), ('client', 'time', '{last_contact_date}', true),
    ('contract', 'number', '{id,client_id,commercial_id}', false), ('contract', 'amount', '{total_amount,remaining_amount}', false),
    ('contract', 'flag', '{is_signed,is_fully_paid}', false), ('contract', 'time', '{created_at,updated_at}', false),
    ('event', 'number', '{id,contract_id,participant_count}', false), ('event', 'number', '{support_contact_id}', true),
    ('event', 'text', '{title,full_address}', false), ('event', 'text', '{notes}', true),
    ('event', 'time', '{start_date,end_date,created_at,updated_at}', false)
), kinds (kind, types, needs) AS (VALUES
    ('number', '{smallint,integer,bigint}'::regtype[], 'a whole number'),
    ('text', '{text,varchar}', 'text or varchar'),
    ('texts', '{text[],varchar[]}', 'an array of text or varchar'),
    ('time', '{timestamptz}', 'timestamp with time zone'),
    ('amount', '{numeric}', 'numeric with two decimals or more'),
    ('flag', '{boolean}', 'boolean')
), found AS (
    SELECT w.tab, c.oid, c.relkind, col, w.added, k.types, k.needs, a.attnum, format_type(a.atttypid, a.atttypmod) AS is,
        coalesce(nullif(t.typbasetype, 0), t.oid)::regtype AS base,
        CASE t.typbasetype WHEN 0 THEN a.atttypmod ELSE t.typtypmod END AS width
    FROM wanted w
    JOIN kinds k USING (kind)
    JOIN pg_class c ON c.relname = w.tab AND c.relnamespace = to_regnamespace('epic_events')
    CROSS JOIN unnest(w.cols::text[]) AS col
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = col AND NOT a.attisdropped
    LEFT JOIN pg_type t ON t.oid = a.atttypid
)
SELECT format('%s is no table', tab) AS unfit FROM found WHERE relkind NOT IN ('r', 'p')
UNION
SELECT format('%s has no column %s', tab, col) FROM found WHERE relkind IN ('r', 'p') AND attnum IS NULL AND NOT added
UNION
SELECT format('%s.%s is %s, and must be %s', tab, col, "is", needs)
FROM found
-- The scale is in the low bits of the width, behind a header of four bytes.
WHERE relkind IN ('r', 'p') AND attnum IS NOT NULL
    AND (base <> ALL (types) OR base = 'numeric'::regtype AND width > 0 AND ((((width - 4) & 2047) # 1024) - 1024) NOT BETWEEN 2 AND 1000)
UNION
SELECT format('%s has no primary key on its id', tab)
FROM found
WHERE relkind IN ('r', 'p') AND col = 'id' AND attnum IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = found.oid AND i.indisunique AND i.indisvalid
        AND i.indnkeyatts = 1 AND i.indkey[0] = found.attnum AND i.indpred IS NULL)
ORDER BY unfit
