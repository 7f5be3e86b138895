-- Attempts of strangers are counted one after the other, so that each knows of those before it.
SELECT true FROM pg_advisory_xact_lock(1701868920)
