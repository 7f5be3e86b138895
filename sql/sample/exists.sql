-- Whether the sample $2 was loaded into a schema of version $1. The history tells, which nothing that is
-- done in a sandbox can change.
SELECT (SELECT max(version_id) FROM schema_version WHERE is_applied) = $1
	AND EXISTS (SELECT FROM change_log WHERE resource = 'user' AND record_id = 1 AND action = 'create' AND actor = $2)
