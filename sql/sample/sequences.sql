-- The records were given their ids; the next ones continue. Sessions begin at a number that depends on the
-- time, so that a shell which had the sandbox open before it was made anew does not find its session again.
SELECT max(next)
FROM (VALUES
	(setval(pg_get_serial_sequence('users', 'id'), (SELECT max(id) FROM users))),
	(setval(pg_get_serial_sequence('company', 'id'), (SELECT max(id) FROM company))),
	(setval(pg_get_serial_sequence('client', 'id'), (SELECT max(id) FROM client))),
	(setval(pg_get_serial_sequence('contract', 'id'), (SELECT max(id) FROM contract))),
	(setval(pg_get_serial_sequence('event', 'id'), (SELECT max(id) FROM event))),
	(setval(pg_get_serial_sequence('session', 'id'), extract(epoch FROM clock_timestamp())::bigint))
) AS sequences (next)
