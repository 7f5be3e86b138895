-- Payments of contracts. Whose they are follows from the contract. None is ever changed or deleted.

-- name: common
-- How many payments are to be walked for a page of a search that finds many, as far as a sample tells.
SELECT coalesce(worth_walking(avg(h.every::integer), 'payment', @limit), 0)
FROM payment p TABLESAMPLE SYSTEM (sampled('payment')) REPEATABLE (1)
CROSS JOIN LATERAL (SELECT v.client_id, v.commercial, v.says FROM payment_shown v WHERE v.id = p.id OFFSET 0) v
CROSS JOIN LATERAL payment_has(p.id, p.amount, v.client_id, v.commercial, v.says,
	@parts, @digits, @amounts_from, @amounts_to) h

-- name: count
-- How many there are of those that list lists, up to @limit, and what they come to. A limit of 0 sums up none, and counts all.
SELECT count(*) AS count, coalesce(sum(f.amount), 0) AS amount
FROM (
	SELECT CASE WHEN @limit > 0 THEN v.amount END AS amount
	FROM payments_found(@any, @own, @assigned, @actor, @contract, @client, @commercial, @method, @from, @before,
		'', false, @parts, @digits, @amounts_from, @amounts_to) v
	LIMIT nullif(@limit, 0)
) f

-- name: dated
-- What a change of a contract pays from now on is of this day, in this transaction.
SELECT set_config('epev.paid_on', coalesce(@on::date::text, ''), true)

-- name: hold_assigned
-- An event through which the payment is assigned to the actor stays so until the transaction ends.
SELECT e.id
FROM payment p
JOIN event e ON e.contract_id = p.contract_id
WHERE p.id = @id AND e.support_contact_id = @actor
ORDER BY e.id
LIMIT 1
FOR SHARE OF e

-- name: insert
INSERT INTO payment (contract_id, kind, amount, paid_on, method, reference, voids, reason)
VALUES (@contract_id, @kind, @amount::numeric, @paid_on::date, nullif(@method, ''), nullif(@reference, ''), @voids, nullif(@reason, ''))
RETURNING id

-- name: list
-- A page of those within a reach and a filter.
WITH place AS (
	SELECT k.moment_key, k.number_key, p.id
	FROM payments_within(@any, @own, @assigned, @actor) p
	CROSS JOIN LATERAL payment_keys(p, @sort, @descending) k
	WHERE p.id = @after AND @after_key::text IS NULL
	UNION ALL
	SELECT g.moment_key, sort_key(g.number_key, @descending), @after FROM given_keys(@after_key, @kind, @descending) g
), page AS (
	SELECT v.id, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial, v.kind, v.amount, v.paid_on, v.method, v.reference,
		v.voids, v.voided_by, v.reason, v.author_id, v.author, v.created_at, v.owner_id, v.says, k.moment_key, k.number_key
	FROM payments_found(@any, @own, @assigned, @actor, @contract, @client, @commercial, @method, @from, @before,
		@sort, @descending, CASE WHEN @walk > 0 THEN '{}' ELSE @parts::text[] END, @digits, @amounts_from, @amounts_to) v
	CROSS JOIN LATERAL payment_keys(v, @sort, @descending) k
	WHERE @after = 0 OR CASE @kind
		WHEN 'id' THEN CASE WHEN @descending THEN v.id < @after ELSE v.id > @after END
		WHEN 'moment' THEN CASE
			WHEN @descending THEN (k.moment_key, v.id) < (SELECT p.moment_key, p.id FROM place p)
			ELSE (k.moment_key, v.id) > (SELECT p.moment_key, p.id FROM place p) END
		WHEN 'number' THEN CASE
			WHEN @descending THEN (k.number_key, v.id) < (SELECT p.number_key, p.id FROM place p)
			ELSE (k.number_key, v.id) > (SELECT p.number_key, p.id FROM place p) END
		END
	ORDER BY
		CASE WHEN NOT @descending THEN k.moment_key END, CASE WHEN @descending THEN k.moment_key END DESC,
		CASE WHEN NOT @descending THEN k.number_key END, CASE WHEN @descending THEN k.number_key END DESC,
		CASE WHEN NOT @descending THEN v.id END, CASE WHEN @descending THEN v.id END DESC
	LIMIT CASE WHEN @walk > 0 THEN @walk ELSE nullif(@limit, 0) END
)
SELECT p.id, p.contract_id, p.client_id, p.client, p.commercial_id, p.commercial, p.kind, p.amount, p.paid_on, p.method, p.reference,
	p.voids, p.voided_by, p.reason, p.author_id, p.author, p.created_at, p.owner_id = @actor AS is_own,
	EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = p.contract_id) AS is_assigned
FROM page p
WHERE @walk = 0 OR (SELECT h.every FROM payment_has(p.id, p.amount, p.client_id, p.commercial, p.says, @parts, @digits, @amounts_from, @amounts_to) h)
ORDER BY
	CASE WHEN @kind = 'moment' AND NOT @descending THEN p.moment_key END, CASE WHEN @kind = 'moment' AND @descending THEN p.moment_key END DESC,
	CASE WHEN @kind = 'number' AND NOT @descending THEN p.number_key END, CASE WHEN @kind = 'number' AND @descending THEN p.number_key END DESC,
	CASE WHEN NOT @descending THEN p.id END, CASE WHEN @descending THEN p.id END DESC
LIMIT nullif(@limit, 0)

-- name: lock
-- Nobody else writes payments of its contract, nor changes that or whose it is, until the transaction ends.
SELECT p.id
FROM payment p
JOIN contract k ON k.id = p.contract_id
JOIN client c ON c.id = k.client_id
WHERE p.id = @id
FOR SHARE OF c FOR UPDATE OF k

-- name: of
-- The first @limit payments of a contract, within a reach. It is planned once.
SELECT v.id, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial, v.kind, v.amount, v.paid_on, v.method, v.reference,
	v.voids, v.voided_by, v.reason, v.author_id, v.author, v.created_at, v.owner_id = @actor AS is_own, s.is_assigned
FROM payment_shown v
CROSS JOIN LATERAL (
	SELECT EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = v.contract_id) AS is_assigned
) s
WHERE v.contract_id = @contract AND (@any OR @own AND v.owner_id = @actor OR @assigned AND s.is_assigned)
ORDER BY v.id
LIMIT @limit

-- name: open
-- What was paid of a contract that has no payments yet becomes its opening payment.
SELECT open_payments(k.id, k.total_amount - k.remaining_amount) FROM contract k WHERE k.id = @contract

-- name: reach
-- Whether the actor is any client's commercial, and the contracts with an event that the actor supports: a payment is assigned
-- through these, up to @most; 0: all.
SELECT EXISTS (SELECT FROM client c WHERE c.commercial_id = @actor) AS own,
	ARRAY(SELECT s.contract_id FROM contract_support s WHERE s.user_id = @actor LIMIT nullif(@most, 0)) AS assigned

-- name: settle
-- What is left to pay of a contract after a payment of @amount, which may be negative.
UPDATE contract SET remaining_amount = remaining_amount - @amount::numeric, is_fully_paid = remaining_amount - @amount::numeric = 0
WHERE id = @contract
RETURNING id

-- name: view
SELECT v.id, v.contract_id, v.client_id, v.client, v.commercial_id, v.commercial, v.owner, v.kind, v.amount, v.paid_on, v.method, v.reference,
	v.voids, v.voided_by, v.reason, v.author_id, v.author, v.created_at, v.owner_id = @actor AS is_own, s.is_assigned
FROM payment_shown v
CROSS JOIN LATERAL confirmed(@session, @actor, @role, @version, @stamp) a
CROSS JOIN LATERAL (
	SELECT EXISTS (SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = v.contract_id) AS is_assigned
) s
WHERE v.id = @id AND (@any OR @own AND v.owner_id = @actor OR @assigned AND s.is_assigned)
