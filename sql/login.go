package sql

import _ "embed"

// Statements on attempts to log in.
var (
	//go:embed login/delay.sql
	LoginDelay string
	//go:embed login/forget.sql
	LoginForget string
	//go:embed login/reserve.sql
	LoginReserve string
)
