package sql

import _ "embed"

// Statements on users.
var (
	//go:embed user/count.sql
	UserCount string
	//go:embed user/delete.sql
	UserDelete string
	//go:embed user/exists.sql
	UserExists string
	//go:embed user/hold.sql
	UserHold string
	//go:embed user/insert.sql
	UserInsert string
	//go:embed user/left_behind.sql
	UserLeftBehind string
	//go:embed user/list.sql
	UserList string
	//go:embed user/lock.sql
	UserLock string
	//go:embed user/references.sql
	UserReferences string
	//go:embed user/renew_hash.sql
	UserRenewHash string
	//go:embed user/set_active.sql
	UserSetActive string
	//go:embed user/set_password.sql
	UserSetPassword string
	//go:embed user/touch_login.sql
	UserTouchLogin string
	//go:embed user/update.sql
	UserUpdate string
	//go:embed user/view.sql
	UserView string
	//go:embed user/view_by_name.sql
	UserViewByName string
)
