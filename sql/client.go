package sql

import _ "embed"

// Statements on clients.
var (
	//go:embed client/alike.sql
	ClientAlike string
	//go:embed client/complete.sql
	ClientComplete string
	//go:embed client/count.sql
	ClientCount string
	//go:embed client/delete.sql
	ClientDelete string
	//go:embed client/exists.sql
	ClientExists string
	//go:embed client/hold.sql
	ClientHold string
	//go:embed client/hold_assigned.sql
	ClientHoldAssigned string
	//go:embed client/insert.sql
	ClientInsert string
	//go:embed client/list.sql
	ClientList string
	//go:embed client/list_by_commercial.sql
	ClientListByCommercial string
	//go:embed client/list_by_company.sql
	ClientListByCompany string
	//go:embed client/lock.sql
	ClientLock string
	//go:embed client/reassign.sql
	ClientReassign string
	//go:embed client/reach.sql
	ClientReach string
	//go:embed client/references.sql
	ClientReferences string
	//go:embed client/update.sql
	ClientUpdate string
	//go:embed client/view.sql
	ClientView string
)
