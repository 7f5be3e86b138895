SELECT coalesce(max(version_id), 0) FROM epic_events.schema_version WHERE is_applied
