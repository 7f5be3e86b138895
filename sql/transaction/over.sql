-- Returns once the transaction with the mark $1 is over.
SELECT true FROM pg_advisory_xact_lock($1)
