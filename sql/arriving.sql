-- Records that come many at once: they are copied into a temporary table, and put in their place by one statement.

-- name: many
-- Whether what arrives is noted together: 'on', or ''.
SELECT set_config('epev.many', @many, true)

-- name: stage_clients
CREATE TEMP TABLE staged_client (
	place integer,
	id integer,
	version integer,
	full_name text,
	email text,
	phone text,
	company_id integer,
	commercial_id integer,
	first_contact_date timestamptz,
	last_contact_date timestamptz
) ON COMMIT DROP

-- name: copy_clients
COPY pg_temp.staged_client (place, id, version, full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date) FROM STDIN

-- name: clients
-- Makes clients of those that are staged, in the order of the file.
WITH arrived AS (
	INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at)
	SELECT s.full_name, s.email, s.phone, s.company_id, s.commercial_id, s.first_contact_date, s.last_contact_date, now(), now()
	FROM pg_temp.staged_client s
	ORDER BY s.place
	RETURNING id
)
SELECT count(*) FROM arrived

-- name: change_clients
-- Changes the clients that are staged, as client.update does one, and tells how many of them were of the version.
WITH changed AS (
	UPDATE client c SET full_name = coalesce(nullif(s.full_name, ''), c.full_name), email = coalesce(nullif(s.email, ''), c.email), phone = s.phone,
		company_id = s.company_id, first_contact_date = coalesce(s.first_contact_date, c.first_contact_date), last_contact_date = s.last_contact_date
	FROM pg_temp.staged_client s
	WHERE c.id = s.id AND c.version = s.version
	RETURNING c.id
)
SELECT count(*) FROM changed

-- name: unstage_clients
DROP TABLE pg_temp.staged_client

-- name: stage_contracts
CREATE TEMP TABLE staged_contract (
	place integer,
	client_id integer,
	commercial_id integer,
	total_amount numeric,
	remaining_amount numeric,
	is_signed boolean,
	signed_on date,
	is_fully_paid boolean
) ON COMMIT DROP

-- name: copy_contracts
COPY pg_temp.staged_contract (place, client_id, commercial_id, total_amount, remaining_amount, is_signed, signed_on, is_fully_paid) FROM STDIN

-- name: contracts
-- Makes contracts of those that are staged, as contract.insert does one, and tells how many. What is paid of them is paid on @on.
WITH held AS (
	SELECT c.id, c.commercial_id FROM client c WHERE c.id IN (SELECT s.client_id FROM pg_temp.staged_contract s) ORDER BY c.id FOR SHARE
), arrived AS (
	INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, signed_on, is_fully_paid, created_at, updated_at)
	SELECT c.id, c.commercial_id, s.total_amount, s.remaining_amount, s.is_signed, s.signed_on, s.is_fully_paid, now(), now()
	FROM pg_temp.staged_contract s
	JOIN held c ON c.id = s.client_id
	WHERE s.commercial_id IN (0, c.commercial_id)
	ORDER BY s.place
	RETURNING id, total_amount - remaining_amount AS paid
), first AS (
	INSERT INTO payment (contract_id, kind, amount, paid_on)
	SELECT a.id, 'payment', a.paid, @on::date FROM arrived a WHERE a.paid > 0 AND @on::date IS NOT NULL ORDER BY a.id
	RETURNING id
)
SELECT count(*) FROM arrived

-- name: unstage_contracts
DROP TABLE pg_temp.staged_contract

-- name: stage_events
CREATE TEMP TABLE staged_event (
	place integer,
	title text,
	contract_id integer,
	full_address text,
	start_date timestamptz,
	end_date timestamptz,
	participant_count integer,
	notes text
) ON COMMIT DROP

-- name: copy_events
COPY pg_temp.staged_event (place, title, contract_id, full_address, start_date, end_date, participant_count, notes) FROM STDIN

-- name: events
-- Makes events of those that are staged, which nobody looks after yet, as event.insert does one, and tells how many.
WITH held AS (
	SELECT k.id FROM contract k WHERE k.id IN (SELECT s.contract_id FROM pg_temp.staged_event s) AND k.is_signed ORDER BY k.id FOR SHARE
), arrived AS (
	INSERT INTO event (title, contract_id, full_address, start_date, end_date, participant_count, notes, created_at, updated_at)
	SELECT s.title, k.id, s.full_address, s.start_date, s.end_date, s.participant_count, s.notes, now(), now()
	FROM pg_temp.staged_event s
	JOIN held k ON k.id = s.contract_id
	ORDER BY s.place
	RETURNING id
)
SELECT count(*) FROM arrived

-- name: unstage_events
DROP TABLE pg_temp.staged_event

-- name: stage_companies
CREATE TEMP TABLE staged_company (place integer, name text) ON COMMIT DROP

-- name: copy_companies
COPY pg_temp.staged_company (place, name) FROM STDIN

-- name: companies
-- Makes companies of those that are staged, in the order of the file.
WITH arrived AS (
	INSERT INTO company (name, created_at, updated_at)
	SELECT s.name, now(), now() FROM pg_temp.staged_company s ORDER BY s.place
	RETURNING id
)
SELECT count(*) FROM arrived

-- name: unstage_companies
DROP TABLE pg_temp.staged_company
