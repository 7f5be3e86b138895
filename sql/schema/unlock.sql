SELECT pg_advisory_unlock(1701868918);
RESET statement_timeout;
RESET lock_timeout;
