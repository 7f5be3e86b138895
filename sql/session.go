package sql

import _ "embed"

// Statements on sessions: who is who, and since when.
var (
	//go:embed session/authorise.sql
	SessionAuthorise string
	//go:embed session/credentials.sql
	SessionCredentials string
	//go:embed session/end.sql
	SessionEnd string
	//go:embed session/end_all.sql
	SessionEndAll string
	//go:embed session/find.sql
	SessionFind string
	//go:embed session/open.sql
	SessionOpen string
	//go:embed session/replay.sql
	SessionReplay string
	//go:embed session/rotate.sql
	SessionRotate string
)
