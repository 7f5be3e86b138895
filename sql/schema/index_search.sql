SELECT FROM epic_events.index_search()
