-- Reports: what the records that the asker may list come to, in the groups of @by and altogether. @places are the beginnings of
-- the months or quarters. @client_any, @client_own and @client_assigned are the clients in sight: the company of another one is
-- not told. A sum leaves out what is no number, which odd counts. A group without an id has no such thing, and id 0 is not told.

-- name: events
-- Those that take place and their participants, and how many were cancelled.
SELECT g.id, coalesce(g.name, '') AS name, grouping(g.id) > 0 AS whole, count(*) FILTER (WHERE v.cancelled_at IS NULL) AS count,
	coalesce(sum(coalesce(v.participant_count, 0)) FILTER (WHERE v.cancelled_at IS NULL), 0) AS participants, count(v.cancelled_at) AS cancelled
FROM events_within(@any, @own, @assigned, @actor) v
CROSS JOIN LATERAL report_group(@by, @places, v.start_date, v.commercial_id, v.commercial, v.support_contact_id, v.support_contact,
	v.client_id, @client_any, @client_own, @client_assigned, @actor) g
WHERE v.has_commercial
AND (@from::timestamptz IS NULL OR v.start_date >= @from) AND (@before::timestamptz IS NULL OR v.start_date < @before)
AND (@from IS NULL AND @before IS NULL OR isfinite(v.start_date))
GROUP BY GROUPING SETS ((g.id, g.name), ())

-- name: pipeline
-- Contracts that are not signed yet.
SELECT g.id, coalesce(g.name, '') AS name, grouping(g.id) > 0 AS whole, count(*) AS count,
	coalesce(sum(v.total_amount) FILTER (WHERE is_number(v.total_amount)), 0) AS amount, count(*) FILTER (WHERE NOT is_number(v.total_amount)) AS odd
FROM contracts_within(@any, @own, @assigned, @actor) v
CROSS JOIN LATERAL report_group(@by, @places, v.created_at, v.commercial_id, v.commercial, NULL, '',
	v.client_id, @client_any, @client_own, @client_assigned, @actor) g
WHERE v.has_client AND v.has_commercial AND NOT v.is_signed
AND (@from::timestamptz IS NULL OR v.created_at >= @from) AND (@before::timestamptz IS NULL OR v.created_at < @before)
AND (@from IS NULL AND @before IS NULL OR isfinite(v.created_at))
GROUP BY GROUPING SETS ((g.id, g.name), ())

-- name: revenue
-- Payments, by their day. What was paid of a contract without payments has no day, and stands once: as what it will be opened with.
-- Amounts that do not agree do not tell it. Within days, there are payments of these days alone. A payment that is void and the row
-- that voids it are summed up, each on its day, and not counted.
WITH paid AS (
	SELECT v.paid_on, v.commercial_id, v.commercial, v.client_id, v.amount, v.voids IS NULL AND v.voided_by IS NULL AS stands
	FROM payments_within(@any, @own, @assigned, @actor) v
	WHERE (@from::timestamptz IS NULL OR v.paid_on >= @from) AND (@before::timestamptz IS NULL OR v.paid_on < @before)
	UNION ALL
	SELECT NULL, v.commercial_id, v.commercial, v.client_id, CASE WHEN amounts_agree(v.total_amount, v.remaining_amount) THEN v.total_amount - v.remaining_amount END,
		true
	FROM contracts_within(@contract_any, @contract_own, @contract_assigned, @actor) v
	WHERE v.has_client AND v.has_commercial AND @from IS NULL AND @before IS NULL
	AND (@any OR @own AND v.owner_id = @actor OR v.id = ANY (@assigned))
	AND (v.total_amount > v.remaining_amount OR NOT amounts_agree(v.total_amount, v.remaining_amount))
	AND NOT EXISTS (SELECT FROM payment p WHERE p.contract_id = v.id)
)
SELECT g.id, coalesce(g.name, '') AS name, grouping(g.id) > 0 AS whole, count(v.amount) FILTER (WHERE v.stands) AS count, coalesce(sum(v.amount), 0) AS amount,
	count(*) - count(v.amount) AS odd
FROM paid v
CROSS JOIN LATERAL report_group(@by, @places, v.paid_on, v.commercial_id, v.commercial, NULL, '',
	v.client_id, @client_any, @client_own, @client_assigned, @actor) g
GROUP BY GROUPING SETS ((g.id, g.name), ())

-- name: unpaid
-- Signed contracts of which something is left to be paid.
SELECT g.id, coalesce(g.name, '') AS name, grouping(g.id) > 0 AS whole, count(*) AS count,
	coalesce(sum(v.total_amount) FILTER (WHERE is_number(v.total_amount)), 0) AS total,
	coalesce(sum(v.remaining_amount) FILTER (WHERE is_number(v.remaining_amount)), 0) AS amount,
	count(*) FILTER (WHERE NOT (is_number(v.total_amount) AND is_number(v.remaining_amount))) AS odd
FROM contracts_within(@any, @own, @assigned, @actor) v
CROSS JOIN LATERAL report_group(@by, @places, v.created_at, v.commercial_id, v.commercial, NULL, '',
	v.client_id, @client_any, @client_own, @client_assigned, @actor) g
WHERE v.has_client AND v.has_commercial AND v.is_signed AND v.remaining_amount > 0
AND (@from::timestamptz IS NULL OR v.created_at >= @from) AND (@before::timestamptz IS NULL OR v.created_at < @before)
AND (@from IS NULL AND @before IS NULL OR isfinite(v.created_at))
GROUP BY GROUPING SETS ((g.id, g.name), ())

-- name: workload
-- Events that were not cancelled, and end after @upcoming, where that is given.
SELECT g.id, coalesce(g.name, '') AS name, grouping(g.id) > 0 AS whole, count(*) AS count, coalesce(sum(coalesce(v.participant_count, 0)), 0) AS participants,
	coalesce(round(sum(extract(epoch FROM v.end_date - v.start_date)) FILTER (WHERE lasts(v.start_date, v.end_date)) / 3600), 0)::bigint AS hours,
	count(*) FILTER (WHERE NOT lasts(v.start_date, v.end_date)) AS odd
FROM events_within(@any, @own, @assigned, @actor) v
CROSS JOIN LATERAL report_group(@by, @places, v.start_date, v.commercial_id, v.commercial, v.support_contact_id, v.support_contact,
	v.client_id, @client_any, @client_own, @client_assigned, @actor) g
WHERE v.has_commercial AND v.cancelled_at IS NULL AND (@upcoming::timestamptz IS NULL OR v.end_date > @upcoming)
AND (@from::timestamptz IS NULL OR v.start_date >= @from) AND (@before::timestamptz IS NULL OR v.start_date < @before)
AND (@from IS NULL AND @before IS NULL OR isfinite(v.start_date))
GROUP BY GROUPING SETS ((g.id, g.name), ())
