// Package sql holds every statement that epev sends: for each noun a file of queries, the migrations in the directory
// schema, and beside them what each db-create makes anew.
//
// In a file each query follows a line "-- name: list_by_company". It takes its parameters by name, as @company, which PostgreSQL
// gets as $1. So an @ right before a name is no operator here, and no query has a $1 of its own. These mean the same everywhere:
//
//   - @any, @own and @assigned are a reach of @actor: all records, the actor's own, those assigned to the actor. In a list,
//     @assigned holds the ids of these.
//   - @parts are the words that are searched, as patterns for a search_key. @digits are what ids with them begin with.
//   - @phones, @amounts_from and @amounts_to are what else each of these words may be.
//   - @sort is the field that a list is sorted by, @kind how it is compared, @limit how many rows there are.
//   - @after is the id behind which they begin, and @after_key its value in that field, where that is known.
//   - @session confirms, unless it is 0, that it lives and is the actor's. @role, @version and @stamp confirm that the role
//     is still as session.authorise told it.
package sql

import "embed"

//go:embed *.sql
var files embed.FS

// Migrations holds the versions of the database's schema, in goose's format, at its root "schema".
//
//go:embed schema/0*.sql
var Migrations embed.FS

// What makes the functions rules() and adopt(), and the views and functions that statements share.
var (
	//go:embed schema/rules.sql
	Rules string
	//go:embed schema/adoption.sql
	Adoption string
	//go:embed schema/shown.sql
	Shown string
)

// The queries, by what they are about.
var (
	User = load[struct {
		Available, ChoosePassword, Count, Delete, Hold, Insert, LeftBehind, List, Lock, MayKeep, MustChange, Named, References, RenewHash, SetActive,
		SetPassword, TouchLogin, Update, View Query
	}]("user")
	Role    = load[struct{ Count, Grant, Holding, LastAssigner, List, Named, Revoke, View Query }]("role")
	Company = load[struct{ Called, CalledMany, Common, Count, Delete, Duplicates, Hold, HoldMany, Insert, List, Lock, MergeClients, Named, References, Several, Update, View Query }]("company")
	Client  = load[struct {
		Alike, Common, Complete, Contact, Count, Delete, Duplicates, Hold, HoldAssigned, HoldMany, Insert, List, ListByCommercial, ListByCompany, Lock, Mailboxes, MergeContracts, Named, Reach,
		Reassign, References, LockMany, Several, Update, View Query
	}]("client")
	Contract = load[struct {
		Booked, Breaking, Common, Count, Delete, FollowClient, Hold, HoldAssigned, HoldMany, Insert, List, ListByCommercial, Lock, Over, Reach, References,
		Several, Update, View Query
	}]("contract")
	Event = load[struct {
		Agenda, Cancel, Clashing, Common, Count, Delete, Hold, Insert, KeepCalendar, List, ListByCommercial, ListBySupportContact, Lock, Reach,
		Several, Update, View Query
	}]("event")
	Payment   = load[struct{ Common, Count, Dated, HoldAssigned, Insert, List, Lock, Of, Open, Reach, Settle, View Query }]("payment")
	Privilege = load[struct{ Do, Found, Given, Keep, Kept, Place, Present Query }]("privilege")
	Report    = load[struct{ Events, Pipeline, Revenue, Unpaid, Workload Query }]("report")
	Record    = load[struct{ Exists, Called, LastIds, Lead, Led, Rewind, SettleAlike Query }]("record")
	Note      = load[struct {
		ClearOfClient, ClearOfCompany, ClearOfContract, ClearOfEvent, Common, Count, Delete, Insert, List, Lock, MergeOfClient, MergeOfCompany, Of,
		Reach, Update, View Query
	}]("note")
	Handover = load[struct{ Clients, Contracts, Events, LockClients, LockEvents, ToMend Query }]("handover")
	Find     = load[struct {
		Clients, Companies, Contracts, Events, Notes, Users, WhoClients, WhoCompanies, WhoContracts, WhoEvents, WhoNotes, WhoUsers Query
	}]("find")
	History     = load[struct{ All, Count, List Query }]("history")
	Login       = load[struct{ Alone, Delay, Forget, Known, Remember, Reserve, Total Query }]("login")
	Session     = load[struct{ Authorise, Credentials, End, EndAll, Find, Forget, List, Living, Open, OpenByKey, Replay, Rotate, Touch Query }]("session")
	Key         = load[struct{ Add, Delete, EndSessions, List, Lock, Offered, View Query }]("key")
	Transaction = load[struct {
		Abandon, Alone, Because, Begin, Hold, Marked, Over, Own, Patience, Release, Roomy, Savepoint, Snapshot, Start, Undo, Untimed Query
	}]("transaction")
	Arriving = load[struct {
		ChangeClients, Clients, Companies, Contracts, CopyClients, CopyCompanies, CopyContracts, CopyEvents, Events, Many, StageClients, StageCompanies,
		StageContracts, StageEvents, UnstageClients, UnstageCompanies, UnstageContracts, UnstageEvents Query
	}]("arriving")
	Today  = load[struct{ Events, Unsigned, WithoutEvent, Unpaid, Silent, Unassigned, Owed, Left Query }]("today")
	Sample = load[struct {
		Cancelled, Clients, Companies, Contracts, Events, Notes, Payments, Users, Exists, History, Sequences,
		Analyse, Begin, BuildIndex, CopyClients, CopyCompanies, CopyContracts, CopyEvents, CopyHistory, CopyNotes, CopyPayments, Finish, Indexes, Large Query
	}]("sample")
	Undo     = load[struct{ BuiltUpon, Hold, Last, Made, Moved, Referrer, Since, Summary, TakeBack, Unmake, Whole, Written Query }]("undo")
	Database = load[struct {
		All, Alone, Analyse, Count, Counted, Counting, CreateDemo, CreateMain, DropDemo, Export, Following, Info, LeftOver, LockDemo, Naming, Occupied,
		Position, Sizes, Swap Query
	}]("database")
	Doctor = load[struct{ Abandoned, Breaches, Careless, Server, Since, Trigrams Query }]("doctor")
	Schema = load[struct {
		Prepare, Lock, Found, Server, Version, Unfit, Settle, Forget, Adopt, IndexSearch, TakenOver, IsEmpty, SeedPermission,
		SeedRole, SeedGrant, SeedSequence, Standing, LockFree, LockHolder, NoteRules, RulesMade, RulesSum, Unshare Query
	}]("schema")
)
