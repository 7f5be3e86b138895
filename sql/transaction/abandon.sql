-- Ends the transaction with the mark $1, unless it is over: nobody listens to it any more. Returns where it was looked for.
SELECT whereabouts() AS place
FROM (
	SELECT count(pg_terminate_backend(pid))
	FROM pg_locks
	WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint << 32 | objid::bigint = $1::bigint AND pid <> pg_backend_pid()
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS ended
