-- Takes the lock of lock.sql if nobody has it.
SELECT pg_try_advisory_xact_lock(1701868918)
