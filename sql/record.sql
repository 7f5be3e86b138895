-- Records of any kind, by the table that they are in.

-- name: exists
SELECT is_there(@table, @id)

-- name: called
-- Whether records are there, and each change of theirs that tells a name, which is in the column title: before it, after it.
SELECT r.kind, r.id, is_there(r.tab, r.id) AS there, coalesce(l.id, 0) AS change,
	coalesce(l.before ->> r.title, '') AS before, coalesce(l.after ->> r.title, '') AS after
FROM unnest(@kinds::text[], @tables::text[], @titles::text[], @ids::bigint[]) AS r (kind, tab, title, id)
LEFT JOIN change_log l ON l.resource = r.kind AND l.record_id = r.id AND coalesce(l.after ->> r.title, l.before ->> r.title) IS NOT NULL
ORDER BY l.id

-- name: last_ids
-- The last id that was given in each of the tables, and in the history; 0 for none.
SELECT array_agg(coalesce(pg_sequence_last_value(pg_get_serial_sequence(t.name, 'id')::regclass), 0) ORDER BY t.place)
FROM unnest(@tables::text[] || 'change_log'::text) WITH ORDINALITY AS t (name, place)

-- name: led
-- The id of the record in which one disappeared that was merged, or in which that one did later; 0: it did not.
WITH RECURSIVE led AS (
	SELECT a.new_id AS id, 1 AS steps FROM alias a WHERE a.resource = @resource AND a.old_id = @id
	UNION ALL
	SELECT a.new_id, l.steps + 1 FROM led l JOIN alias a ON a.resource = @resource AND a.old_id = l.id
)
SELECT coalesce((SELECT l.id FROM led l ORDER BY l.steps DESC LIMIT 1), 0)

-- name: lead
-- From now on the id of a record leads to another one.
INSERT INTO alias (resource, old_id, new_id) VALUES (@resource, @id, @into) RETURNING old_id

-- name: rewind
SELECT rewind(@tables::text[] || 'change_log'::text, @nouns::text[], @ids)

-- name: settle_alike
SELECT settle_alike(@resource)
