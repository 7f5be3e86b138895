-- Transactions that change who may do what come one after the other.
select true from pg_advisory_xact_lock(1701868919)
