-- What became of the transaction $1. Where it seems to run still, its connection is gone: it is told so.
WITH cut AS MATERIALIZED (
	SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity WHERE backend_xid = $1::xid8::xid AND pid <> pg_backend_pid()
)
SELECT pg_xact_status($1::xid8) FROM cut
