package sql

import _ "embed"

// Statements on roles and their permissions.
var (
	//go:embed role/count.sql
	RoleCount string
	//go:embed role/grant.sql
	RoleGrant string
	//go:embed role/holding.sql
	RoleHolding string
	//go:embed role/last_assigner.sql
	RoleLastAssigner string
	//go:embed role/list.sql
	RoleList string
	//go:embed role/revoke.sql
	RoleRevoke string
	//go:embed role/view.sql
	RoleView string
	//go:embed role/view_by_name.sql
	RoleViewByName string
)
