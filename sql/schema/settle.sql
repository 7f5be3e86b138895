-- A sequence that is made and used in one transaction is written down, where wal_level is minimal, together with the
-- values that it may give before it writes again: after a crash it would give those once more. setval ends that.
SELECT setval(c.oid::regclass, s.last_value)
FROM pg_sequences s
JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = 'epic_events'::regnamespace
WHERE s.schemaname = 'epic_events' AND s.last_value IS NOT NULL AND c.xmin = pg_current_xact_id()::xid
