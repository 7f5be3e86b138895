package sql

import _ "embed"

// Statements around the others of a transaction.
var (
	//go:embed transaction/abandon.sql
	TransactionAbandon string
	//go:embed transaction/alone.sql
	TransactionAlone string
	//go:embed transaction/begin.sql
	TransactionBegin string
	//go:embed transaction/hold.sql
	TransactionHold string
	//go:embed transaction/ids.sql
	TransactionIDs string
	//go:embed transaction/marked.sql
	TransactionMarked string
	//go:embed transaction/over.sql
	TransactionOver string
	//go:embed transaction/own.sql
	TransactionOwn string
	//go:embed transaction/patience.sql
	TransactionPatience string
	//go:embed transaction/quiet.sql
	TransactionQuiet string
	//go:embed transaction/release.sql
	TransactionRelease string
	//go:embed transaction/rewind.sql
	TransactionRewind string
	//go:embed transaction/savepoint.sql
	TransactionSavepoint string
	//go:embed transaction/start.sql
	TransactionStart string
	//go:embed transaction/undo.sql
	TransactionUndo string
)
