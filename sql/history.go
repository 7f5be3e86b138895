package sql

import _ "embed"

// Statements on the history.
var (
	//go:embed history/list.sql
	HistoryList string
	//go:embed history/names.sql
	HistoryNames string
	//go:embed history/called.sql
	HistoryCalled string
)
