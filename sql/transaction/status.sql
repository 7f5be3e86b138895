-- What became of the transaction $1. Where it seems to run still, its connection is gone: it is told so.
with cut as materialized (
	select count(pg_terminate_backend(pid)) as n from pg_stat_activity where backend_xid = $1::xid8::xid and pid <> pg_backend_pid()
)
select pg_xact_status($1::xid8) from cut
