-- What find finds, each noun's records by themselves: the best ones within a reach that a text means, with the rank of each. A rank
-- of 0 is the id, 1 all of the name, 2 its beginning or a telephone number. It is 3 for the beginning of a word, 4 for a part of
-- one, and 5 for what the record belongs to. The text is @text, folded. Names with it begin with something between @from and @to. Each of @parts is a
-- pattern of a search_key, and @word the one of a word that begins with the text. There are no parts where an index cannot look for
-- them. At most @limit are found in each way, through an index, so that none of a million is looked at that does not fit.

-- name: clients
WITH found AS (
	SELECT m.id, m.rank
	FROM clients_meant(@any, @own, @assigned, @actor, @text, @from, @to, @word, @parts, @digits, @limit) m
	UNION ALL
	(SELECT c.id, 2 FROM client c WHERE @phone <> '' AND c.phone ~ @phone
		AND (@any OR @own AND c.commercial_id = @actor OR c.id = ANY (@assigned)) LIMIT @limit)
)
SELECT f.id, min(f.rank) AS rank FROM found f GROUP BY f.id ORDER BY 2, 1 LIMIT @limit

-- name: companies
WITH found AS (
	(SELECT y.id, 0 AS rank FROM company y WHERE y.id = nullif(@digits, '')::bigint)
	UNION ALL
	(SELECT y.id, CASE WHEN sort_key(y.name, true) COLLATE "C" = @text THEN 1 ELSE 2 END FROM company y
		WHERE sort_key(y.name, true) COLLATE "C" >= @from AND sort_key(y.name, true) COLLATE "C" < @to
		ORDER BY sort_key(y.name, true) COLLATE "C" LIMIT @limit)
	UNION ALL
	(SELECT y.id, CASE WHEN search_key(y.name) LIKE @word THEN 3 ELSE 4 END FROM company y
		WHERE search_key(y.name) LIKE (@parts::text[])[1] AND (cardinality(@parts) < 2 OR search_key(y.name) LIKE (@parts::text[])[2])
		AND (cardinality(@parts) < 3 OR search_key(y.name) LIKE ALL (@parts)) LIMIT @limit)
)
SELECT f.id, min(f.rank) AS rank FROM found f WHERE @any GROUP BY f.id ORDER BY 2, 1 LIMIT @limit

-- name: contracts
-- By their ids, their amounts and their clients, which are @clients.
WITH found AS (
	(SELECT k.id, 0 AS rank FROM contract k WHERE k.id = nullif(@digits, '')::bigint)
	UNION ALL
	(SELECT k.id, 3 FROM contract k WHERE k.total_amount BETWEEN @low::numeric AND @high::numeric ORDER BY k.total_amount, k.id LIMIT 10 * @limit)
	UNION ALL
	(SELECT k.id, 3 FROM contract k WHERE k.remaining_amount BETWEEN @low::numeric AND @high::numeric ORDER BY k.remaining_amount, k.id LIMIT 10 * @limit)
	UNION ALL
	(SELECT k.id, 5 FROM contract k WHERE k.client_id = ANY (@clients) LIMIT 10 * @limit)
)
SELECT f.id, min(f.rank) AS rank
FROM found f
JOIN contract k ON k.id = f.id
JOIN client c ON c.id = k.client_id
WHERE @any OR @own AND c.commercial_id = @actor OR k.id = ANY (@assigned)
GROUP BY f.id
ORDER BY 2, 1
LIMIT @limit

-- name: events
-- By what they say themselves, and by their clients, which are @clients.
WITH visible AS NOT MATERIALIZED (
	SELECT e.id, e.title, e.full_address, e.notes
	FROM event e
	JOIN contract k ON k.id = e.contract_id
	JOIN client c ON c.id = k.client_id
	WHERE @any OR @own AND c.commercial_id = @actor OR cardinality(@assigned::bigint[]) > 0 AND e.support_contact_id = @actor
), found AS (
	(SELECT v.id, 0 AS rank FROM visible v WHERE v.id = nullif(@digits, '')::bigint)
	UNION ALL
	(SELECT v.id, CASE WHEN sort_key(v.title, true) COLLATE "C" = @text THEN 1 ELSE 2 END FROM visible v
		WHERE sort_key(v.title, true) COLLATE "C" >= @from AND sort_key(v.title, true) COLLATE "C" < @to
		ORDER BY sort_key(v.title, true) COLLATE "C" LIMIT @limit)
	UNION ALL
	(SELECT v.id, CASE WHEN search_key(v.title) LIKE @word THEN 3 ELSE 4 END FROM visible v
		WHERE cardinality(@parts::text[]) = 1 AND search_key(v.title || ' ' || v.full_address || ' ' || coalesce(v.notes, '')) LIKE (@parts::text[])[1] LIMIT @limit)
	UNION ALL
	(SELECT e.id, CASE WHEN search_key(e.title) LIKE @word THEN 3 ELSE 4 END FROM event e WHERE cardinality(@parts) > 1 AND e.id = ANY (ARRAY(
		SELECT w.id FROM events_of_words(@any, @own, cardinality(@assigned::bigint[]) > 0, @actor, @parts, @limit) w)))
	UNION ALL
	(SELECT v.id, 5 FROM visible v WHERE v.id = ANY (ARRAY(
		SELECT e.id FROM contract k JOIN event e ON e.contract_id = k.id WHERE k.client_id = ANY (@clients) LIMIT 10 * @limit))
		LIMIT @limit)
)
SELECT f.id, min(f.rank) AS rank FROM found f GROUP BY f.id ORDER BY 2, 1 LIMIT @limit

-- name: notes
-- By their text, the latest ones first among equals.
WITH visible AS NOT MATERIALIZED (
	SELECT v.id, v.text
	FROM note v
	CROSS JOIN LATERAL note_seen(v.client_id, v.company_id, v.contract_id, v.event_id, @actor, @of) s
	WHERE (@any OR @own AND v.author_id = @actor) AND s.so
), found AS (
	(SELECT v.id, 0 AS rank FROM visible v WHERE v.id = nullif(@digits, '')::bigint)
	UNION ALL
	(SELECT v.id, CASE WHEN starts_with(fold(v.text), @text) THEN 2 WHEN search_key(v.text) LIKE @word THEN 3 ELSE 4 END FROM visible v
		WHERE search_key(v.text) LIKE (@parts::text[])[1] AND (cardinality(@parts) < 2 OR search_key(v.text) LIKE (@parts::text[])[2])
		AND (cardinality(@parts) < 3 OR search_key(v.text) LIKE ALL (@parts)) LIMIT @limit)
)
SELECT f.id, min(f.rank) AS rank FROM found f GROUP BY f.id ORDER BY 2, 1 DESC LIMIT @limit

-- name: users
-- They are few.
SELECT f.id, f.rank
FROM (
	SELECT u.id, CASE WHEN u.id = nullif(@digits, '')::bigint THEN 0
		WHEN fold(u.username) = @text OR fold(u.full_name) = @text THEN 1
		WHEN starts_with(fold(u.username), @text) OR starts_with(fold(u.full_name), @text) THEN 2
		WHEN search_key(concat_ws(' ', u.username, u.full_name, u.email)) LIKE @word THEN 3 ELSE 4 END AS rank
	FROM users u
	WHERE @any AND (u.id = nullif(@digits, '')::bigint OR search_key(concat_ws(' ', u.username, u.full_name, u.email)) LIKE ALL (@parts))
) f
ORDER BY 2, 1
LIMIT @limit

-- What is told of records that were found, as far as they are within a reach: who or what each is.

-- name: who_clients
SELECT c.id, c.full_name, c.company
FROM client_shown c
CROSS JOIN LATERAL client_relation(c.id, c.commercial_id, @actor) r
WHERE c.id = ANY (@ids) AND (@any OR @own AND r.is_own OR @assigned AND r.is_assigned)

-- name: who_companies
SELECT y.id, y.name FROM company y WHERE y.id = ANY (@ids) AND @any

-- name: who_contracts
SELECT k.id, k.client, k.total_amount
FROM contract_shown k
WHERE k.id = ANY (@ids) AND (@any OR @own AND k.owner_id = @actor OR @assigned AND EXISTS (
	SELECT FROM contract_support t WHERE t.user_id = @actor AND t.contract_id = k.id))

-- name: who_events
SELECT e.id, e.title, e.client
FROM event_shown e
WHERE e.id = ANY (@ids) AND (@any OR @own AND e.commercial_id = @actor OR @assigned AND e.support_contact_id = @actor)

-- name: who_notes
SELECT n.id, n.about, n.text
FROM note_shown n
CROSS JOIN LATERAL note_seen(n.client_id, n.company_id, n.contract_id, n.event_id, @actor, @of) s
WHERE n.id = ANY (@ids) AND s.so AND (@any OR @own AND n.author_id = @actor)

-- name: who_users
SELECT u.id, u.full_name, u.username, u.role FROM user_shown u WHERE u.id = ANY (@ids) AND @any
