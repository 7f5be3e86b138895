package model

import "time"

// Actor is who runs a command: an active user with a live session, as the database knew
// them at the start of this command (SPEC 5, rules 2 and 7).
type Actor struct {
	UserID    int64
	Username  string
	FullName  string
	RoleID    int64
	Role      string
	SessionID int64
	Expires   time.Time // of the session, unless it is renewed
	Idle      bool      // the session was not used for some minutes, as far as it is noted
	// Permissions holds the codes that the actor's role was granted, unknown ones included:
	// package security decides what a code means.
	Permissions []string
}

// Reach says which records of one resource an actor's permission for one action covers. The zero Reach covers none. It is
// both the check on a record (Covers) and, as parameters of the SQL, the predicate that filters a list.
type Reach struct {
	Any      bool  `db:"reach_any"`      // every record
	Own      bool  `db:"reach_own"`      // records with Relation.Own: their client's commercial is the actor
	Assigned bool  `db:"reach_assigned"` // records with Relation.Assigned: linked to an event that the actor supports
	Pending  bool  `db:"reach_pending"`  // records with Relation.Pending; no list is narrowed to them
	ActorID  int64 `db:"actor_id"`
	// Of narrows the reach on records that only those see who see what these are about.
	Of Of
}

// Of are the reaches on the records that others are about. The zero Of narrows nothing.
type Of struct {
	Narrowed bool
	Client   Extent `db:"client"`
	Company  Extent `db:"company"`
	Contract Extent `db:"contract"`
	Event    Extent `db:"event"`
}

// Extent is what a Reach covers, whoever the actor is.
type Extent struct{ Any, Own, Assigned bool }

// Extent returns what the reach covers.
func (r Reach) Extent() Extent { return Extent{r.Any, r.Own, r.Assigned} }

// Everything is the reach of every record.
var Everything = Reach{Any: true}

// Relation says how a record relates to the actor who reads it. The database computes it
// in the same statement that reads the record.
type Relation struct {
	Own      bool `db:"is_own"`
	Assigned bool `db:"is_assigned"`
	Pending  bool `db:"is_pending"` // Own, and without a support contact: of events alone
}

// AnyRelation is every relation to the actor at once.
var AnyRelation = Relation{Own: true, Assigned: true, Pending: true}

// Covers reports whether a record with the given relation is within reach.
func (r Reach) Covers(rel Relation) bool {
	return r.Any || r.Own && rel.Own || r.Assigned && rel.Assigned || r.Pending && rel.Pending
}

// None reports whether the reach covers no record at all.
func (r Reach) None() bool { return !r.Any && !r.Own && !r.Assigned && !r.Pending }
