-- Transactions that change who may do what come one after the other.
SELECT true FROM pg_advisory_xact_lock(1701868919)
