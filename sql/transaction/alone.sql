-- Transactions that change who may do what come one after the other. $1 is the transaction's mark, as for begin.sql.
SELECT true FROM (SELECT pg_advisory_xact_lock($1), pg_advisory_xact_lock(1701868919)) AS locks
