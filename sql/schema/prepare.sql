-- What the table of versions lies in. CREATE SCHEMA IF NOT EXISTS would ask for the right
-- to create schemas even where this one is there.
DO $$
BEGIN
    IF to_regnamespace('epic_events') IS NULL THEN
        CREATE SCHEMA epic_events;
    END IF;
END
$$;
