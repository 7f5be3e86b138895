SELECT broken_by, row_count, first_ids, consequence FROM epic_events.adopt()
