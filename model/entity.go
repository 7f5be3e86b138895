package model

import (
	"fmt"
	"time"
)

// The entities are the rows of SPEC 6. Version counts the changes of a row: an update made against an older version is a
// conflict. Names of referred records (Company, Commercial…) are read along for people's views; only the ids are written.

// User is a member of staff. The password hash never leaves package data except for a login.
type User struct {
	ID        int64      `db:"id"`
	Username  string     `db:"username"`
	FullName  string     `db:"full_name"`
	Email     Email      `db:"email"`
	RoleID    int64      `db:"role_id"`
	Role      string     `db:"role"`
	IsActive  bool       `db:"is_active"`
	LastLogin *time.Time `db:"last_login"`
	CreatedAt time.Time  `db:"created_at"`
	UpdatedAt time.Time  `db:"updated_at"`
	Version   int64      `db:"version"`
}

// Serves is a Conflict, about the field that names the user, unless they are active and of the role.
func (u User) Serves(role, field string) error {
	conflict := &Error{Kind: Conflict, Field: field, Facts: Facts{"username": u.Username, "role": role}, Try: []string{"user list --" + role}}
	switch {
	case u.Role != role:
		conflict.Fault = "other-role"
	case !u.IsActive:
		conflict.Fault = "not-active"
	default:
		return nil
	}
	return conflict
}

// Session is a living login of a user.
type Session struct {
	ID       int64     `db:"id"`
	UserID   int64     `db:"user_id"`
	Username string    `db:"username"`
	Since    time.Time `db:"created_at"`
	Used     time.Time `db:"used_at"` // to within five minutes
	Expires  time.Time `db:"expires_at"`
	Origin   string    `db:"origin"` // the host or address that it was opened from; empty: not known
	ByKey    bool      `db:"by_key"`
	Key      string    `db:"key"` // what the key is called that opened it
}

// UserKey is a public key by which a user comes in through ssh.
type UserKey struct {
	ID          int64      `db:"id"`
	UserID      int64      `db:"user_id"`
	Username    string     `db:"username"`
	Kind        string     `db:"kind"` // "ssh-ed25519"
	Key         []byte     `db:"key"`  // as RFC 4253 writes it
	Fingerprint string     `db:"fingerprint"`
	Note        string     `db:"note"` // what the user calls it
	CreatedAt   time.Time  `db:"created_at"`
	UsedAt      *time.Time `db:"used_at"`
}

// Role is a named set of permission codes.
type Role struct {
	ID          int64    `db:"id"`
	Name        string   `db:"name"`
	Permissions []string `db:"permissions"`
	Users       int64    `db:"users"` // active users who hold the role
	Version     int64    `db:"version"`
}

// Company is a client's employer. It has no owner: permissions on companies have no scopes.
type Company struct {
	ID        int64     `db:"id"`
	Name      string    `db:"name"`
	Clients   *int64    `db:"clients"` // how many clients refer to it, as far as they are told; nil: they are not
	Noted     bool      `db:"noted"`   // there are notes about it. Read by a view alone
	CreatedAt time.Time `db:"created_at"`
	UpdatedAt time.Time `db:"updated_at"`
	Version   int64     `db:"version"`
}

// Client is a person who may sign contracts. It belongs to one commercial.
type Client struct {
	Relation
	ID           int64      `db:"id"`
	FullName     string     `db:"full_name"`
	Email        Email      `db:"email"`
	Phone        Phone      `db:"phone"` // empty: none
	CompanyID    *int64     `db:"company_id"`
	Company      string     `db:"company"`
	CommercialID int64      `db:"commercial_id"`
	Commercial   string     `db:"commercial"`
	FirstContact time.Time  `db:"first_contact_date"`
	LastContact  *time.Time `db:"last_contact_date"`
	Noted        bool       `db:"noted"` // there are notes about it. Read by a view alone
	CreatedAt    time.Time  `db:"created_at"`
	UpdatedAt    time.Time  `db:"updated_at"`
	Version      int64      `db:"version"`
}

// Contract is what a client signs and pays. Its commercial is its client's.
type Contract struct {
	Relation
	ID           int64      `db:"id"`
	ClientID     int64      `db:"client_id"`
	Client       string     `db:"client"`
	CommercialID int64      `db:"commercial_id"`
	Commercial   string     `db:"commercial"`
	Owner        string     `db:"owner"` // the client's commercial; another one only on a predecessor's row. Read by a view alone
	Total        Amount     `db:"total_amount"`
	Remaining    Amount     `db:"remaining_amount"`
	IsSigned     bool       `db:"is_signed"`
	SignedOn     *time.Time `db:"signed_on"` // a day; nil where it is not known
	IsFullyPaid  bool       `db:"is_fully_paid"`
	Noted        bool       `db:"noted"` // there are notes about it. Read by a view alone
	CreatedAt    time.Time  `db:"created_at"`
	UpdatedAt    time.Time  `db:"updated_at"`
	Version      int64      `db:"version"`

	// On is the day of what a creation or a change of the amounts pays. Zero: it is not known, so that it becomes part of the
	// opening payment where there is none yet. It is not read.
	On time.Time `db:"-"`
}

// Mended is a Conflict unless the amounts are sums of money that agree, so that something can be paid. A predecessor may
// have left others.
func (c Contract) Mended() error {
	for _, wrong := range []struct {
		is    bool
		fault Fault
		flags string
	}{
		{!c.Total.IsNumber(), "total-no-number", "--total-amount AMOUNT"},
		{!c.Remaining.IsNumber(), "remainder-no-number", "--remaining-amount AMOUNT"},
		{c.Total.Cmp(Amount{}) < 0, "total-below-zero", "--total-amount AMOUNT"},
		{c.Remaining.Cmp(Amount{}) < 0, "remainder-below-zero", "--remaining-amount AMOUNT"},
		{c.Remaining.Cmp(c.Total) > 0, "remainder-above-total", "--remaining-amount AMOUNT"},
		{!c.Total.InCents() || !c.Remaining.InCents(), "amounts-not-in-cents", "--total-amount AMOUNT --remaining-amount AMOUNT"},
	} {
		if wrong.is {
			return &Error{Kind: Conflict, Fault: "amounts-to-mend", Facts: Facts{"id": c.ID, "why": wrong.fault},
				Try: []string{fmt.Sprintf("contract update %d %s", c.ID, wrong.flags)}}
		}
	}
	return nil
}

// Payment is what was paid of a contract, or taken back. None is ever changed or deleted.
type Payment struct {
	Relation
	ID           int64       `db:"id"`
	ContractID   int64       `db:"contract_id"`
	ClientID     int64       `db:"client_id"` // of the contract
	Client       string      `db:"client"`
	CommercialID int64       `db:"commercial_id"` // of the contract
	Commercial   string      `db:"commercial"`
	Owner        string      `db:"owner"` // the client's commercial. Read by a view alone
	Kind         PaymentKind `db:"kind"`
	Amount       Amount      `db:"amount"`  // below zero where it takes back
	PaidOn       *time.Time  `db:"paid_on"` // a day; nil: before payments were written down
	Method       string      `db:"method"`  // one of Methods; empty: not told
	Reference    string      `db:"reference"`
	Voids        *int64      `db:"voids"`     // the payment that it takes back
	VoidedBy     *int64      `db:"voided_by"` // the one that takes it back
	Reason       string      `db:"reason"`    // of a void
	AuthorID     *int64      `db:"author_id"` // nil: the database's own credentials
	Author       string      `db:"author"`
	CreatedAt    time.Time   `db:"created_at"`
}

// Payable is a Conflict, about the amount, where less than that is left to pay.
func (c Contract) Payable(amount Amount) error {
	refused := &Error{Kind: Conflict, Field: "amount", Fault: "above-remainder",
		Facts: Facts{"id": c.ID, "amount": amount.French(), "left": c.Remaining.French()}}
	switch {
	case amount.Cmp(c.Remaining) <= 0:
		return nil
	case c.Remaining.IsZero():
		refused.Fault, refused.Try = "nothing-left", []string{fmt.Sprintf("contract view %d", c.ID)}
	}
	return refused
}

// Voidable is a Conflict where the payment is void already, or takes another one back.
func (p Payment) Voidable() error {
	switch {
	case p.Kind == Void:
		return &Error{Kind: Conflict, Field: "id", Fault: "void-stays", Facts: Facts{"id": p.ID, "voids": *p.Voids},
			Try: []string{fmt.Sprintf("contract pay %d AMOUNT", p.ContractID)}}
	case p.VoidedBy != nil:
		return &Error{Kind: Conflict, Field: "id", Fault: "voided-already", Facts: Facts{"id": p.ID, "by": *p.VoidedBy},
			Try: []string{fmt.Sprintf("payment view %d", *p.VoidedBy)}}
	}
	return nil
}

// PaymentKind says why a payment was written.
type PaymentKind string

// The kinds of payments, as the database names them.
const (
	Paid       PaymentKind = "payment"
	Opening    PaymentKind = "opening"    // what was paid before payments were written down
	Correction PaymentKind = "correction" // the remainder was raised
	Void       PaymentKind = "void"       // takes another one back
)

// Methods are the ways to pay.
var Methods = []string{"transfer", "card", "cheque", "cash"}

// PaysForEvents is a Conflict, about the field that names the contract, unless it is signed.
func (c Contract) PaysForEvents(field string) error {
	if c.IsSigned {
		return nil
	}
	return &Error{Kind: Conflict, Field: field, Fault: "not-signed", Facts: Facts{"id": c.ID}, Try: []string{fmt.Sprintf("contract sign %d", c.ID)}}
}

// Event is what a signed contract pays for. Its end is after its start.
type Event struct {
	Relation               // Own: the commercial of the contract's client is the actor (scope own_client)
	ID           int64     `db:"id"`
	Title        string    `db:"title"`
	ContractID   int64     `db:"contract_id"`
	ClientID     int64     `db:"client_id"` // of the contract
	Client       string    `db:"client"`
	ClientEmail  Email     `db:"client_email"`  // empty where it is not told
	ClientPhone  Phone     `db:"client_phone"`  // empty: none, or not told
	CommercialID int64     `db:"commercial_id"` // of the contract's client
	Commercial   string    `db:"commercial"`
	Address      string    `db:"full_address"`
	SupportID    *int64    `db:"support_contact_id"`
	Support      string    `db:"support_contact"`
	Start        time.Time `db:"start_date"`
	End          time.Time `db:"end_date"`
	Participants int64     `db:"participant_count"`
	Notes        string    `db:"notes"` // empty: none
	Noted        bool      `db:"noted"` // there are notes about it. Read by a view alone
	// When it was said that it does not take place, and why; nil, and empty, for one that does.
	CancelledAt  *time.Time `db:"cancelled_at"`
	CancelReason string     `db:"cancel_reason"`
	CreatedAt    time.Time  `db:"created_at"`
	UpdatedAt    time.Time  `db:"updated_at"`
	Version      int64      `db:"version"`
}

// Relations tells how the event relates to the actor, also for a record that is yet to be written.
func (e Event) Relations() Relation {
	return Relation{Own: e.Own, Assigned: e.Assigned, Pending: e.Own && e.SupportID == nil}
}

// Note is what somebody wrote down about one record, and perhaps wants to be reminded of. Exactly one of its ids is there.
type Note struct {
	Relation              // Own: the actor wrote it
	ID         int64      `db:"id"`
	ClientID   *int64     `db:"client_id"`
	CompanyID  *int64     `db:"company_id"`
	ContractID *int64     `db:"contract_id"`
	EventID    *int64     `db:"event_id"`
	About      string     `db:"about"` // the name of the record; of a contract, that of its client
	Text       string     `db:"text"`
	RemindOn   *time.Time `db:"remind_on"` // 12:00 UTC of that day; nil: no reminder
	DoneAt     *time.Time `db:"done_at"`   // when the reminder was dealt with
	AuthorID   int64      `db:"author_id"`
	Author     string     `db:"author"`
	CreatedAt  time.Time  `db:"created_at"`
	UpdatedAt  time.Time  `db:"updated_at"`
	Version    int64      `db:"version"`
}

// Change is one row of the append-only history: who did what to which record, when.
type Change struct {
	ID        int64     `db:"id"`
	At        time.Time `db:"at"`
	ActorID   *int64    `db:"actor_id"` // nil: the database's own credentials (db-create, manager-create, psql)
	Actor     string    `db:"actor"`
	SessionID *int64    `db:"session_id"`
	Resource  string    `db:"resource"`
	RecordID  int64     `db:"record_id"`
	Action    string    `db:"action"` // create, update, delete, grant, revoke, login, logout
	Before    []byte    `db:"before"` // JSON object of the columns that changed; null at creation
	After     []byte    `db:"after"`  // the same columns afterwards; null at deletion
	Cause     string    `db:"cause"`  // why, where one act changed many records; empty otherwise
	Names     []byte    `db:"names"`  // JSON object, {"user 5": "ines.morel"}: what they referred to was called so then; null in older ones
}

// Page is which rows of a list are wanted.
type Page struct {
	Sort  Order
	Limit int   // rows; 0: no limit
	After int64 // the id after which the page begins; 0: from the start
	// AfterKey is the value that the record After was sorted by, as SQL reads it: the page begins there even if that
	// record was changed or deleted since. Nil: it is looked up.
	AfterKey *string
	Search   string // empty: all
}

// Order is what a list is sorted by; the zero Order is by id.
type Order struct {
	Field      string // one that the list's SQL knows
	Kind       SortKind
	Descending bool
}

// String is the order as --sort takes it: "-full_name".
func (o Order) String() string {
	switch {
	case o.Field == "":
		return "id"
	case o.Descending:
		return "-" + o.Field
	}
	return o.Field
}

// SortKind says how the database compares a field.
type SortKind string

// The kinds of sort fields, as the SQL of the lists names them.
const (
	ByID     SortKind = "id"
	ByText   SortKind = "text"
	ByMoment SortKind = "moment"
	ByNumber SortKind = "number"
	ByFlag   SortKind = "flag"
)
