-- The server ends the transaction when no statement comes for as long as $1, unless a limit was set already for
-- this database or user. Returns the limit in seconds.
SELECT extract(epoch FROM set_config('idle_in_transaction_session_timeout', CASE own WHEN '0' THEN $1 ELSE own END, true)::interval)::float8
FROM current_setting('idle_in_transaction_session_timeout') AS own
