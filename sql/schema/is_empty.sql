SELECT NOT EXISTS (SELECT FROM epic_events.role) AND NOT EXISTS (SELECT FROM epic_events.users)
