package sql

import _ "embed"

// Statements on the history.
var (
	//go:embed history/list.sql
	HistoryList string
)
