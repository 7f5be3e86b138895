package sql

import _ "embed"

// Statements that fill the sandbox.
var (
	//go:embed sample/exists.sql
	SampleExists string
	//go:embed sample/users.sql
	SampleUsers string
	//go:embed sample/companies.sql
	SampleCompanies string
	//go:embed sample/clients.sql
	SampleClients string
	//go:embed sample/contracts.sql
	SampleContracts string
	//go:embed sample/events.sql
	SampleEvents string
	//go:embed sample/history.sql
	SampleHistory string
	//go:embed sample/sequences.sql
	SampleSequences string
)
