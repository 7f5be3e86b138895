package sql

import _ "embed"

// Statements on attempts to log in.
var (
	//go:embed login/alone.sql
	LoginAlone string
	//go:embed login/delay.sql
	LoginDelay string
	//go:embed login/forget.sql
	LoginForget string
	//go:embed login/known.sql
	LoginKnown string
	//go:embed login/remember.sql
	LoginRemember string
	//go:embed login/reserve.sql
	LoginReserve string
	//go:embed login/total.sql
	LoginTotal string
)
