package sql

import _ "embed"

// Statements on events.
var (
	//go:embed event/count.sql
	EventCount string
	//go:embed event/list_by_support_contact.sql
	EventListBySupportContact string
	//go:embed event/lock.sql
	EventLock string
	//go:embed event/delete.sql
	EventDelete string
	//go:embed event/exists.sql
	EventExists string
	//go:embed event/insert.sql
	EventInsert string
	//go:embed event/list.sql
	EventList string
	//go:embed event/reach.sql
	EventReach string
	//go:embed event/update.sql
	EventUpdate string
	//go:embed event/view.sql
	EventView string
)
