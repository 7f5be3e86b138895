-- One db-create at a time, until its transaction ends. It may wait, and work, longer than a command may.
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SET CONSTRAINTS ALL IMMEDIATE;
SELECT pg_advisory_xact_lock(1701868918);
