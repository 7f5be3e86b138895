INSERT INTO epic_events.role_permission (role_id, permission_id)
SELECT $1, id FROM epic_events.permission WHERE name = ANY ($2::text[])
