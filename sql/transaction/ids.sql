-- The last id that was given in each table that commands insert into, 0 for none.
SELECT t.name AS table_name, coalesce(pg_sequence_last_value(pg_get_serial_sequence(t.name, 'id')::regclass), 0) AS last
FROM (VALUES ('users'), ('company'), ('client'), ('contract'), ('event'), ('change_log')) AS t (name)
