-- One db-create at a time. It may wait, and work, longer than a command may.
SET statement_timeout = 0;
SET lock_timeout = 0;
SELECT pg_advisory_lock(1701868918);
