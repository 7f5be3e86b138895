-- The roles were given their ids; the next one continues.
SELECT setval(pg_get_serial_sequence('epic_events.role', 'id'), max(id)) FROM epic_events.role
