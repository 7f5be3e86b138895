package commands

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

func clientNoun() noun[model.Client, data.ClientFilter] { return once(makeClientNoun) }

func makeClientNoun() noun[model.Client, data.ClientFilter] {
	type client = model.Client
	return noun[client, data.ClientFilter]{
		name: "client", plural: "clients", commands: clientCommands,
		notes:     &annotation{place: func(v *model.Note) **int64 { return &v.ClientID }, filter: func(f *data.NoteFilter) *int64 { return &f.ClientID }, contact: spokenTo},
		annotated: func(c *client) bool { return c.Noted },
		id:        func(c *client) int64 { return c.ID }, version: func(c *client) int64 { return c.Version },
		who:      func(c *client) string { return join(c.FullName, c.Company) },
		relation: func(c *client) model.Relation { return c.Relation },
		owner:    func(c *client) string { return c.Commercial },
		get:      (*data.Reader).Client, list: (*data.Reader).Clients, count: (*data.Reader).CountClients, each: (*data.Reader).EachClient, meant: (*data.Reader).FindClients,
		found:    (*data.Reader).WhoClients,
		complete: (*data.Reader).CompleteClients, merger: clientMerger(), importer: clientImporter(),
		scopes: map[string]string{"own": "whose commercial you are", "assigned": "linked to an event that you support"},
		properties: append([]property[client]{
			numbered(func(c *client) int64 { return c.ID }),
			{Column: Column{Name: "full_name", Title: "Full name", Priority: 1}, sort: model.ByText, kind: textOf(128, func(c *client) *string { return &c.FullName }),
				set: setting[client]{short: "n", help: "who the client is", required: true, near: fullNameNear}},
			{Column: Column{Name: "email", Title: "E-mail", Priority: 3}, sort: model.ByText, kind: emailOf(128, func(c *client) *model.Email { return &c.Email }),
				set: setting[client]{short: "e", help: emailHelp, required: true, near: emailNear}},
			{Column: Column{Name: "phone", Title: "Phone", Priority: 4}, sort: model.ByText, kind: phoneOf(func(c *client) *model.Phone { return &c.Phone }),
				set: setting[client]{short: "p", help: "French as written, others with + and the country", near: []string{"tel", "telephone", "mobile"}}},
			{Column: Column{Name: "company_id", Title: "Company ID", For: Machines}, refers: "company", carried: true, kind: optionalIDOf(func(c *client) **int64 { return &c.CompanyID }),
				set: setting[client]{short: "c", help: "company the client belongs to", source: companyNoun().source("view"), near: []string{"company"},
					name: func(c *client) string { return c.Company }}},
			{Column: Column{Name: "company", Title: "Company", Priority: 2}, sort: model.ByText, kind: label(func(c *client) string { return c.Company })},
			{Column: Column{Name: "commercial_id", Title: "Commercial ID", For: Machines}, refers: "user", act: "reassign", serves: "commercial",
				kind: shown(func(c *client) int64 { return c.CommercialID })},
			{Column: Column{Name: "commercial", Title: "Commercial", Priority: 5}, sort: model.ByText, kind: shown(func(c *client) string { return c.Commercial })},
			{Column: Column{Name: "first_contact_date", Title: "First contact", Priority: 7}, sort: model.ByMoment, kind: dayOf(func(c *client) *time.Time { return &c.FirstContact }),
				set: setting[client]{short: "f", help: "first contact; today unless given", near: []string{"first-contact"}}},
			{Column: Column{Name: "last_contact_date", Title: "Last contact", Priority: 6}, sort: model.ByMoment, follows: follow{"note", "client_id"}, kind: optionalDayOf(func(c *client) **time.Time { return &c.LastContact }),
				set: setting[client]{short: "l", help: "last contact", near: []string{"last-contact"}}},
		}, bookkeeping(
			func(c *client) time.Time { return c.CreatedAt }, func(c *client) time.Time { return c.UpdatedAt }, func(c *client) int64 { return c.Version })...),
		doubts: []doubt[client]{isNobodyElse, wasContacted},
		rules: []rule[client]{
			{check: belongsToItsCreator},
			{[]string{"commercial-id"}, leavesNoContract},
			{[]string{"email"}, hasAMailboxOfItsOwn},
			{[]string{"company-id"}, worksForACompany},
			{[]string{"first-contact-date", "last-contact-date"}, lastContactIsNotFirst},
		},
	}
}

func clientCommands(n noun[model.Client, data.ClientFilter]) []Command {
	type (
		filter = data.ClientFilter
		client = model.Client
	)
	return []Command{
		n.creates("Create a client; it is yours", `client create -n "Kévin Cousin" -e kevin@startup.io -p "06 78 12 34 56"`, (*Tx).InsertClient),
		n.lists(lister[filter]{example: "client list --only-mine --sort full_name", filters: []Field[listInput[filter]]{
			onlyMine(n.plural, func(f *filter) *bool { return &f.Mine }),
			filterID(companyNoun(), func(f *filter) *int64 { return &f.CompanyID }),
			n.filterUser("commercial", "only those of this commercial", func(f *filter) *int64 { return &f.CommercialID }),
			filterSwitch("without-contract", "only those without a contract", func(f *filter) *bool { return &f.WithoutContract }),
		}}),
		n.views("client view 8", withRelated(contractNoun(), func(id int64) data.ContractFilter { return data.ContractFilter{ClientID: id} },
			[]string{"client"}, (*data.Reader).ClientWithContracts)),
		n.updates(`client update 7 --phone "07 56 78 90 12"`, (*Tx).UpdateClient),
		n.removes("client delete 200", n.choosing("delete", nil, filter{WithoutContract: true}), (*Tx).DeleteClient),
		n.handsOver("reassign", Command{Path: "client reassign", Help: "Give a client and its contracts to another commercial",
			Example: "client reassign 8 elodie.nguyen"},
			Param{Name: "id", Source: n.source("reassign")},
			"commercial", Param{Name: "commercial-id", Help: "an active commercial, by id or username", Source: staff("commercial", commercialOf)}, nil, reassign),
		n.duplicates("client duplicates --limit 20", func(ctx context.Context, e *Act, reach model.Reach, after data.Alikeness, limit int) ([]data.Duplicate[client], error) {
			return e.Data.DuplicateClients(ctx, reach, e.reach("contract", "view"), after, limit)
		}),
		n.merges("client merge 195 129 --keep email=from"),
	}
}

// clientMerger says how two clients become one. Their contacts become the first and the last of both.
func clientMerger() *merger[model.Client] {
	type client = model.Client
	return &merger[client]{from: "merge", into: "merge", back: "merge", save: (*Tx).MergeClients, check: lastContactIsNotFirst, may: contractsMayMove,
		reasons: map[string]string{"phone": "same phone", "company": "same name and company", "email": "nearly the same e-mail", "name": "same name"},
		prefers: func(from, into *client) (flags []string) {
			if from.FirstContact.Before(into.FirstContact) {
				flags = append(flags, "first-contact-date")
			}
			if from.LastContact != nil && into.LastContact != nil && from.LastContact.After(*into.LastContact) {
				flags = append(flags, "last-contact-date")
			}
			return flags
		}}
}

// clientImporter says how clients come from a file: they are known by their e-mail address, and their companies by name.
func clientImporter() *importer[model.Client] {
	type client = model.Client
	return &importer[client]{insert: (*Tx).InsertClient, update: (*Tx).UpdateClient, of: "email",
		key: func(c *client) string {
			if c.Email == "" {
				return ""
			}
			return c.Email.Key()
		},
		there: func(ctx context.Context, e *Act, c *client) (int64, error) {
			alike, err := e.Data.ClientsAlike(ctx, e.reach("client", "view"), 0, "", "", c.Email)
			if err != nil || len(alike) == 0 {
				return 0, err
			}
			return alike[0].ID, nil
		},
		many: &arrivals[client]{insert: (*Tx).InsertClients, update: (*Tx).UpdateClients, lock: (*Tx).LockSeveralClients, several: (*data.Reader).SeveralClients,
			there: func(ctx context.Context, e *Act, cs []client) ([]int64, error) {
				emails := make([]model.Email, len(cs))
				for i := range cs {
					emails[i] = cs[i].Email
				}
				ids, _, err := e.Data.ClientsAt(ctx, e.reach("client", "view"), emails)
				return ids, err
			}},
		named:  map[string]namedColumn{"company": {"company-id", companyNamed, companiesNamed}},
		before: map[string]string{"first_name": "full_name"},
		called: map[string][]string{
			"full_name":          {"nom complet", "nom et prénom", "nom prénom", "prénom et nom", "prénom nom", "nom", "last name", "surname", "nom de famille", "client", "contact", "interlocuteur"},
			"first_name":         {"prénom", "firstname", "given name"},
			"email":              {"courriel", "mél", "adresse mail", "adresse e-mail", "adresse électronique", "email address", "e-mail address", "adresse de messagerie"},
			"phone":              {"tél", "téléphone", "numéro de téléphone", "phone number", "portable", "téléphone portable", "tél portable", "mobile phone", "gsm"},
			"company":            {"société", "entreprise", "raison sociale", "organisation", "organization", "structure", "company name", "nom de la société"},
			"first_contact_date": {"premier contact", "date de premier contact", "date du premier contact", "first contact date"},
			"last_contact_date":  {"dernier contact", "date de dernier contact", "date du dernier contact", "last contact date"},
		}}
}

// clientNamed finds the one client in sight that a file names: by an e-mail address, or by a name.
func clientNamed(ctx context.Context, e *Act, _ importing, name string) (int64, error) {
	called, email := name, model.Email("")
	if address, err := model.ParseEmail("client", name, 128); err == nil {
		called, email = "", address
	}
	alike, err := e.Data.ClientsAlike(ctx, e.reach("client", "view"), 0, called, "", email)
	switch {
	case err != nil:
		return 0, err
	case len(alike) == 0:
		return 0, about("client-id", model.Missing("client", name))
	case len(alike) > 1:
		return 0, about("client-id", model.Errorf(model.Conflict, "several clients are called %s: %d and %d", model.Escape(name), alike[0].ID, alike[1].ID).
			WithHint("give a column client_id, or the e-mail address"))
	}
	return alike[0].ID, nil
}

// clientsAt finds those of several clients that are named by an e-mail address, which only one in sight has.
func clientsAt(ctx context.Context, e *Act, names []string) ([]int64, error) {
	found := make([]int64, len(names))
	var emails []model.Email
	var places []int
	for i, name := range names {
		if address, err := model.ParseEmail("client", name, 128); err == nil {
			emails, places = append(emails, address), append(places, i)
		}
	}
	if len(emails) == 0 {
		return found, nil
	}
	ids, several, err := e.Data.ClientsAt(ctx, e.reach("client", "view"), emails)
	if err != nil {
		return nil, err
	}
	for i, place := range places {
		if !several[i] {
			found[place] = ids[i]
		}
	}
	return found, nil
}

// contractsMayMove wants the actor to be who may move each contract of a client to the one into which it is merged, as an update
// of that contract would.
func contractsMayMove(ctx context.Context, e *Act, from, into *model.Client) error {
	n := contractNoun()
	if n.reach(e, "update").Any {
		return nil
	}
	contracts, err := n.list(e.Data, ctx, model.Reach{Any: true, ActorID: e.Actor.UserID}, data.ContractFilter{ClientID: from.ID}, model.Page{})
	for i := range contracts {
		k := &contracts[i]
		var guarded []string
		if k.IsSigned {
			guarded = []string{security.SignedClient}
		}
		for _, rel := range []model.Relation{k.Relation, {Own: into.Own, Assigned: k.Assigned}} {
			may := n.reach(e, "update").Covers(rel)
			if k.IsSigned {
				may = security.MayChange(e.Actor, n.permission("update"), rel, security.SignedClient)
			}
			if may {
				continue
			}
			what, reason := fmt.Sprintf("move the contracts of client %d", from.ID), ""
			if n.reach(e, "view").Covers(k.Relation) {
				what = fmt.Sprintf("move contract %d to client %d", k.ID, into.ID)
				if k.IsSigned {
					reason = fmt.Sprintf("contract %d is signed", k.ID)
				}
			}
			return about("from", e.denied(ctx, n.permission("update"), rel, what, reason, guarded...))
		}
	}
	return err
}

func reassign(ctx context.Context, e *Act, before model.Client, commercial model.User, _ given) (Result, error) {
	n := clientNoun()
	if commercial.ID == before.CommercialID {
		// Its contracts do too, except those of a predecessor.
		moved, err := e.Tx.FollowClient(ctx, before.ID, commercial.ID)
		if err == nil && moved > 0 {
			return Result{Message: fmt.Sprintf("Client %d already belonged to %s, who now also has %s of it.", before.ID, commercial.Username, model.Count(moved, "contract"))}, nil
		}
		return Result{Message: fmt.Sprintf("Nothing to change: client %d already belongs to %s.", before.ID, commercial.Username), Table: n.record(&before)}, err
	}
	after := before
	if err := e.Tx.ReassignClient(ctx, &after, commercial.ID); err != nil {
		return Result{}, n.explain(ctx, e, &before, err)
	}
	result := n.reportChange("", &before, &after)
	result.Message = fmt.Sprintf("Client %d and its contracts now belong to %s.", before.ID, commercial.Username)
	return result, nil
}

// belongsToItsCreator makes a client that of the commercial who creates it (SPEC 4).
func belongsToItsCreator(_ context.Context, e *Act, before, after *model.Client, _ given) error {
	if before == nil {
		after.CommercialID, after.Own = e.Actor.UserID, true
	}
	return nil
}

// leavesNoContract keeps a client from going back to a commercial without the contracts that were drawn up since.
func leavesNoContract(ctx context.Context, e *Act, before, after *model.Client, _ given) error {
	if e.Tx == nil || before == nil || before.CommercialID == after.CommercialID {
		return nil
	}
	moved, err := e.Tx.FollowClient(ctx, after.ID, after.CommercialID)
	if err == nil && moved > 0 {
		err = model.Errorf(model.Conflict, "client %d has %s that did not move with it", after.ID, model.Count(moved, "contract")).
			WithTry("move both with {try}", fmt.Sprintf("client reassign %d %s", after.ID, after.Commercial))
	}
	return err
}

// hasAMailboxOfItsOwn names the client that has the e-mail address already, where the actor may view it. That nobody
// else has it the write itself checks.
func hasAMailboxOfItsOwn(ctx context.Context, e *Act, before, after *model.Client, _ given) error {
	if before == nil && e.sought || before != nil && model.Fold(string(before.Email)) == model.Fold(string(after.Email)) {
		return nil
	}
	alike, err := e.Data.ClientsAlike(ctx, e.reach("client", "view"), after.ID, "", "", after.Email)
	if err != nil || len(alike) == 0 {
		return err
	}
	return about("email", model.Errorf(model.Conflict, "this e-mail address is already used by client %d (%s)", alike[0].ID, alike[0].FullName).
		WithHint("give another address, or see whether it is the same person"))
}

// isNobodyElse doubts a client of the name or the phone number of another one that the actor may view.
func isNobodyElse(ctx context.Context, e *Act, before, after *model.Client, _ given) (told []error, err error) {
	name, phone := after.FullName, after.Phone
	if before != nil && model.Fold(before.FullName) == model.Fold(name) {
		name = ""
	}
	if before != nil && before.Phone == phone {
		phone = ""
	}
	if name == "" && phone == "" {
		return nil, nil
	}
	alike, err := e.Data.ClientsAlike(ctx, e.reach("client", "view"), after.ID, name, phone, "")
	for _, a := range alike {
		told = append(told, fmt.Errorf("client %d (%s) has the same %s", a.ID, a.FullName, a.Same))
	}
	return told, err
}

// wasContacted doubts a contact that is yet to come.
func wasContacted(_ context.Context, e *Act, before, after *model.Client, g given) (told []error, err error) {
	today := model.Day(model.Today(e.Now(), e.Location)).ISO(e.Location)
	doubt := func(name, which string, at time.Time) {
		if day := model.Day(at); g.has(name) && day.ISO(e.Location) > today {
			told = append(told, fmt.Errorf("the %s contact, %s, is in the future", which, day.Format(e.Location)))
		}
	}
	doubt("first-contact-date", "first", after.FirstContact)
	if after.LastContact != nil {
		doubt("last-contact-date", "last", *after.LastContact)
	}
	return told, nil
}

// worksForACompany wants a company that the actor may view.
func worksForACompany(ctx context.Context, e *Act, before, after *model.Client, _ given) error {
	if after.CompanyID == nil || before != nil && sameID(before.CompanyID, after.CompanyID) {
		return nil
	}
	company, err := companyNoun().parent(ctx, e, e.reach("company", "view"), *after.CompanyID)
	if err == nil {
		after.CompanyID = &company.ID
	}
	return about("company-id", err)
}

// lastContactIsNotFirst fills in a first contact, today, and keeps the last one from coming before it. What a
// predecessor left in another order does not keep the rest from being changed.
func lastContactIsNotFirst(_ context.Context, e *Act, before, after *model.Client, g given) error {
	if before == nil && after.FirstContact.IsZero() {
		after.FirstContact = model.Today(e.Now(), e.Location)
	}
	if after.LastContact == nil || !g.has("first-contact-date") && !g.has("last-contact-date") {
		return nil
	}
	first, last := model.Day(after.FirstContact), model.Day(*after.LastContact)
	if last.In(e.Location).Before(first.In(e.Location)) {
		return model.Invalid("last-contact-date", "the last contact, %s, would be before the first, %s",
			last.Format(e.Location), first.Format(e.Location)).WithHint("give a last contact on or after the first")
	}
	return nil
}

// contracting offers the clients for whom the actor may draw up a contract, or to whom move one.
func contracting() *Source {
	return choice[model.Client, data.ClientFilter]{
		of: clientNoun(),
		reach: func(e *Act, raw map[string]string) model.Reach {
			reach := e.reach("contract", actionOf(raw))
			reach.Assigned = false // of a contract, that follows from its own events
			return reach
		},
	}.source()
}

// commercialOf tells whose the client of a command line is.
func commercialOf(ctx context.Context, e *Act, raw map[string]string) int64 {
	id, _ := strconv.ParseInt(raw["id"], 10, 64)
	c, _ := e.Data.Client(ctx, e.reach("client", "view"), id)
	return c.CommercialID
}
