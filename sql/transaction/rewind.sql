-- The next id in each of the tables $1 follows the last one that was given before, $2, or since to a record that is
-- or was there: the history knows it. Whoever inserts holds a lock that quiet.sql waits for before an id is taken.
WITH lasting AS (
	SELECT pg_get_serial_sequence(b.table_name, 'id')::regclass AS sequence, greatest(b.last, CASE b.table_name
		WHEN 'users' THEN (SELECT max(id) FROM users)
		WHEN 'company' THEN (SELECT max(id) FROM company)
		WHEN 'client' THEN (SELECT max(id) FROM client)
		WHEN 'contract' THEN (SELECT max(id) FROM contract)
		WHEN 'event' THEN (SELECT max(id) FROM event)
		WHEN 'change_log' THEN (SELECT max(id) FROM change_log)
	END, (SELECT max(l.record_id) FROM change_log l WHERE l.resource = CASE b.table_name WHEN 'users' THEN 'user' ELSE b.table_name END)) AS id
	FROM unnest($1::text[], $2::bigint[]) AS b (table_name, last)
)
SELECT count(setval(sequence, greatest(id, 1), id > 0))
FROM lasting
WHERE pg_sequence_last_value(sequence) > id
