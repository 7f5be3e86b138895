package sql

import _ "embed"

// Statements on contracts.
var (
	//go:embed contract/count.sql
	ContractCount string
	//go:embed contract/delete.sql
	ContractDelete string
	//go:embed contract/exists.sql
	ContractExists string
	//go:embed contract/breaking.sql
	ContractBreaking string
	//go:embed contract/follow_client.sql
	ContractFollowClient string
	//go:embed contract/hold.sql
	ContractHold string
	//go:embed contract/hold_assigned.sql
	ContractHoldAssigned string
	//go:embed contract/insert.sql
	ContractInsert string
	//go:embed contract/list.sql
	ContractList string
	//go:embed contract/list_by_commercial.sql
	ContractListByCommercial string
	//go:embed contract/lock.sql
	ContractLock string
	//go:embed contract/reach.sql
	ContractReach string
	//go:embed contract/references.sql
	ContractReferences string
	//go:embed contract/update.sql
	ContractUpdate string
	//go:embed contract/view.sql
	ContractView string
)
