-- What stands for the rules and indexes that there are. A rule binds from the moment that it is there, not from when rows were looked at.
SELECT md5(concat_ws(' ',
	(SELECT string_agg(c.conrelid || ' ' || c.conname, ' ' ORDER BY c.conrelid, c.conname)
		FROM pg_constraint c WHERE c.connamespace = 'epic_events'::regnamespace),
	(SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c WHERE c.relnamespace = 'epic_events'::regnamespace AND c.relkind = 'i'),
	(SELECT string_agg(a.attrelid || ' ' || a.attname, ' ' ORDER BY a.attrelid, a.attname)
		FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'epic_events'::regnamespace AND c.relkind = 'r' AND a.attnotnull)))
