INSERT INTO epic_events.permission (name) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING
