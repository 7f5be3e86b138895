package data

import (
	"cmp"
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
	Mine            bool  // the actor of the reach is their commercial, or supports an event of theirs
	CompanyID       int64 // 0: any
	CommercialID    int64 // 0: any
	WithoutContract bool
}

// clientResource is what data knows of clients.
var clientResource = resource{
	name: "client", table: "client", title: "full_name",
	list: queries.Client.List, count: queries.Client.Count,
	grouped: map[string]queries.Query{"commercial": queries.Client.ListByCommercial, "company": queries.Client.ListByCompany},
	reach:   queries.Client.Reach, named: queries.Client.Named,
	lock: queries.Client.Lock, hold: queries.Client.Hold, assignment: queries.Client.HoldAssigned,
	referrers: queries.Client.References, referred: "client-referred-to",
}

// listing is the list of the filter.
func (f ClientFilter) listing(reach model.Reach, text string) listing {
	s := searchOf(text)
	return listing{resource: clientResource, reach: reach, mine: f.Mine, search: s, plain: f == ClientFilter{},
		filter: args{"phones": s.phones, "company": f.CompanyID, "commercial": f.CommercialID, "without_contract": f.WithoutContract}}
}

// Client returns a client; NotFound if there is none within reach.
func (r *Reader) Client(ctx context.Context, reach model.Reach, id int64) (model.Client, error) {
	c, _, err := r.ClientWithContracts(ctx, reach, id, model.Reach{}, 0)
	return c, err
}

// ClientWithContracts returns a client, as Client does, and the first of its contracts that Contracts would
// list within their reach.
func (r *Reader) ClientWithContracts(ctx context.Context, reach model.Reach, id int64, contracts model.Reach, limit int) (c model.Client, first []model.Contract, err error) {
	rows, err := view[struct {
		model.Client
		Contract model.Contract `db:"contract"`
	}](ctx, r, queries.Client.View, within(reach).and(args{"id": id, "limit": limit,
		"contracts_any": contracts.Any, "contracts_own": contracts.Own, "contracts_assigned": contracts.Assigned}))
	if err != nil {
		return c, nil, r.failed(ctx, "read a client", found(err, "client", id))
	}
	for _, row := range rows {
		if row.Contract.ID != 0 {
			first = append(first, row.Contract)
		}
	}
	return rows[0].Client, first, nil
}

// Clients lists the clients within reach. An After that is not within reach is NotFound.
func (r *Reader) Clients(ctx context.Context, reach model.Reach, f ClientFilter, p model.Page) ([]model.Client, error) {
	return listed[model.Client](ctx, r, f.listing(reach, p.Search), p, func() error {
		_, err := r.Client(ctx, reach, p.After)
		return err
	})
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
	reached, err := r.sight(ctx, clientResource, reach, false)
	if err != nil {
		return nil, r.failed(ctx, "look for clients", err)
	}
	clients, err := list[model.Client](ctx, r, queries.Client.Complete, reached.and(args{"text": folded, "from": folded, "to": folded + "\U0010FFFF",
		"part": part, "digits": digits, "phone": phone, "without_contract": f.WithoutContract, "limit": p.Limit, "parts": s.parts}))
	return clients, r.failed(ctx, "look for clients", err)
}

// leastPhoneDigits are enough to mean few phone numbers.
const leastPhoneDigits = 6

// CountClients counts what Clients lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountClients(ctx context.Context, reach model.Reach, f ClientFilter, search string, limit int) (int64, error) {
	return counted[int64](ctx, r, f.listing(reach, search), limit)
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
	alike, err := list[Alike](ctx, r, queries.Client.Alike, within(reach).and(args{
		"but": but, "name": name, "phone": string(phone), "emails": pq.StringArray(forms)}))
	return alike, r.failed(ctx, "look for clients alike", err)
}

// InsertClient creates a client of c.CommercialID and fills c with the row as it is now.
func (tx *Tx) InsertClient(ctx context.Context, c *model.Client) error {
	id, err := write[int64](ctx, tx, false, queries.Client.Insert, args{"full_name": c.FullName, "email": c.Email, "phone": c.Phone,
		"company": c.CompanyID, "commercial": c.CommercialID, "first_contact": c.FirstContact, "last_contact": c.LastContact})
	return tx.savedClient(ctx, "create a client", c, id, err)
}

func (tx *Tx) savedClient(ctx context.Context, attempted string, c *model.Client, id int64, err error) error {
	return saved(ctx, tx, attempted, c, func() (model.Client, error) { return tx.Client(ctx, tx.everything(), id) }, err)
}

// UpdateClient writes all of c but its commercial, and fills c with the row as it is now; ErrStale if
// c is not of the newest version.
func (tx *Tx) UpdateClient(ctx context.Context, c *model.Client) error {
	err := changed(ctx, tx, false, clientResource, c.ID, queries.Client.Update, args{"id": c.ID, "version": c.Version, "full_name": c.FullName, "email": c.Email,
		"phone": c.Phone, "company": c.CompanyID, "first_contact": stored(c.FirstContact), "last_contact": storedOr(c.LastContact)})
	return tx.savedClient(ctx, "update a client", c, c.ID, err)
}

// ReassignClient moves a client and all its contracts to another commercial, an active user of the role commercial. It
// fills c with the row as it is now. It gives ErrStale if c is not of the newest version.
func (tx *Tx) ReassignClient(ctx context.Context, c *model.Client, commercialID int64) error {
	err := tx.holdUser(ctx, commercialID, "commercial", "commercial-id")
	if err == nil {
		err = changed(ctx, tx, false, clientResource, c.ID, queries.Client.Reassign, args{"id": c.ID, "version": c.Version, "commercial": commercialID})
	}
	if err == nil {
		_, err = tx.FollowClient(ctx, c.ID, commercialID)
	}
	return tx.savedClient(ctx, "reassign a client", c, c.ID, err)
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
	broken, err := list[struct {
		ID   int64  `db:"id"`
		Rule string `db:"rule"`
	}](ctx, tx.Reader, queries.Contract.Breaking, args{"client": clientID, "commercial": commercialID})
	if err != nil || len(broken) == 0 {
		return err
	}
	var contracts []error
	for _, b := range broken {
		why := &model.Error{Fault: cmp.Or(rules[b.Rule].fault, model.Fault("breaks-a-rule")), Facts: model.Facts{"rule": b.Rule}}
		contracts = append(contracts, &model.Error{Fault: "contract-broken", Facts: model.Facts{"id": b.ID, "why": why}})
	}
	flag := rules[broken[0].Rule].field
	if flag != "total-amount" {
		flag = "remaining-amount" // which the paid flag follows
	}
	return &model.Error{Kind: model.Conflict, Fault: "mended-first", Facts: model.Facts{"id": clientID, "contracts": contracts},
		Try: []string{fmt.Sprintf("contract update %d --%s AMOUNT", broken[0].ID, flag), fmt.Sprintf("contract list --client-id %d", clientID)}}
}

// DeleteClient deletes a client; Conflict while contracts refer to it.
func (tx *Tx) DeleteClient(ctx context.Context, id int64) error {
	return remove(ctx, tx, false, clientResource, queries.Client.Delete, id, func(int64) error { return tx.Unreferred(ctx, "client", id, id) })
}

// everything is the reach in which a transaction reads back what it wrote.
func (tx *Tx) everything() model.Reach { return model.Reach{Any: true, ActorID: tx.by.ActorID} }

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
