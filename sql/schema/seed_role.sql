INSERT INTO epic_events.role (id, name) VALUES ($1, $2)
