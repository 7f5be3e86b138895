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

func (f ClientFilter) arguments() []any { return []any{f.CompanyID, f.CommercialID, f.WithoutContract} }

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
	}](ctx, r, queries.ClientView, within(reach, id, contracts.Any, contracts.Own, contracts.Assigned, limit)...)
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
	reached, err := r.sight(ctx, reach, f.Mine, queries.ClientReach)
	if err != nil {
		return nil, r.failed(ctx, "list clients", err)
	}
	args := listArguments(p, slices.Concat(reached, []any{searchOf(p.Search).phones}, f.arguments())...)
	statement := queries.ClientList
	for by, grouping := range map[string]string{"commercial": queries.ClientListByCommercial, "company": queries.ClientListByCompany} {
		if descending, ok := grouped(by, reach, f.Mine, p); ok && f == (ClientFilter{}) {
			statement, args = grouping, []any{reach.ActorID, descending, p.Limit, p.After, p.AfterKey}
		}
	}
	clients, err := list[model.Client](ctx, r, statement, args...)
	if err == nil && len(clients) == 0 && p.After != 0 && p.AfterKey == nil {
		_, err = r.Client(ctx, reach, p.After)
	}
	return clients, r.failed(ctx, "list clients", err)
}

// CompleteClients returns some clients within reach that a text means which may go on: what their ids, names,
// companies' names or e-mail addresses begin with, a part of a name, most of a phone number; all when it
// is empty. At most limit are found in each way. It reads no more of a client than who that is.
func (r *Reader) CompleteClients(ctx context.Context, reach model.Reach, text string, withoutContracts bool, limit int) ([]model.Client, error) {
	folded, s := model.Fold(strings.TrimSpace(text)), searchOf(text)
	part, digits, phone := "", "", ""
	if len(s.parts) > 0 && len(folded) > 1 {
		part = s.parts[0]
	}
	if len(s.parts) == 1 {
		digits = s.digits[0]
	}
	if model.CountDigits(text) >= leastPhoneDigits && !slices.ContainsFunc(s.phones, func(p string) bool { return p != s.phones[0] }) {
		phone = s.phones[0] // of which all words are a part
	}
	reached, err := r.sight(ctx, reach, false, queries.ClientReach)
	if err != nil {
		return nil, r.failed(ctx, "look for clients", err)
	}
	args := slices.Concat([]any{folded, folded, folded + "\U0010FFFF", part, digits, phone}, reached, []any{withoutContracts, limit, s.parts})
	clients, err := list[model.Client](ctx, r, queries.ClientComplete, args...)
	return clients, r.failed(ctx, "look for clients", err)
}

// leastPhoneDigits are enough to mean few phone numbers.
const leastPhoneDigits = 6

// CountClients counts what Clients lists without a limit, up to limit; 0 counts all.
func (r *Reader) CountClients(ctx context.Context, reach model.Reach, f ClientFilter, search string, limit int) (int64, error) {
	reached, err := r.sight(ctx, reach, f.Mine, queries.ClientReach)
	if err != nil {
		return 0, r.failed(ctx, "count clients", err)
	}
	n, err := count(ctx, r, queries.ClientCount, append(countArguments(search, slices.Concat(reached, []any{searchOf(search).phones}, f.arguments())...), limit)...)
	return n, r.failed(ctx, "count clients", err)
}

// Alike is a client that has something of another one: the "name", "phone" or "email".
type Alike struct {
	Same     string `db:"same"`
	ID       int64  `db:"id"`
	FullName string `db:"full_name"`
}

// ClientsAlike returns some clients within reach, but for that of the id, that have the name, the phone number or the
// e-mail address; each may be empty.
func (r *Reader) ClientsAlike(ctx context.Context, reach model.Reach, but int64, name string, phone model.Phone, email model.Email) ([]Alike, error) {
	forms := []string{}
	if email != "" {
		forms = email.Forms()
	}
	alike, err := list[Alike](ctx, r, queries.ClientAlike, within(reach, but, name, string(phone), pq.StringArray(forms))...)
	return alike, r.failed(ctx, "look for clients alike", err)
}

// InsertClient creates a client of c.CommercialID and fills c with the row as it is now.
func (tx *Tx) InsertClient(ctx context.Context, c *model.Client) error {
	id, err := write[int64](ctx, tx, false, queries.ClientInsert,
		c.FullName, c.Email, c.Phone, c.CompanyID, c.CommercialID, c.FirstContact, c.LastContact)
	if err == nil {
		err = into(tx, c)(tx.Client(ctx, tx.everything(), id))
	}
	return tx.failed(ctx, "create a client", err)
}

// UpdateClient writes all of c but its commercial, and fills c with the row as it is now; ErrStale if
// c is not of the newest version.
func (tx *Tx) UpdateClient(ctx context.Context, c *model.Client) error {
	err := changed(ctx, tx, false, "client", c.ID, queries.ClientUpdate,
		c.ID, c.Version, c.FullName, c.Email, c.Phone, c.CompanyID, stored(c.FirstContact), storedOr(c.LastContact))
	if err == nil {
		err = into(tx, c)(tx.Client(ctx, tx.everything(), c.ID))
	}
	return tx.failed(ctx, "update a client", err)
}

// ReassignClient moves a client and all its contracts to another commercial, an active user of
// the role commercial, and fills c with the row as it is now; ErrStale if c is not of the newest version.
func (tx *Tx) ReassignClient(ctx context.Context, c *model.Client, commercialID int64) error {
	err := func() error {
		if err := tx.holdUser(ctx, commercialID, "commercial", "commercial-id"); err != nil {
			return err
		}
		if err := changed(ctx, tx, false, "client", c.ID, queries.ClientReassign, c.ID, c.Version, commercialID); err != nil {
			return err
		}
		_, err := tx.FollowClient(ctx, c.ID, commercialID)
		return err
	}()
	if err == nil {
		err = into(tx, c)(tx.Client(ctx, tx.everything(), c.ID))
	}
	return tx.failed(ctx, "reassign a client", err)
}

// FollowClient gives all contracts of a client to its commercial, and returns how many were somebody else's.
func (tx *Tx) FollowClient(ctx context.Context, clientID, commercialID int64) (int64, error) {
	err := tx.mendedFirst(ctx, clientID, commercialID)
	if err != nil {
		return 0, tx.failed(ctx, "look for contracts to mend", err)
	}
	n, err := write[int64](ctx, tx, false, queries.ContractFollowClient, clientID, commercialID)
	return n, tx.failed(ctx, "move a client's contracts", err)
}

// mendedFirst is a Conflict that names the contracts which would move with a client, and cannot, as a predecessor's
// row breaks a rule.
func (tx *Tx) mendedFirst(ctx context.Context, clientID, commercialID int64) error {
	broken, err := list[struct {
		ID   int64  `db:"id"`
		Rule string `db:"rule"`
	}](ctx, tx.Reader, queries.ContractBreaking, clientID, commercialID)
	if err != nil || len(broken) == 0 {
		return err
	}
	var reasons []string
	for _, b := range broken {
		reasons = append(reasons, fmt.Sprintf("contract %d (%s)", b.ID, cmp.Or(rules[b.Rule].message, "it breaks "+b.Rule)))
	}
	flag := rules[broken[0].Rule].field
	if flag != "total-amount" {
		flag = "remaining-amount" // which the paid flag follows
	}
	return &model.Error{Kind: model.Conflict, Message: fmt.Sprintf("the contracts of client %d move along, and some must be mended first: %s", clientID, strings.Join(reasons, ", ")),
		Hint: fmt.Sprintf(`"contract update %d --%s AMOUNT" mends the first; "contract list --client-id %d" shows them`,
			broken[0].ID, flag, clientID)}
}

// DeleteClient deletes a client; Conflict while contracts refer to it.
func (tx *Tx) DeleteClient(ctx context.Context, id int64) error {
	err := func() error {
		if _, err := write[int64](ctx, tx, false, queries.ClientLock, id); err != nil {
			return found(err, "client", id)
		}
		if err := tx.Unreferred(ctx, "client", id, id); err != nil {
			return err
		}
		_, err := get[int64](ctx, tx.Reader, queries.ClientDelete, id)
		return err
	}()
	return tx.failed(ctx, "delete a client", err)
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
	}](ctx, tx, false, queries.UserHold, id)
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
