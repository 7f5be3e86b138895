SELECT broken_by, row_count, first_ids, consequence, mend FROM epic_events.adopt()
