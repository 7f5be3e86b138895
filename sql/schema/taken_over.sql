-- The grants that the migrations made from role.permissions.
SELECT count(*), count(DISTINCT record_id) FROM epic_events.change_log WHERE actor = 'db-create'
