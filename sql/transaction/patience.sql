-- The server ends the transaction when no statement comes for as long as $1, unless a limit was set for this address,
-- database or user. $2 is what is set for all others. Returns the limit in seconds.
SELECT extract(epoch FROM set_config('idle_in_transaction_session_timeout', coalesce(
	(SELECT own FROM current_setting('idle_in_transaction_session_timeout') AS own WHERE own::interval NOT IN ('0', ($2 || 'ms')::interval)),
	(
		SELECT split_part(setting, '=', 2)
		FROM pg_db_role_setting, unnest(setconfig) AS setting
		WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
			AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
			AND setting LIKE 'idle_in_transaction_session_timeout=%' AND setting NOT LIKE '%=0'
		ORDER BY setdatabase = 0, setrole = 0
		LIMIT 1
	),
	$1), true)::interval)::float8
