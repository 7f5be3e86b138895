-- What stands for the rules and indexes that there are.
SELECT md5(concat_ws(' ',
	(SELECT string_agg(c.conrelid::regclass || ' ' || c.conname || ' ' || c.convalidated, ' ' ORDER BY c.conrelid, c.conname)
		FROM pg_constraint c WHERE c.connamespace = 'epic_events'::regnamespace),
	(SELECT string_agg(i.indexrelid::regclass || ' ' || i.indisvalid, ' ' ORDER BY i.indexrelid)
		FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'epic_events'::regnamespace)))
