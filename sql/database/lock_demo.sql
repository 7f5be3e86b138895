-- One at a time makes the sandbox. It may take longer than a lock may otherwise, not than a statement.
SET lock_timeout = 0;
SELECT pg_advisory_lock(1701868920)
