-- What surrounds the others of a transaction.

-- name: abandon
-- Ends the transaction with the mark, unless it is over: nobody listens to it any more. Returns where it was looked for.
SELECT whereabouts() AS place
FROM (
	SELECT count(pg_terminate_backend(pid))
	FROM pg_locks
	WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint << 32 | objid::bigint = @mark::bigint AND pid <> pg_backend_pid()
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS ended

-- name: alone
-- Transactions that change who may do what come one after the other. The lock on the mark is that of start.
SELECT true FROM (SELECT pg_advisory_xact_lock(@mark), pg_advisory_xact_lock(1701868919)) AS locks

-- name: because
-- Why the rest of the transaction changes what it does, for the history; empty for no particular reason.
SELECT set_config('epev.cause', @cause, true)

-- name: begin
-- How a transaction begins behind a pooler, whose connections other clients get. On a connection of its own epev gives
-- the same settings when it connects. A page of a list is walked through an index until it is full. A merge of two tables would
-- begin with their first rows. What the work of a day reads is in memory, wherever on the disk it is.
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL search_path = epic_events, pg_catalog;
SET LOCAL timezone = 'UTC';
SET LOCAL enable_mergejoin = off;
SET LOCAL random_page_cost = 1.1;
SET LOCAL default_transaction_isolation = 'read committed';
SET LOCAL statement_timeout = '25s';
SET LOCAL lock_timeout = '10s';
SET LOCAL idle_in_transaction_session_timeout = '5s'

-- name: hold
-- The user and their role stay as they are until the transaction ends. No row: the user is not active, or the
-- role was changed for another one while this waited for the user.
SELECT r.id FROM users u JOIN role r ON r.id = u.role_id WHERE u.id = @user AND u.is_active FOR SHARE OF u, r

-- name: marked
-- Whether the transaction with the mark was committed. Where it wrote no history, it may be made once more without harm.
SELECT EXISTS (SELECT FROM change_log WHERE mark = @mark)

-- name: over
-- Returns once the transaction with the mark is over.
SELECT true FROM pg_advisory_xact_lock(@mark)

-- name: own
-- Whether the connection has the parameter that it was made with: data/connect.go gives it to a connection of epev's own.
SELECT current_setting('epev.own', true) IS NOT DISTINCT FROM 'yes'

-- name: patience
-- The server ends the transaction when no statement comes for as long as @limit, unless a limit was set for this
-- address, database or user. The limit of all others is @usual. Returns the limit in seconds.
SELECT extract(epoch FROM set_config('idle_in_transaction_session_timeout', coalesce(
	(SELECT own FROM current_setting('idle_in_transaction_session_timeout') AS own WHERE own::interval NOT IN ('0', (@usual || 'ms')::interval)),
	(
		SELECT split_part(setting, '=', 2)
		FROM pg_db_role_setting, unnest(setconfig) AS setting
		WHERE setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
			AND setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
			AND setting LIKE 'idle_in_transaction_session_timeout=%' AND setting NOT LIKE '%=0'
		ORDER BY setdatabase = 0, setrole = 0
		LIMIT 1
	),
	@limit), true)::interval)::float8

-- name: release
RELEASE SAVEPOINT command

-- name: savepoint
SAVEPOINT command

-- name: snapshot
-- All reads of the transaction see the same moment.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: roomy
-- What reads a million rows has room to keep the names that belong to them, and to sort. Where the server gives more, it stays.
SELECT set_config('work_mem', greatest(pg_size_bytes(current_setting('work_mem')) / 1024, 65536) || 'kB', true)

-- name: start
-- Who writes, for the history, and the mark @mark of the transaction, by which the history tells its commit. It also
-- holds a lock of that mark, from before anything else until it is over. With a session @session, its user and role
-- stay as they are until then, too. No role: the session has no rights any more, or the role was changed for another
-- one while this waited for the user. After such a wait the session is as it was before.
WITH alone AS MATERIALIZED (
	SELECT pg_advisory_xact_lock(@mark::bigint)
), held AS (
	SELECT u.xmin::text AS user_stamp, r.id AS role_id, r.version, r.xmin::text AS stamp
	FROM session s
	JOIN users u ON u.id = s.user_id
	JOIN role r ON r.id = u.role_id
	WHERE s.id = (SELECT @session::bigint FROM alone) AND s.ended_at IS NULL AND s.expires_at > clock_timestamp() AND u.is_active
	FOR SHARE OF u, r
)
SELECT whereabouts() AS place, user_stamp, role_id, version, stamp
FROM (SELECT
	set_config('epev.actor_id', @actor_id, true),
	set_config('epev.actor', @actor, true),
	set_config('epev.session_id', @session_id, true),
	set_config('epev.mark', (SELECT @mark::bigint FROM alone)::text, true)) AS settings
LEFT JOIN held ON true

-- name: undo
ROLLBACK TO SAVEPOINT command

-- name: untimed
-- The statements of the transaction may take any time.
SET LOCAL statement_timeout = 0
