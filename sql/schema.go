// Package sql holds every statement that epev sends, one file for each.
package sql

import "embed"

// Migrations holds the versions of the database's schema, in goose's format, at its root "schema".
//
//go:embed schema/0*.sql
var Migrations embed.FS

// What surrounds the migrations.
var (
	//go:embed schema/prepare.sql
	SchemaPrepare string
	//go:embed schema/lock.sql
	SchemaLock string
	//go:embed schema/lock_free.sql
	SchemaLockFree string
	//go:embed schema/lock_holder.sql
	SchemaLockHolder string
	//go:embed schema/found.sql
	SchemaFound string
	//go:embed schema/server.sql
	SchemaServer string
	//go:embed schema/version.sql
	SchemaVersion string
	//go:embed schema/rules.sql
	SchemaRules string
	//go:embed schema/adoption.sql
	SchemaAdoption string
	//go:embed schema/unfit.sql
	SchemaUnfit string
	//go:embed schema/settle.sql
	SchemaSettle string
	//go:embed schema/forget.sql
	SchemaForget string
	//go:embed schema/adopt.sql
	SchemaAdopt string
	//go:embed schema/index_search.sql
	SchemaIndexSearch string
	//go:embed schema/standing.sql
	SchemaStanding string
	//go:embed schema/taken_over.sql
	SchemaTakenOver string
	//go:embed schema/is_empty.sql
	SchemaIsEmpty string
	//go:embed schema/seed_permission.sql
	SchemaSeedPermission string
	//go:embed schema/seed_role.sql
	SchemaSeedRole string
	//go:embed schema/seed_grant.sql
	SchemaSeedGrant string
	//go:embed schema/seed_sequence.sql
	SchemaSeedSequence string
)
