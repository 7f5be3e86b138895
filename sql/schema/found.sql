-- What is there: the table of versions, one of epev's own tables, one of the predecessor's.
SELECT to_regclass('epic_events.schema_version') IS NOT NULL, to_regclass('epic_events.change_log') IS NOT NULL,
    to_regclass('epic_events.users') IS NOT NULL
