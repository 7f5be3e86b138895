package sql

import _ "embed"

// Statements about databases as such.
var (
	//go:embed database/create_main.sql
	DatabaseCreateMain string
	//go:embed database/create_demo.sql
	DatabaseCreateDemo string
	//go:embed database/drop_demo.sql
	DatabaseDropDemo string
	//go:embed database/lock_demo.sql
	DatabaseLockDemo string
	//go:embed database/info.sql
	DatabaseInfo string
)
