-- The versions whose migrations were made; goose begins its table with a version 0.
SELECT coalesce(array_agg(version_id ORDER BY version_id), '{}') FROM epic_events.schema_version WHERE is_applied AND version_id > 0
