-- Which of the server's processes has the lock of lock.sql, and who that is.
SELECT l.pid, coalesce(a.usename, ''), coalesce(host(a.client_addr), '')
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = 0 AND l.objid = 1701868918
AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
