-- What several statements share: views and functions that PostgreSQL puts into them, so that they are planned as one. A db-create that
-- makes a migration makes them anew: what a noun is given later is written in here. The query schema.unshare names them all, and drops
-- them before. This file is long because the views and functions of all nouns are read side by side.
SET LOCAL search_path = epic_events, pg_catalog;

-- The ids that begin with some digits, as ranges; none without digits.
CREATE FUNCTION ids_with(digits text) RETURNS TABLE (first bigint, beyond bigint)
LANGUAGE sql IMMUTABLE ROWS 10 AS $$
    SELECT nullif(digits, '')::bigint * scale.n, (nullif(digits, '')::bigint + 1) * scale.n
    FROM (VALUES (1::bigint), (10), (100), (1000), (10000), (100000), (1000000), (10000000), (100000000), (1000000000)) AS scale (n)
    WHERE digits <> ''
$$;

-- What a list is searched by. The functions "with" and "named" tell which records have a first word, a pattern for a
-- search_key, and perhaps digits or an amount. Those called "has" tell whether a record has every word somewhere.

-- Clients of that name, or of a company of that name.
CREATE FUNCTION clients_named(part text) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM client m WHERE search_key(m.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM company n JOIN client m ON m.company_id = n.id WHERE search_key(n.name) LIKE part
$$;

-- Clients of a commercial of that name, and by the digits that ids begin with.
CREATE FUNCTION clients_with(part text, digits text) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM users n JOIN client m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN client m ON m.id >= i.first AND m.id < i.beyond
$$;

CREATE FUNCTION client_has(record bigint, name text, address text, telephone text, company bigint, commercial bigint,
    parts text[], digits text[], phones text[]) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits) OR w.phone <> '' AND coalesce(telephone ~ w.phone, false))
    FROM (
        SELECT search_key(concat_ws(' ', client_has.name, address, y.name, u.username, u.full_name)) AS text
        FROM users u LEFT JOIN company y ON y.id = company
        WHERE u.id = commercial
        OFFSET 0
    ) s, unnest(parts, digits, phones) AS w (part, digits, phone)
$$;

-- Contracts by their commercial of that name, by that amount, by an event there if events are searched, and by the
-- digits that ids begin with.
CREATE FUNCTION contracts_with(part text, digits text, low numeric, high numeric, events boolean) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM users n JOIN contract m ON m.commercial_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM contract m WHERE m.total_amount BETWEEN low AND high OR m.remaining_amount BETWEEN low AND high
    UNION ALL
    SELECT m.contract_id FROM event m
    WHERE events AND low IS NULL AND search_key(m.title || ' ' || m.full_address || ' ' || coalesce(m.notes, '')) LIKE part
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN contract m ON m.id >= i.first AND m.id < i.beyond
$$;

CREATE FUNCTION contract_has(record bigint, client bigint, commercial bigint, total numeric, remaining numeric,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[], events boolean) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits)
        OR CASE WHEN w.low IS NULL -- a number is an amount, or one of the names
            THEN events AND EXISTS (SELECT FROM event e WHERE e.contract_id = record
                AND search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE w.part)
            ELSE total BETWEEN w.low AND w.high OR remaining BETWEEN w.low AND w.high END)
    FROM (
        SELECT search_key(concat_ws(' ', c.full_name, y.name, u.username, u.full_name)) AS text
        FROM users u JOIN client c ON c.id = contract_has.client LEFT JOIN company y ON y.id = c.company_id
        WHERE u.id = commercial
        OFFSET 0
    ) s, unnest(parts, digits, amounts_from, amounts_to) AS w (part, digits, low, high)
$$;

-- Events by clients, companies, commercials and support contacts of that name, by contracts of that amount, and by the digits that ids
-- begin with. They may be found by what they say themselves, too.
CREATE FUNCTION events_with(themselves boolean, part text, digits text, low numeric, high numeric) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM event m WHERE themselves AND search_key(m.title || ' ' || m.full_address || ' ' || coalesce(m.notes, '')) LIKE part
    UNION ALL
    SELECT m.id FROM event m WHERE m.contract_id = ANY (ARRAY(
        SELECT n.id FROM contract n WHERE n.client_id = ANY (ARRAY(
            SELECT m.id FROM clients_named(part) m
            UNION ALL
            SELECT m.id FROM clients_with(part, '') m))
        UNION ALL
        SELECT n.id FROM contract n WHERE n.total_amount BETWEEN low AND high OR n.remaining_amount BETWEEN low AND high))
    UNION ALL
    SELECT m.id FROM users n JOIN event m ON m.support_contact_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN event m ON m.id >= i.first AND m.id < i.beyond
$$;

CREATE FUNCTION event_has(record bigint, title text, address text, notes text, contract bigint, support bigint,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[]) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(s.text LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits)
        OR coalesce(s.total_amount BETWEEN w.low AND w.high OR s.remaining_amount BETWEEN w.low AND w.high, false))
    FROM (
        SELECT search_key(concat_ws(' ', event_has.title, address, event_has.notes, c.full_name, y.name, u.username, u.full_name, h.username, h.full_name)) AS text,
            k.total_amount, k.remaining_amount
        FROM contract k
        JOIN client c ON c.id = k.client_id
        JOIN users u ON u.id = c.commercial_id
        LEFT JOIN company y ON y.id = c.company_id
        LEFT JOIN users h ON h.id = support
        WHERE k.id = event_has.contract
        OFFSET 0
    ) s, unnest(parts, digits, amounts_from, amounts_to) AS w (part, digits, low, high)
$$;

-- Payments by clients, companies and commercials of that name, by their amounts whatever their sign, and by the digits that ids begin with.
CREATE FUNCTION payments_with(part text, digits text, low numeric, high numeric) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM payment m WHERE m.contract_id = ANY (ARRAY(
        SELECT n.id FROM contract n WHERE n.client_id = ANY (ARRAY(SELECT m.id FROM clients_named(part) m))
        UNION ALL
        SELECT n.id FROM users u JOIN contract n ON n.commercial_id = u.id WHERE search_key(u.username) LIKE part))
    UNION ALL
    SELECT m.id FROM payment m WHERE sort_key(m.amount, false) BETWEEN low AND high
    UNION ALL
    SELECT m.id FROM payment m WHERE sort_key(m.amount, false) BETWEEN -high AND -low
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN payment m ON m.id >= i.first AND m.id < i.beyond
$$;

CREATE FUNCTION payment_has(record bigint, amount numeric, client bigint, commercial text, says text,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[]) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(says LIKE w.part OR s.text LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits)
        OR coalesce(abs(amount) BETWEEN w.low AND w.high, false))
    FROM (
        SELECT search_key(concat_ws(' ', c.full_name, y.name, payment_has.commercial)) AS text
        FROM (VALUES (0)) AS one LEFT JOIN client c ON c.id = payment_has.client LEFT JOIN company y ON y.id = c.company_id
        OFFSET 0
    ) s, unnest(parts, digits, amounts_from, amounts_to) AS w (part, digits, low, high)
$$;

-- Notes by what they say, by the name of what they are about, by their author, and by the digits that ids begin with.
CREATE FUNCTION notes_with(part text, digits text) RETURNS TABLE (id bigint)
LANGUAGE sql STABLE AS $$
    SELECT m.id FROM note m WHERE search_key(m.text) LIKE part
    UNION ALL
    SELECT m.id FROM client n JOIN note m ON m.client_id = n.id WHERE search_key(n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM company n JOIN note m ON m.company_id = n.id WHERE search_key(n.name) LIKE part
    UNION ALL
    SELECT m.id FROM client n JOIN contract k ON k.client_id = n.id JOIN note m ON m.contract_id = k.id WHERE search_key(n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM event n JOIN note m ON m.event_id = n.id -- whose index is on more than the title
    WHERE search_key(n.title || ' ' || n.full_address || ' ' || coalesce(n.notes, '')) LIKE part AND search_key(n.title) LIKE part
    UNION ALL
    SELECT m.id FROM users n JOIN note m ON m.author_id = n.id WHERE search_key(n.username || ' ' || n.full_name) LIKE part
    UNION ALL
    SELECT m.id FROM ids_with(digits) i JOIN note m ON m.id >= i.first AND m.id < i.beyond
$$;

-- What is shown of the records. Names of what they refer to are joined, which costs nothing where nobody reads them: each refers to
-- one row at most. A predecessor's row may refer to nothing, which "has" tells.
CREATE VIEW user_shown AS
SELECT u.id, u.username, u.full_name, u.email, u.role_id, r.name AS role, coalesce(u.is_active, false) AS is_active, u.last_login,
    u.created_at, u.updated_at, u.version
FROM users u
LEFT JOIN role r ON r.id = u.role_id;

CREATE VIEW client_shown AS
SELECT c.id, c.full_name, c.email, c.phone, c.company_id, coalesce(y.name, '') AS company,
    c.commercial_id, u.username AS commercial, u.id IS NOT NULL AS has_commercial, c.first_contact_date, c.last_contact_date,
    c.created_at, c.updated_at, c.version
FROM client c
LEFT JOIN users u ON u.id = c.commercial_id
LEFT JOIN company y ON y.id = c.company_id;

-- A contract, and who made it. Whose it is comes with its client, which what is read of one client need not look up again.
CREATE VIEW contract_made AS
SELECT k.id, k.client_id, k.commercial_id, u.username AS commercial, u.id IS NOT NULL AS has_commercial, k.total_amount, k.remaining_amount,
    coalesce(k.is_signed, false) AS is_signed, (k.signed_on + time '12:00') AT TIME ZONE 'UTC' AS signed_on, -- a day is 12:00 UTC of it
    coalesce(k.is_fully_paid, false) AS is_fully_paid, k.created_at, k.updated_at, k.version
FROM contract k
LEFT JOIN users u ON u.id = k.commercial_id;

CREATE VIEW contract_shown AS
SELECT k.id, k.client_id, c.full_name AS client, c.id IS NOT NULL AS has_client, w.commercial_id AS owner_id, o.username AS owner,
    k.commercial_id, k.commercial, k.has_commercial, k.total_amount, k.remaining_amount, k.is_signed, k.signed_on, k.is_fully_paid,
    k.created_at, k.updated_at, k.version
FROM contract_made k
LEFT JOIN client c ON c.id = k.client_id
LEFT JOIN contract_owner w ON w.contract_id = k.id
LEFT JOIN users o ON o.id = w.commercial_id;

CREATE VIEW event_shown AS
SELECT e.id, e.title, e.contract_id, k.client_id, c.full_name AS client, c.email AS client_email, c.phone AS client_phone,
    w.commercial_id, u.username AS commercial, c.id IS NOT NULL AND u.id IS NOT NULL AS has_commercial, e.full_address,
    e.support_contact_id, coalesce(h.username, '') AS support_contact, e.start_date, e.end_date,
    e.participant_count, coalesce(e.notes, '') AS notes, e.cancelled_at, coalesce(e.cancel_reason, '') AS cancel_reason,
    e.created_at, e.updated_at, e.version
FROM event e
LEFT JOIN contract k ON k.id = e.contract_id
LEFT JOIN client c ON c.id = k.client_id
LEFT JOIN event_owner w ON w.event_id = e.id
LEFT JOIN users u ON u.id = w.commercial_id
LEFT JOIN users h ON h.id = e.support_contact_id;

-- One record of those. A page that is found by ids looks each up (OFFSET 0), however many records they may be thought to be.
CREATE FUNCTION one_client(record bigint) RETURNS SETOF client_shown LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT v.* FROM client_shown v WHERE v.id = record OFFSET 0
$$;

CREATE FUNCTION one_contract(record bigint) RETURNS SETOF contract_shown LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT v.* FROM contract_shown v WHERE v.id = record OFFSET 0
$$;

CREATE FUNCTION one_event(record bigint) RETURNS SETOF event_shown LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT v.* FROM event_shown v WHERE v.id = record OFFSET 0
$$;

-- The events that take place in some of a time: those of a support contact, but for one of them, and those of everybody. Then those
-- that have not ended and that nobody supports. Each is found in a range of an index: only the few that last long began much before. What
-- IS TRUE stands behind is looked at in that range, and not looked up in another index.
CREATE FUNCTION clashes(support bigint, since timestamptz, before timestamptz, but bigint) RETURNS TABLE (id integer, start_date timestamptz)
LANGUAGE sql STABLE ROWS 2 AS $$
    SELECT e.id, e.start_date FROM event e
    WHERE e.support_contact_id = support AND e.id <> but AND e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE
    AND e.start_date > greatest(since, '0001-01-01 00:00:00+00') - interval '24 hours' AND e.start_date < clashes.before
    UNION ALL
    SELECT e.id, e.start_date FROM event e
    WHERE e.support_contact_id = support AND e.id <> but AND e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE AND lasts_days(e.start_date, e.end_date)
    AND e.start_date > greatest(since, '0001-01-01 00:00:00+00') - interval '192 hours'
    AND e.start_date <= greatest(since, '0001-01-01 00:00:00+00') - interval '24 hours'
    UNION ALL
    SELECT e.id, e.start_date FROM event e
    WHERE e.support_contact_id = support AND e.id <> but AND e.cancelled_at IS NULL AND e.end_date > since AND lasts_long(e.start_date, e.end_date)
    AND e.start_date <= greatest(since, '0001-01-01 00:00:00+00') - interval '192 hours'
$$;

CREATE FUNCTION events_in_time(since timestamptz, before timestamptz)
RETURNS TABLE (id integer, start_date timestamptz, contract_id integer, support_contact_id integer)
LANGUAGE sql STABLE AS $$
    SELECT e.id, e.start_date, e.contract_id, e.support_contact_id FROM event e
    WHERE e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE
    AND e.start_date > greatest(since, '0001-01-01 00:00:00+00') - interval '24 hours' AND e.start_date < events_in_time.before
    UNION ALL
    SELECT e.id, e.start_date, e.contract_id, e.support_contact_id FROM event e
    WHERE e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE AND lasts_days(e.start_date, e.end_date)
    AND e.start_date > greatest(since, '0001-01-01 00:00:00+00') - interval '192 hours'
    AND e.start_date <= greatest(since, '0001-01-01 00:00:00+00') - interval '24 hours'
    UNION ALL
    SELECT e.id, e.start_date, e.contract_id, e.support_contact_id FROM event e
    WHERE e.cancelled_at IS NULL AND e.end_date > since AND lasts_long(e.start_date, e.end_date)
    AND e.start_date <= greatest(since, '0001-01-01 00:00:00+00') - interval '192 hours'
$$;

-- The first of those of everybody, and of those that nobody supports. Each part but the last, of the few that last
-- long, is read in its order and no further than needed: most is null for all. Of those that nobody supports they are the actor's, unless any.
CREATE FUNCTION first_in_time(since timestamptz, before timestamptz, most bigint)
RETURNS TABLE (id integer, start_date timestamptz, contract_id integer, support_contact_id integer)
LANGUAGE sql STABLE AS $$
    (SELECT e.id, e.start_date, e.contract_id, e.support_contact_id FROM event e
    WHERE e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE
    AND e.start_date > greatest(since, '0001-01-01 00:00:00+00') - interval '24 hours' AND e.start_date < first_in_time.before
    ORDER BY e.start_date, e.id
    LIMIT most)
    UNION ALL
    (SELECT e.id, e.start_date, e.contract_id, e.support_contact_id FROM event e
    WHERE e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE AND lasts_days(e.start_date, e.end_date)
    AND e.start_date > greatest(since, '0001-01-01 00:00:00+00') - interval '192 hours'
    AND e.start_date <= greatest(since, '0001-01-01 00:00:00+00') - interval '24 hours'
    ORDER BY e.start_date, e.id
    LIMIT most)
    UNION ALL
    SELECT e.id, e.start_date, e.contract_id, e.support_contact_id FROM event e
    WHERE e.cancelled_at IS NULL AND e.end_date > since AND lasts_long(e.start_date, e.end_date)
    AND e.start_date <= greatest(since, '0001-01-01 00:00:00+00') - interval '192 hours'
$$;

CREATE FUNCTION events_to_assign("any" boolean, own boolean, actor bigint, since timestamptz, most bigint)
RETURNS TABLE (id integer, start_date timestamptz)
LANGUAGE sql STABLE AS $$
    (SELECT e.id, e.start_date FROM event e
    WHERE e.support_contact_id IS NULL AND e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE AND e.start_date > since - interval '24 hours'
    AND ("any" OR own AND (SELECT c.commercial_id FROM contract k JOIN client c ON c.id = k.client_id WHERE k.id = e.contract_id) = actor)
    ORDER BY e.start_date, e.id
    LIMIT most)
    UNION ALL
    (SELECT e.id, e.start_date FROM event e
    WHERE e.support_contact_id IS NULL AND e.cancelled_at IS NULL AND (e.end_date > since) IS TRUE AND lasts_days(e.start_date, e.end_date)
    AND e.start_date > since - interval '192 hours' AND e.start_date <= since - interval '24 hours'
    AND ("any" OR own AND (SELECT c.commercial_id FROM contract k JOIN client c ON c.id = k.client_id WHERE k.id = e.contract_id) = actor)
    ORDER BY e.start_date, e.id
    LIMIT most)
    UNION ALL
    SELECT e.id, e.start_date FROM event e
    WHERE e.support_contact_id IS NULL AND e.cancelled_at IS NULL AND e.end_date > since AND lasts_long(e.start_date, e.end_date)
    AND e.start_date <= since - interval '192 hours'
    AND ("any" OR own AND (SELECT c.commercial_id FROM contract k JOIN client c ON c.id = k.client_id WHERE k.id = e.contract_id) = actor)
$$;

CREATE VIEW payment_shown AS
SELECT p.id, p.contract_id, k.client_id, k.client, k.owner_id, k.owner, k.commercial_id, k.commercial, p.kind, p.amount,
    (p.paid_on + time '12:00') AT TIME ZONE 'UTC' AS paid_on, coalesce(p.method, '') AS method, coalesce(p.reference, '') AS reference,
    p.voids, w.id AS voided_by, coalesce(p.reason, '') AS reason, p.author_id, p.author, p.created_at,
    payment_says(p.method, p.reference, p.reason, p.author) AS says
FROM payment p
JOIN contract_shown k ON k.id = p.contract_id
LEFT JOIN payment w ON w.voids = p.id;

CREATE VIEW note_shown AS
SELECT n.id, n.client_id, n.company_id, n.contract_id, n.event_id, coalesce(c.full_name, y.name, e.title, kc.full_name, '') AS about,
    n.text, n.remind_on, n.done_at, n.author_id, coalesce(u.username, '') AS author, n.created_at, n.updated_at, n.version
FROM note n
LEFT JOIN client c ON c.id = n.client_id
LEFT JOIN company y ON y.id = n.company_id
LEFT JOIN contract k ON k.id = n.contract_id
LEFT JOIN client kc ON kc.id = k.client_id
LEFT JOIN event e ON e.id = n.event_id
LEFT JOIN users u ON u.id = n.author_id;

-- How many active users hold a role, and what it permits.
CREATE FUNCTION role_holds(role bigint) RETURNS TABLE (users bigint, permissions text[])
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT (SELECT count(*) FROM users u WHERE u.role_id = role_holds.role AND u.is_active), ARRAY(
        SELECT p.name::text
        FROM role_permission g
        JOIN permission p ON p.id = g.permission_id
        WHERE g.role_id = role_holds.role
        ORDER BY p.name COLLATE "C")
$$;

-- Whether a session is the actor's and lives, and the role is still as it is known; a session of 0 is not looked at.
CREATE FUNCTION confirmed(session bigint, actor bigint, role bigint, version bigint, stamp text) RETURNS TABLE (so boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT true
    WHERE confirmed.session = 0 OR EXISTS (
        SELECT FROM session a
        JOIN users w ON w.id = a.user_id
        JOIN role r ON r.id = w.role_id
        WHERE a.id = confirmed.session AND a.ended_at IS NULL AND a.expires_at > clock_timestamp() AND w.is_active
        AND w.id = actor AND r.id = confirmed.role AND r.version = confirmed.version AND r.xmin::text = stamp)
$$;

-- How a client of that commercial relates to the actor: whether it is their own, and whether they support an event of it.
CREATE FUNCTION client_relation(client bigint, commercial bigint, actor bigint) RETURNS TABLE (is_own boolean, is_assigned boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT commercial = actor, EXISTS (SELECT FROM client_support s WHERE s.user_id = actor AND s.client_id = client_relation.client)
$$;

-- Whether two texts that are nearly the same differ in little enough: not at all, or in few of their trigrams where the server has those.
CREATE FUNCTION near(a text, b text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    trigrams text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm');
    so       boolean := a = b;
BEGIN
    IF NOT so AND trigrams IS NOT NULL THEN
        EXECUTE format('SELECT %I.similarity($1, $2) >= 0.4', trigrams) INTO so USING a, b;
    END IF;
    RETURN so;
END
$$;

-- Whether the e-mail addresses of two clients are nearly the same.
CREATE FUNCTION clients_near(a bigint, b bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT near(plain_email(c.email), plain_email(d.email)) FROM client c, client d WHERE c.id = a AND d.id = b
$$;

-- What two clients share, by the numbers that the table alike has for it.
CREATE FUNCTION clients_share(a bigint, b bigint) RETURNS TABLE (kind integer)
LANGUAGE sql STABLE ROWS 2 AS $$
    SELECT m.kind::integer
    FROM alike m
    JOIN alike n ON n.resource = 'client' AND n.kind = m.kind AND n.key = m.key AND n.record_id = b
    WHERE m.resource = 'client' AND m.record_id = a AND m.kind = ANY ('{1,2,3,4}') AND (m.kind <> 3 OR clients_near(a, b))
$$;

-- Whether who views the records "of" sees a note about one of these: that sight follows the relation of the record to the actor.
CREATE FUNCTION note_seen(client bigint, company bigint, contract bigint, event bigint, actor bigint, "of" text[]) RETURNS TABLE (so boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT "of" IS NULL OR CASE
        WHEN note_seen.client IS NOT NULL THEN 'client' = ANY ("of") OR EXISTS (
            SELECT FROM client c CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, actor) r
            WHERE c.id = note_seen.client AND ('client own' = ANY ("of") AND r.is_own OR 'client assigned' = ANY ("of") AND r.is_assigned))
        WHEN note_seen.company IS NOT NULL THEN 'company' = ANY ("of")
        WHEN note_seen.contract IS NOT NULL THEN 'contract' = ANY ("of") OR EXISTS (
            SELECT FROM contract k JOIN client c ON c.id = k.client_id
            WHERE k.id = note_seen.contract AND ('contract own' = ANY ("of") AND c.commercial_id = actor OR 'contract assigned' = ANY ("of")
                AND EXISTS (SELECT FROM contract_support t WHERE t.user_id = actor AND t.contract_id = k.id)))
        ELSE 'event' = ANY ("of") OR EXISTS (
            SELECT FROM event e LEFT JOIN contract k ON k.id = e.contract_id LEFT JOIN client c ON c.id = k.client_id
            WHERE e.id = note_seen.event AND ('event own' = ANY ("of") AND c.commercial_id = actor
                OR 'event assigned' = ANY ("of") AND e.support_contact_id = actor))
        END
$$;

-- The keys of a sort. Those of a kind that nothing is sorted by are the same for all.

-- The place that a key stands for; none where no key is given. A number is as it was given.
CREATE FUNCTION given_keys(key text, kind text, descending boolean)
RETURNS TABLE (text_key text, moment_key timestamptz, number_key numeric, flag_key boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT sort_key(key, descending), sort_key(CASE kind WHEN 'moment' THEN nullif(key, '')::timestamptz END, descending),
        CASE kind WHEN 'number' THEN nullif(key, '')::numeric END, CASE kind WHEN 'flag' THEN key::boolean END
    WHERE key IS NOT NULL
$$;

CREATE FUNCTION user_keys(v user_shown, sort text, descending boolean)
RETURNS TABLE (text_key text, moment_key timestamptz, number_key bigint)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'username' THEN v.username WHEN 'full_name' THEN v.full_name WHEN 'email' THEN v.email WHEN 'role' THEN v.role END, descending),
        sort_key(CASE sort WHEN 'last_login' THEN v.last_login WHEN 'created_at' THEN v.created_at WHEN 'updated_at' THEN v.updated_at END, descending),
        CASE sort WHEN 'is_active' THEN v.is_active::integer END
$$;

CREATE FUNCTION role_keys(v role, sort text, descending boolean) RETURNS TABLE (text_key text, number_key bigint)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'name' THEN v.name END, descending), CASE sort WHEN 'users' THEN (SELECT h.users FROM role_holds(v.id) h) END
$$;

CREATE FUNCTION company_keys(v company, sort text, descending boolean) RETURNS TABLE (text_key text, moment_key timestamptz)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'name' THEN v.name END, descending),
        sort_key(CASE sort WHEN 'created_at' THEN v.created_at WHEN 'updated_at' THEN v.updated_at END, descending)
$$;

CREATE FUNCTION client_keys(v client_shown, sort text, descending boolean) RETURNS TABLE (text_key text, moment_key timestamptz)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'full_name' THEN v.full_name WHEN 'email' THEN v.email WHEN 'phone' THEN v.phone
            WHEN 'company' THEN v.company WHEN 'commercial' THEN v.commercial END, descending),
        sort_key(CASE sort WHEN 'first_contact_date' THEN v.first_contact_date WHEN 'last_contact_date' THEN v.last_contact_date
            WHEN 'created_at' THEN v.created_at WHEN 'updated_at' THEN v.updated_at END, descending)
$$;

CREATE FUNCTION contract_keys(v contract_shown, sort text, descending boolean)
RETURNS TABLE (text_key text, moment_key timestamptz, number_key numeric, flag_key boolean)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'client' THEN v.client WHEN 'commercial' THEN v.commercial END, descending),
        sort_key(CASE sort WHEN 'created_at' THEN v.created_at WHEN 'updated_at' THEN v.updated_at END, descending),
        sort_key(CASE sort WHEN 'total_amount' THEN v.total_amount WHEN 'remaining_amount' THEN v.remaining_amount END, descending),
        CASE sort WHEN 'is_signed' THEN v.is_signed WHEN 'is_fully_paid' THEN v.is_fully_paid END
$$;

CREATE FUNCTION event_keys(v event_shown, sort text, descending boolean)
RETURNS TABLE (text_key text, moment_key timestamptz, number_key integer)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'title' THEN v.title WHEN 'client' THEN v.client WHEN 'commercial' THEN v.commercial
            WHEN 'support_contact' THEN v.support_contact WHEN 'full_address' THEN v.full_address END, descending),
        sort_key(CASE sort WHEN 'start_date' THEN v.start_date WHEN 'end_date' THEN v.end_date
            WHEN 'created_at' THEN v.created_at WHEN 'updated_at' THEN v.updated_at END, descending),
        CASE sort WHEN 'contract_id' THEN v.contract_id WHEN 'participant_count' THEN coalesce(v.participant_count, 0) END
$$;

CREATE FUNCTION payment_keys(v payment_shown, sort text, descending boolean)
RETURNS TABLE (moment_key timestamptz, number_key numeric)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'paid_on' THEN v.paid_on WHEN 'created_at' THEN v.created_at END, descending),
        sort_key(CASE sort WHEN 'amount' THEN v.amount END, descending)
$$;

CREATE FUNCTION note_keys(v note_shown, sort text, descending boolean) RETURNS TABLE (moment_key timestamptz)
LANGUAGE sql IMMUTABLE ROWS 1 AS $$
    SELECT sort_key(CASE sort WHEN 'remind_on' THEN v.remind_on WHEN 'created_at' THEN v.created_at WHEN 'updated_at' THEN v.updated_at END, descending)
$$;

-- What a list and its count are made of. The functions "within" tell what is within a reach: those that are assigned to the actor
-- are few. The functions "found" tell which of them a filter lets through, and a search finds.

-- How much of a large table is looked at to find out how many of its records a search finds: some hundred of them, in percent.
CREATE FUNCTION sampled(tab regclass) RETURNS real
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN reltuples > 20000 THEN 50000 / reltuples ELSE 0 END FROM pg_class WHERE oid = tab
$$;

-- How many records of a table are looked at in the order of a list, at most, for a page of those that fit a search. They are many times as
-- many as the share of a sample lets expect, as those that fit may lie together. It is 0 where those that fit are sooner looked up
-- and sorted.
CREATE FUNCTION worth_walking(share numeric, tab regclass, page bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN share * share * (SELECT reltuples::bigint FROM pg_class WHERE oid = tab) > 2 * page THEN least(20000, 40 * page / share)::bigint ELSE 0 END
$$;

-- Whether each word stands somewhere.
CREATE FUNCTION has_words(record bigint, words text, parts text[], digits text[]) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT bool_and(words LIKE w.part OR w.digits <> '' AND starts_with(record::text, w.digits)) FROM unnest(parts, digits) AS w (part, digits)
$$;

CREATE FUNCTION users_found(roles text[], inactive boolean, parts text[], digits text[]) RETURNS SETOF user_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM user_shown v
    WHERE (coalesce(cardinality(roles), 0) = 0 OR v.role = ANY (roles))
    AND (NOT inactive OR NOT v.is_active)
    AND (cardinality(parts) = 0 OR (
        SELECT h.every FROM has_words(v.id, search_key(concat_ws(' ', v.username, v.full_name, v.email, v.role)), parts, digits) h))
$$;

CREATE FUNCTION roles_found(parts text[], digits text[]) RETURNS SETOF role
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM role v
    WHERE cardinality(parts) = 0 OR (SELECT h.every FROM has_words(v.id, search_key(v.name), parts, digits) h)
$$;

CREATE FUNCTION companies_found(parts text[], digits text[]) RETURNS SETOF company
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM company v
    WHERE (cardinality(parts) = 0 OR search_key(v.name) LIKE parts[1]
        OR v.id = ANY (ARRAY(SELECT m.id FROM ids_with(digits[1]) i JOIN company m ON m.id >= i.first AND m.id < i.beyond)))
    AND (cardinality(parts) < 2 OR (SELECT h.every FROM has_words(v.id, search_key(v.name), parts, digits) h))
$$;

-- Who has a relation of both kinds to some records has them looked up. Otherwise the tables of owners and supports are joined: the planner
-- may walk all records in the order of a list, or begin with those of the actor.
CREATE FUNCTION clients_within("any" boolean, own boolean, assigned bigint[], actor bigint) RETURNS SETOF client_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM client_shown v
    LEFT JOIN client_support s ON s.user_id = actor AND s.client_id = v.id
    WHERE CASE
        WHEN "any" THEN true
        WHEN own AND cardinality(assigned) > 0 THEN v.id = ANY (ARRAY(
            SELECT m.id FROM client m WHERE m.commercial_id = actor
            UNION ALL
            SELECT m.client_id FROM client_support m WHERE m.user_id = actor))
        WHEN own THEN v.commercial_id = actor
        WHEN cardinality(assigned) > 0 THEN s.user_id IS NOT NULL
        ELSE false END
$$;

CREATE FUNCTION clients_found("any" boolean, own boolean, assigned bigint[], actor bigint, company bigint, commercial bigint,
    without_contract boolean, parts text[], digits text[], phones text[]) RETURNS SETOF client_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM clients_within("any", own, assigned, actor) v
    LEFT JOIN client_without_contract w ON w.client_id = v.id -- of whom a few may have one
    WHERE (clients_found.company = 0 OR v.company_id = clients_found.company)
    AND (clients_found.commercial = 0 OR v.commercial_id = clients_found.commercial)
    AND CASE WHEN without_contract THEN w.client_id IS NOT NULL AND NOT EXISTS (SELECT FROM contract k WHERE k.client_id = w.client_id) ELSE true END
    AND (NOT without_contract OR "any" OR v.id = ANY (ARRAY( -- the actor's are looked at first: perhaps none of them fits
        SELECT m.id FROM client m JOIN client_without_contract n ON n.client_id = m.id WHERE own AND m.commercial_id = actor
        UNION ALL
        SELECT m.client_id FROM client_support m JOIN client_without_contract n USING (client_id)
        WHERE cardinality(assigned) > 0 AND m.user_id = actor)))
    AND (cardinality(parts) = 0 OR cardinality(assigned) > 0 -- each of the assigned ones is looked at by itself
        OR search_key(v.full_name) LIKE parts[1] OR search_key(v.email) LIKE parts[1]
        OR phones[1] <> '' AND v.phone ~ phones[1]
        OR v.company_id = ANY (ARRAY(SELECT m.id FROM company m WHERE search_key(m.name) LIKE parts[1]))
        OR v.id = ANY (ARRAY(SELECT m.id FROM clients_with(parts[1], digits[1]) m)))
    AND (cardinality(parts) < CASE WHEN cardinality(assigned) > 0 THEN 1 ELSE 2 END OR search_key(v.full_name) LIKE ALL (parts) OR (
        SELECT h.every FROM client_has(v.id, v.full_name, v.email, v.phone, v.company_id, v.commercial_id, parts, digits, phones) h))
$$;

CREATE FUNCTION contracts_within("any" boolean, own boolean, assigned bigint[], actor bigint) RETURNS SETOF contract_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM contract_shown v
    LEFT JOIN contract_support s ON s.user_id = actor AND s.contract_id = v.id
    WHERE CASE
        WHEN "any" THEN true
        WHEN own AND cardinality(assigned) > 0 THEN v.id = ANY (ARRAY(
            SELECT m.contract_id FROM contract_owner m WHERE m.commercial_id = actor
            UNION ALL
            SELECT m.contract_id FROM contract_support m WHERE m.user_id = actor))
        WHEN own THEN v.owner_id = actor
        WHEN cardinality(assigned) > 0 THEN s.user_id IS NOT NULL
        ELSE false END
$$;

CREATE FUNCTION contracts_found("any" boolean, own boolean, assigned bigint[], actor bigint, unsigned boolean, unpaid boolean, client bigint,
    signed boolean, commercial bigint, paid boolean, without_event boolean, without_payment boolean, since timestamptz, before timestamptz,
    sort text, descending boolean,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[], search_events boolean) RETURNS SETOF contract_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM contracts_within("any", own, assigned, actor) v
    WHERE (NOT contracts_found.unsigned OR NOT v.is_signed)
    AND (NOT unpaid OR v.remaining_amount > 0)
    AND (contracts_found.client = 0 OR v.client_id = contracts_found.client)
    AND (NOT signed OR v.is_signed)
    AND (contracts_found.commercial = 0 OR v.commercial_id = contracts_found.commercial)
    AND ("any" OR contracts_found.commercial = 0 AND NOT contracts_found.unsigned AND NOT without_event AND sort <> 'is_signed'
        OR v.id = ANY (ARRAY( -- as in clients_found; those with an event are signed, and come last
            SELECT k.id
            FROM (
                SELECT m.contract_id AS id FROM contract_owner m WHERE own AND m.commercial_id = actor
                UNION ALL
                SELECT m.contract_id FROM contract_support m WHERE cardinality(assigned) > 0 AND m.user_id = actor
            ) m
            JOIN contract k ON k.id = m.id
            WHERE (contracts_found.commercial = 0 OR k.commercial_id = contracts_found.commercial)
            AND (NOT contracts_found.unsigned OR k.is_signed IS NOT TRUE)
            AND (NOT without_event OR NOT EXISTS (SELECT FROM event e WHERE e.contract_id = k.id AND e.cancelled_at IS NULL)))))
    AND (NOT paid OR v.remaining_amount = 0)
    AND (NOT without_event OR NOT EXISTS (SELECT FROM event e WHERE e.contract_id = v.id AND e.cancelled_at IS NULL))
    AND (NOT without_payment OR NOT EXISTS (SELECT FROM payment p WHERE p.contract_id = v.id))
    AND (since IS NULL OR CASE sort WHEN 'created_at' THEN sort_key(v.created_at, descending) ELSE v.created_at END >= since)
    AND (before IS NULL OR CASE sort WHEN 'created_at' THEN sort_key(v.created_at, descending) ELSE v.created_at END < before)
    AND (since IS NULL AND before IS NULL OR isfinite(v.created_at))
    AND (cardinality(parts) = 0 OR cardinality(assigned) > 0 -- as in clients_found
        OR v.client_id = ANY (ARRAY(SELECT m.id FROM clients_named(parts[1]) m))
        OR v.id = ANY (ARRAY(SELECT m.id FROM contracts_with(parts[1], digits[1], amounts_from[1], amounts_to[1], search_events) m)))
    AND (cardinality(parts) < CASE WHEN cardinality(assigned) > 0 THEN 1 ELSE 2 END OR (
        SELECT h.every FROM contract_has(v.id, v.client_id, v.commercial_id, v.total_amount, v.remaining_amount,
            parts, digits, amounts_from, amounts_to, search_events) h))
$$;

-- No event that ends after a moment, and is not cancelled, starts before this: those that last longer than a day are looked up.
CREATE FUNCTION first_of_those_to_come(since timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
    SELECT least(greatest(since, '0001-01-01 00:00:00+00') - interval '24 hours', (
        SELECT m.start_date FROM event m
        WHERE m.cancelled_at IS NULL AND lasts_days(m.start_date, m.end_date) AND m.end_date > since
        AND m.start_date > greatest(since, '0001-01-01 00:00:00+00') - interval '192 hours'
        ORDER BY m.start_date LIMIT 1
    ), (
        SELECT min(m.start_date + interval '0') FROM event m -- by the index of the few, not by that of all
        WHERE m.cancelled_at IS NULL AND lasts_long(m.start_date, m.end_date) AND m.end_date > since))
$$;

CREATE FUNCTION events_within("any" boolean, own boolean, assigned bigint[], actor bigint) RETURNS SETOF event_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM event_shown v
    WHERE CASE
        WHEN "any" THEN true
        WHEN own AND cardinality(assigned) > 0 THEN v.id = ANY (ARRAY(
            SELECT m.event_id FROM event_owner m WHERE m.commercial_id = actor
            UNION ALL
            SELECT m.id FROM event m WHERE m.support_contact_id = actor))
        WHEN own THEN v.commercial_id = actor
        WHEN cardinality(assigned) > 0 THEN v.support_contact_id = actor
        ELSE false END
$$;

CREATE FUNCTION events_found("any" boolean, own boolean, assigned bigint[], actor bigint, unassigned boolean, upcoming timestamptz,
    current boolean, cancelled boolean, contract bigint, support bigint, since timestamptz, before timestamptz, sort text, descending boolean,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[], search_amounts boolean, counting boolean) RETURNS SETOF event_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM events_within("any", own, assigned, actor) v
    WHERE (NOT unassigned OR v.support_contact_id IS NULL OR v.support_contact_id = ANY (ARRAY( -- nor with one who does not serve any more
        SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))
    AND (NOT current OR v.cancelled_at IS NULL)
    AND (NOT cancelled OR v.cancelled_at IS NOT NULL)
    AND (upcoming IS NULL OR v.end_date > upcoming)
    AND (upcoming IS NULL OR descending OR sort <> 'end_date' OR sort_key(v.end_date, false) >= upcoming)
    AND (since IS NULL OR descending OR sort <> 'end_date' -- nor does one end before it starts, but for what a predecessor left
        OR sort_key(v.end_date, false) >= least(since, (SELECT min(m.end_date) FROM event m WHERE m.end_date < m.start_date)))
    AND ("any" OR NOT unassigned OR v.id = ANY (ARRAY( -- as in clients_found
        SELECT e.id
        FROM (
            SELECT m.event_id AS id FROM event_owner m WHERE own AND m.commercial_id = actor
            UNION ALL
            SELECT m.id FROM event m WHERE cardinality(assigned) > 0 AND m.support_contact_id = actor
        ) m
        JOIN event e ON e.id = m.id
        WHERE e.support_contact_id IS NULL OR e.support_contact_id = ANY (ARRAY(
            SELECT n.id FROM users n JOIN role r ON r.id = n.role_id WHERE NOT (n.is_active AND r.name = 'support'))))))
    AND (upcoming IS NULL OR descending OR sort <> 'start_date' -- none to come starts before this: no walk through all that have ended
        OR sort_key(v.start_date, false) >= CASE WHEN current THEN (SELECT first_of_those_to_come(upcoming))
            ELSE (SELECT coalesce(min(m.start_date + interval '0'), '-infinity') FROM event m WHERE m.end_date > upcoming) END)
    AND (contract = 0 OR v.contract_id = contract)
    AND (support = 0 OR v.support_contact_id = support)
    AND (since IS NULL OR CASE sort WHEN 'start_date' THEN sort_key(v.start_date, descending) ELSE v.start_date END >= since)
    AND (before IS NULL OR CASE sort WHEN 'start_date' THEN sort_key(v.start_date, descending) ELSE v.start_date END < before)
    AND (since IS NULL AND before IS NULL OR isfinite(v.start_date))
    AND (cardinality(parts) = 0
        OR counting AND search_key(v.title || ' ' || v.full_address || ' ' || v.notes) LIKE parts[1] -- the first ones are counted as they come
        OR v.id = ANY (ARRAY( -- where they are put in order, all are needed, and none is looked for twice
            SELECT m.id FROM events_with(NOT counting, parts[1], digits[1],
                CASE WHEN search_amounts THEN amounts_from[1] END, CASE WHEN search_amounts THEN amounts_to[1] END) m)))
    AND (cardinality(parts) < 2 OR search_key(v.title || ' ' || v.full_address || ' ' || v.notes) LIKE ALL (parts) OR (
        SELECT h.every FROM event_has(v.id, v.title, v.full_address, v.notes, v.contract_id, v.support_contact_id, parts, digits,
            CASE WHEN search_amounts THEN amounts_from END, CASE WHEN search_amounts THEN amounts_to END) h))
$$;

CREATE FUNCTION payments_within("any" boolean, own boolean, assigned bigint[], actor bigint) RETURNS SETOF payment_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM payment_shown v
    LEFT JOIN contract_support s ON s.user_id = actor AND s.contract_id = v.contract_id
    WHERE CASE
        WHEN "any" THEN true
        WHEN own AND cardinality(assigned) > 0 THEN v.contract_id = ANY (ARRAY(
            SELECT m.contract_id FROM contract_owner m WHERE m.commercial_id = actor
            UNION ALL
            SELECT m.contract_id FROM contract_support m WHERE m.user_id = actor))
        WHEN own THEN v.owner_id = actor
        WHEN cardinality(assigned) > 0 THEN s.user_id IS NOT NULL
        ELSE false END
$$;

CREATE FUNCTION payments_found("any" boolean, own boolean, assigned bigint[], actor bigint, contract bigint, client bigint, commercial bigint,
    method text, since timestamptz, before timestamptz, sort text, descending boolean,
    parts text[], digits text[], amounts_from numeric[], amounts_to numeric[]) RETURNS SETOF payment_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM payments_within("any", own, assigned, actor) v
    WHERE (payments_found.contract = 0 OR v.contract_id = payments_found.contract)
    AND (payments_found.client = 0 OR v.client_id = payments_found.client)
    AND (payments_found.commercial = 0 OR v.commercial_id = payments_found.commercial)
    AND (payments_found.method = '' OR v.method = payments_found.method)
    AND (since IS NULL OR CASE sort WHEN 'paid_on' THEN sort_key(v.paid_on, descending) ELSE v.paid_on END >= since)
    AND (before IS NULL OR CASE sort WHEN 'paid_on' THEN sort_key(v.paid_on, descending) ELSE v.paid_on END < before)
    AND (since IS NULL AND before IS NULL OR v.paid_on IS NOT NULL)
    AND (cardinality(parts) = 0 OR cardinality(assigned) > 0 -- as in clients_found
        OR v.says LIKE parts[1]
        OR v.id = ANY (ARRAY(SELECT m.id FROM payments_with(parts[1], digits[1], amounts_from[1], amounts_to[1]) m)))
    AND (cardinality(parts) < CASE WHEN cardinality(assigned) > 0 THEN 1 ELSE 2 END OR (
        SELECT h.every FROM payment_has(v.id, v.amount, v.client_id, v.commercial, v.says,
            parts, digits, amounts_from, amounts_to) h))
$$;

CREATE FUNCTION notes_within("any" boolean, own boolean, assigned bigint[], actor bigint, "of" text[]) RETURNS SETOF note_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM note_shown v CROSS JOIN LATERAL note_seen(v.client_id, v.company_id, v.contract_id, v.event_id, actor, "of") s
    WHERE ("any" OR own AND v.author_id = actor) AND s.so
$$;

CREATE FUNCTION note_has(record bigint, said text, about text, author_id bigint, author text, parts text[], digits text[]) RETURNS TABLE (every boolean)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT h.every
    FROM (SELECT search_key(concat_ws(' ', said, note_has.about, note_has.author, (SELECT u.full_name FROM users u WHERE u.id = note_has.author_id))) AS text OFFSET 0) s
    CROSS JOIN LATERAL has_words(record, s.text, parts, digits) h
$$;

CREATE FUNCTION notes_found("any" boolean, own boolean, assigned bigint[], actor bigint, "of" text[], client bigint, company bigint,
    contract bigint, event bigint, remind boolean, due timestamptz, open boolean, done boolean, since timestamptz, before timestamptz,
    parts text[], digits text[]) RETURNS SETOF note_shown
LANGUAGE sql STABLE AS $$
    SELECT v.* FROM notes_within("any", own, assigned, actor, "of") v
    WHERE (notes_found.client = 0 OR v.client_id = notes_found.client)
    AND (notes_found.company = 0 OR v.company_id = notes_found.company)
    AND (notes_found.contract = 0 OR v.contract_id = notes_found.contract)
    AND (notes_found.event = 0 OR v.event_id = notes_found.event)
    AND (NOT remind OR v.remind_on IS NOT NULL)
    AND (due IS NULL OR v.remind_on <= due AND v.done_at IS NULL)
    AND (NOT open OR v.remind_on IS NOT NULL AND v.done_at IS NULL)
    AND (NOT done OR v.done_at IS NOT NULL)
    AND (since IS NULL OR v.created_at >= since)
    AND (before IS NULL OR v.created_at < before)
    AND (cardinality(parts) = 0 OR v.id = ANY (ARRAY(SELECT m.id FROM notes_with(parts[1], digits[1]) m)))
    AND (cardinality(parts) < 2 OR (
        SELECT h.every FROM note_has(v.id, v.text, v.about, v.author_id, v.author, parts, digits) h))
$$;

-- What reports are made of.

-- Whether an amount is a number, which a predecessor's may not be.
CREATE FUNCTION is_number(amount numeric) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(amount > '-Infinity' AND amount < 'Infinity', false) $$;

-- Whether something has a length: both its ends are known, and the second is after the first.
CREATE FUNCTION lasts(since timestamptz, until timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(isfinite(since) AND isfinite(until) AND until > since, false) $$;

-- The group of a report to which a record of that moment and these people belongs. The place of a month or quarter counts from 1,
-- and from 0 before the first. The company of a client out of sight has the id 0.
CREATE FUNCTION report_group("by" text, places timestamptz[], moment timestamptz, commercial_id bigint, commercial text, support_id bigint, support text,
    client bigint, "any" boolean, own boolean, assigned bigint[], actor bigint) RETURNS TABLE (id bigint, name text)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT CASE "by" WHEN 'commercial' THEN report_group.commercial_id WHEN 'support' THEN report_group.support_id
            WHEN 'company' THEN CASE WHEN c.id IS NULL THEN 0 ELSE y.id END
            ELSE CASE WHEN isfinite(moment) THEN width_bucket(moment, places) END END,
        CASE "by" WHEN 'commercial' THEN commercial WHEN 'support' THEN support WHEN 'company' THEN y.name ELSE '' END
    FROM (VALUES (0)) AS one
    LEFT JOIN client c ON "by" = 'company' AND c.id = client AND ("any" OR own AND c.commercial_id = actor OR c.id = ANY (assigned))
    LEFT JOIN company y ON y.id = c.company_id
$$;

-- The clients within a reach that hold several words, each in their name, e-mail address or company. No estimate of how many do is to be
-- trusted, so they are never read one after the other: the indexes look for the first two words at once.
CREATE FUNCTION clients_of_words("any" boolean, own boolean, assigned bigint[], actor bigint, parts text[], most integer) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$ -- + 0 keeps it from reading all of an actor's own
DECLARE
    n integer;
BEGIN
    RETURN QUERY SELECT c.id::bigint FROM client c
    WHERE search_key(c.full_name) LIKE parts[1] AND search_key(c.full_name) LIKE parts[2] AND search_key(c.full_name) LIKE ALL (parts)
    AND ("any" OR own AND c.commercial_id + 0 = actor OR c.id = ANY (assigned))
    LIMIT most;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n >= most THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT c.id::bigint FROM client c
    WHERE search_key(c.email) LIKE parts[1] AND search_key(c.email) LIKE parts[2] AND search_key(c.email) LIKE ALL (parts)
    AND ("any" OR own AND c.commercial_id + 0 = actor OR c.id = ANY (assigned))
    LIMIT most;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n >= most THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT c.id::bigint FROM client c
    WHERE (search_key(c.full_name) LIKE parts[1] OR search_key(c.email) LIKE parts[1]
        OR c.company_id = ANY (ARRAY(SELECT y.id FROM company y WHERE search_key(y.name) LIKE parts[1] LIMIT 10 * most)))
    AND (search_key(c.full_name) LIKE parts[2] OR search_key(c.email) LIKE parts[2]
        OR c.company_id = ANY (ARRAY(SELECT y.id FROM company y WHERE search_key(y.name) LIKE parts[2] LIMIT 10 * most)))
    AND (cardinality(parts) < 3
        OR search_key(concat_ws(' ', c.full_name, c.email, (SELECT y.name FROM company y WHERE y.id = c.company_id))) LIKE ALL (parts))
    AND ("any" OR own AND c.commercial_id + 0 = actor OR c.id = ANY (assigned))
    LIMIT most;
END
$$;

-- Other clients than but within a reach that have the name, the phone number or one of the e-mail addresses, each empty for none; at most 3 by
-- each. Each is looked for through an index, whatever it is, so that a plan that was made once is good for all.
CREATE FUNCTION clients_alike("any" boolean, own boolean, assigned boolean, actor bigint, but bigint, name text, phone text, emails text[])
    RETURNS TABLE (same text, id bigint, full_name text)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    IF name <> '' THEN
        RETURN QUERY SELECT 'name', a.id::bigint, a.full_name::text
        FROM (SELECT c.id, c.full_name, c.commercial_id FROM client c
            WHERE sort_key(c.full_name, true) COLLATE "C" = fold(clients_alike.name) AND c.id <> but ORDER BY c.id LIMIT 100) a
        CROSS JOIN LATERAL client_relation(a.id, a.commercial_id, actor) r
        WHERE "any" OR own AND r.is_own OR assigned AND r.is_assigned
        ORDER BY a.id LIMIT 3;
    END IF;
    IF phone <> '' THEN
        RETURN QUERY SELECT 'phone', a.id::bigint, a.full_name::text
        FROM (SELECT c.id, c.full_name, c.commercial_id FROM client c
            WHERE sort_key(c.phone, true) COLLATE "C" = fold(clients_alike.phone) AND c.id <> but ORDER BY c.id LIMIT 100) a
        CROSS JOIN LATERAL client_relation(a.id, a.commercial_id, actor) r
        WHERE "any" OR own AND r.is_own OR assigned AND r.is_assigned
        ORDER BY a.id LIMIT 3;
    END IF;
    IF cardinality(emails) > 0 THEN
        RETURN QUERY SELECT 'email', a.id::bigint, a.full_name::text
        FROM (SELECT c.id, c.full_name, c.commercial_id FROM client c
            WHERE sort_key(c.email, true) COLLATE "C" = ANY (ARRAY(SELECT fold(w.address) FROM unnest(emails) AS w (address)))
            AND mailbox(c.email) = mailbox(emails[1]) AND c.id <> but ORDER BY c.id LIMIT 100) a
        CROSS JOIN LATERAL client_relation(a.id, a.commercial_id, actor) r
        WHERE "any" OR own AND r.is_own OR assigned AND r.is_assigned
        ORDER BY a.id LIMIT 3;
    END IF;
END
$$;

-- The clients within a reach that a text of find means, as the file find.sql tells: by their ids, names, e-mail addresses and companies.
-- Where as many as are asked for are found in one way, none is looked for in the ways that rank behind it.
CREATE FUNCTION clients_meant("any" boolean, own boolean, assigned bigint[], actor bigint, meant text, since text, beyond text, word text, parts text[],
    digits text, most integer) RETURNS TABLE (id bigint, rank integer)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    n integer;
BEGIN
    RETURN QUERY SELECT c.id::bigint, 0 FROM client c
    WHERE c.id = nullif(digits, '')::bigint AND ("any" OR own AND c.commercial_id = actor OR c.id = ANY (assigned));
    RETURN QUERY SELECT c.id::bigint, CASE WHEN sort_key(c.full_name, true) COLLATE "C" = meant THEN 1 ELSE 2 END FROM client c
    WHERE sort_key(c.full_name, true) COLLATE "C" >= since AND sort_key(c.full_name, true) COLLATE "C" < beyond
    AND ("any" OR own AND c.commercial_id = actor OR c.id = ANY (assigned))
    ORDER BY sort_key(c.full_name, true) COLLATE "C" LIMIT most;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n >= most THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT c.id::bigint, CASE WHEN sort_key(c.email, true) COLLATE "C" = meant THEN 1 ELSE 2 END FROM client c
    WHERE sort_key(c.email, true) COLLATE "C" >= since AND sort_key(c.email, true) COLLATE "C" < beyond
    AND ("any" OR own AND c.commercial_id = actor OR c.id = ANY (assigned))
    ORDER BY sort_key(c.email, true) COLLATE "C" LIMIT most;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n >= most OR cardinality(parts) = 0 THEN
        RETURN;
    END IF;
    IF cardinality(parts) > 1 THEN
        RETURN QUERY SELECT c.id::bigint, CASE WHEN search_key(c.full_name) LIKE word THEN 3 WHEN search_key(c.full_name) LIKE ALL (parts) THEN 4 ELSE 5 END
        FROM client c
        WHERE c.id = ANY (ARRAY(SELECT w.id FROM clients_of_words("any", own, assigned, actor, parts, most) w));
        RETURN;
    END IF;
    RETURN QUERY SELECT c.id::bigint, CASE WHEN search_key(c.full_name) LIKE word THEN 3 ELSE 4 END FROM client c
    WHERE search_key(c.full_name) LIKE parts[1] AND ("any" OR own AND c.commercial_id = actor OR c.id = ANY (assigned)) LIMIT most;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n >= most THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT c.id::bigint, 4 FROM client c
    WHERE search_key(c.email) LIKE parts[1] AND ("any" OR own AND c.commercial_id = actor OR c.id = ANY (assigned)) LIMIT most;
    RETURN QUERY SELECT c.id::bigint, 5 FROM client c
    WHERE c.company_id = ANY (ARRAY(SELECT y.id FROM company y WHERE search_key(y.name) LIKE parts[1] LIMIT most))
    AND ("any" OR own AND c.commercial_id + 0 = actor OR c.id = ANY (assigned)) LIMIT most;
END
$$;

-- The events within a reach that hold several words, as clients_of_words finds clients.
CREATE FUNCTION events_of_words("any" boolean, own boolean, assigned boolean, actor bigint, parts text[], most bigint) RETURNS TABLE (id bigint)
LANGUAGE plpgsql STABLE SET enable_seqscan = off AS $$
DECLARE
    n integer;
BEGIN
    -- Of words that many hold, as many as are asked for are among the newest events. The index would gather all that hold them first.
    RETURN QUERY SELECT e.id::bigint
    FROM (SELECT m.id, m.title, m.full_address, m.notes, m.contract_id, m.support_contact_id FROM event m ORDER BY m.id DESC LIMIT 20 * most) e
    JOIN contract k ON k.id = e.contract_id
    JOIN client c ON c.id = k.client_id
    WHERE search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE ALL (parts)
    AND ("any" OR own AND c.commercial_id = actor OR assigned AND e.support_contact_id = actor)
    LIMIT most;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n >= most THEN
        RETURN;
    END IF;
    RETURN QUERY SELECT e.id::bigint
    FROM event e
    JOIN contract k ON k.id = e.contract_id
    JOIN client c ON c.id = k.client_id
    WHERE search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE parts[1]
    AND search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE parts[2]
    AND (cardinality(parts) < 3 OR search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE parts[3])
    AND (cardinality(parts) < 4 OR search_key(e.title || ' ' || e.full_address || ' ' || coalesce(e.notes, '')) LIKE ALL (parts))
    AND ("any" OR own AND c.commercial_id = actor OR assigned AND e.support_contact_id = actor)
    LIMIT most;
END
$$;
