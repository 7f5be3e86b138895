package sql

import _ "embed"

// Statements on companies.
var (
	//go:embed company/count.sql
	CompanyCount string
	//go:embed company/delete.sql
	CompanyDelete string
	//go:embed company/exists.sql
	CompanyExists string
	//go:embed company/insert.sql
	CompanyInsert string
	//go:embed company/list.sql
	CompanyList string
	//go:embed company/lock.sql
	CompanyLock string
	//go:embed company/references.sql
	CompanyReferences string
	//go:embed company/update.sql
	CompanyUpdate string
	//go:embed company/view.sql
	CompanyView string
)
