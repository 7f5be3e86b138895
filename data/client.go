package data

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// ClientFilter narrows a list of clients. Its conditions all hold at once.
type ClientFilter struct {
	Mine            bool  `db:"mine"`       // the actor of the reach is their commercial, or supports an event of theirs
	CompanyID       int64 `db:"company"`    // 0: any
	CommercialID    int64 `db:"commercial"` // 0: any
	WithoutContract bool  `db:"without_contract"`
}

// clients are what data knows of clients.
var clients = noun[model.Client, ClientFilter]{resource{
	name: "client", table: "client", title: "full_name",
	view: queries.Client.View, insert: queries.Client.Insert, update: queries.Client.Update, delete: queries.Client.Delete,
	list: queries.Client.List, count: queries.Client.Count, common: queries.Client.Common,
	grouped: map[string]queries.Query{"commercial": queries.Client.ListByCommercial, "company": queries.Client.ListByCompany},
	reach:   queries.Client.Reach, named: queries.Client.Named,
	whole: true, lock: queries.Client.Lock, hold: queries.Client.Hold, assignment: queries.Client.HoldAssigned,
	clears:    []queries.Query{queries.Note.ClearOfClient},
	referrers: queries.Client.References, referred: "client-referred-to", followers: []queries.Query{queries.Client.MergeContracts, queries.Note.MergeOfClient},
	rules: map[string]rule{
		"email":         {"email", "e-mail-taken", ""},
		"commercial_id": {"commercial-id", "no-such-commercial", "user list --commercial"},
	},
}}

// Client returns a client; NotFound if there is none within reach.
func (r *Reader) Client(ctx context.Context, reach model.Reach, id int64) (model.Client, error) {
	return clients.one(ctx, r, reach, id)
}

// ClientWithContracts returns a client, as Client does, and the first of its contracts that Contracts would
// list within their reach.
func (r *Reader) ClientWithContracts(ctx context.Context, reach model.Reach, id int64, contracts model.Reach, limit int) (
	model.Client, []model.Contract, error) {
	return together[model.Client, model.Contract](ctx, r, clients.resource, reach, id, contracts, limit)
}

// Clients lists the clients within reach. An After that is not within reach is NotFound.
func (r *Reader) Clients(ctx context.Context, reach model.Reach, f ClientFilter, p model.Page) ([]model.Client, error) {
	return clients.page(ctx, r, reach, f, p)
}

// CompleteClients returns some clients within reach that a text may mean. The text begins their id, name, company's
// name or e-mail address, is a part of their name, or is most of their phone number; an empty text means all. At most
// limit are found in each way. It reads no more of a client than who that is, and heeds no filter but WithoutContract.
func (r *Reader) CompleteClients(ctx context.Context, reach model.Reach, f ClientFilter, p model.Page) ([]model.Client, error) {
	text := p.Search
	folded, s := model.Fold(strings.TrimSpace(text)), searchOf(text)
	part, digits, phone := "", "", ""
	if len(s.parts) > 0 && len(folded) > 1 {
		part = s.parts[0]
	}
	if len(s.parts) == 1 {
		digits = s.digits[0]
	}
	if model.CountDigits(text) >= leastPhoneDigits && !slices.ContainsFunc(s.phones, func(p string) bool { return p != s.phones[0] }) {
		phone = s.phones[0] // all words are a part of it
	}
	reached, err := r.sight(ctx, clients.resource, reach, false, allAssigned)
	if err != nil {
		return nil, r.failed(ctx, "look for clients", err)
	}
	some, err := list[model.Client](ctx, r, queries.Client.Complete, reached.and(args{"text": folded, "from": folded, "to": folded + "\U0010FFFF",
		"part": part, "digits": digits, "phone": phone, "without_contract": f.WithoutContract, "limit": p.Limit, "parts": s.parts}))
	return some, r.failed(ctx, "look for clients", err)
}

// leastPhoneDigits are enough to mean few phone numbers.
const leastPhoneDigits = 6

// EachClient tells the clients that Clients lists one after the other, as they are read.
func (r *Reader) EachClient(ctx context.Context, reach model.Reach, f ClientFilter, p model.Page, tell func(*model.Client) error) error {
	return clients.each(ctx, r, reach, f, p, tell)
}

// CountClients counts what Clients lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountClients(ctx context.Context, reach model.Reach, f ClientFilter, search string, limit int) (int64, error) {
	return clients.number(ctx, r, reach, f, search, limit)
}

// Alike is a client that has something of another one: the "name", "phone" or "email".
type Alike struct {
	Same     string `db:"same"`
	ID       int64  `db:"id"`
	FullName string `db:"full_name"`
}

// ClientsAlike returns some clients within reach that have the name, the phone number or the e-mail address; each may
// be empty. It leaves out the client with the id but.
func (r *Reader) ClientsAlike(ctx context.Context, reach model.Reach, but int64, name string, phone model.Phone, email model.Email) ([]Alike, error) {
	forms := []string{}
	if email != "" {
		forms = email.Forms()
	}
	alike, err := few[Alike](ctx, r, queries.Client.Alike, clients.within(reach).and(args{
		"but": but, "name": name, "phone": string(phone), "emails": pq.StringArray(forms)}))
	return alike, r.failed(ctx, "look for clients alike", err)
}

// InsertClient creates a client of c.CommercialID and fills c with the row as it is now.
func (tx *Tx) InsertClient(ctx context.Context, c *model.Client) error {
	return clients.create(ctx, tx, c, nil)
}

// UpdateClient writes all of c but its commercial, and fills c with the row as it is now; ErrStale if
// c is not of the newest version.
func (tx *Tx) UpdateClient(ctx context.Context, c *model.Client) error {
	return clients.change(ctx, tx, false, c, nil)
}

// ReassignClient moves a client and all its contracts to another commercial, an active user of the role commercial. It
// fills c with the row as it is now. It gives ErrStale if c is not of the newest version.
func (tx *Tx) ReassignClient(ctx context.Context, c *model.Client, commercialID int64) error {
	err := tx.holdUser(ctx, commercialID, "commercial", "commercial-id")
	if err == nil {
		err = changed(ctx, tx, false, clients.resource, c.ID, queries.Client.Reassign, args{"id": c.ID, "version": c.Version, "commercial": commercialID})
	}
	if err == nil {
		_, err = tx.FollowClient(ctx, c.ID, commercialID)
	}
	return clients.saved(ctx, tx, "reassign", c, c.ID, err)
}

// FollowClient gives all contracts of a client to its commercial, and returns how many were somebody else's.
func (tx *Tx) FollowClient(ctx context.Context, clientID, commercialID int64) (int64, error) {
	err := tx.mendedFirst(ctx, clientID, commercialID)
	if err != nil {
		return 0, tx.failed(ctx, "look for contracts to mend", err)
	}
	n, err := write[int64](ctx, tx, false, queries.Contract.FollowClient, args{"client": clientID, "commercial": commercialID})
	return n, tx.failed(ctx, "move a client's contracts", err)
}

// mendedFirst is a Conflict that names the contracts which would move with a client, and cannot, as a predecessor's
// row breaks a rule.
func (tx *Tx) mendedFirst(ctx context.Context, clientID, commercialID int64) error {
	bad, err := list[struct {
		ID   int64  `db:"id"`
		Rule string `db:"rule"`
	}](ctx, tx.Reader, queries.Contract.Breaking, args{"client": clientID, "commercial": commercialID})
	if err != nil || len(bad) == 0 {
		return err
	}
	var contracts []error
	for _, b := range bad {
		contracts = append(contracts, &model.Error{Fault: "contract-broken", Facts: model.Facts{"id": b.ID, "why": broken(b.Rule)}})
	}
	flag := broken(bad[0].Rule).Field
	if flag != "total-amount" {
		flag = "remaining-amount" // which the paid flag follows
	}
	return &model.Error{Kind: model.Conflict, Fault: "mended-first", Facts: model.Facts{"id": clientID, "contracts": contracts},
		Try: []string{fmt.Sprintf("contract update %d --%s AMOUNT", bad[0].ID, flag), fmt.Sprintf("contract list --client-id %d", clientID)}}
}

// DeleteClient deletes a client; Conflict while contracts refer to it.
func (tx *Tx) DeleteClient(ctx context.Context, id int64) error {
	return clients.remove(ctx, tx, id)
}

// holdUser keeps a user as they are until the transaction ends. Conflict, about the field, if they are
// not active or not of the role; NotFound if there is no such user.
func (tx *Tx) holdUser(ctx context.Context, id int64, role, field string) error {
	u, err := write[struct {
		Username string `db:"username"`
		Role     string `db:"role"`
		IsActive bool   `db:"is_active"`
	}](ctx, tx, false, queries.User.Hold, args{"id": id})
	if errors.Is(err, errNoRow) {
		missing := *model.Missing("user", id)
		missing.Field = field
		return &missing
	}
	if err != nil {
		return err
	}
	return model.User{Username: u.Username, Role: u.Role, IsActive: u.IsActive}.Serves(role, field)
}
