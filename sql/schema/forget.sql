-- What the next db-create makes anew.
DROP FUNCTION epic_events.adopt(), epic_events.rules();
