package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"epev/data"
	"epev/model"
	"epev/security"
)

// Source says where completion finds values for a parameter.
type Source struct {
	// Local says that neither the database nor a login is needed to find them.
	Local bool
	// Searched says that find looks for the text itself, also in what a Candidate does not show, such as
	// an e-mail address. Of other sources package shell keeps what fits the text.
	Searched bool
	// List says that several values can be given, with commas between them.
	List bool
	// Path says that the value is a file's, which package shell completes.
	Path bool

	kind string // of record that the values name: "client"
	via  string // the parameter whose value is the kind
	// find returns those values alone that the actor may use there.
	find func(ctx context.Context, e *Env, q Query) ([]Candidate, error)
}

// Kind returns which kind of record the parameter's values name, "" for none: two parameters of one
// kind take the same values. raw holds the other values of the command line.
func (s *Source) Kind(raw map[string]string) string {
	if s.via != "" {
		return raw[s.via]
	}
	return s.kind
}

// Query is what a source is asked for.
type Query struct {
	Text   string            // what was typed of the value
	Raw    map[string]string // the values given so far
	Recent []string          // values of this kind that the person used, the latest first
}

// Candidate is one value that completion offers.
type Candidate struct {
	Value string // what the command takes: "8"
	About string // who that is: "Kévin Cousin · Startup SAS"
	// Of says of how many it is one, where more were found than are offered; Uncounted where nobody counted. 0: all are.
	Of    int64
	later bool // offered after the others
}

// shows reports whether the text stands in what is offered: an id that begins with it, or parts of the name.
func (c Candidate) shows(text string) bool {
	about := model.SearchKey(c.About)
	return strings.HasPrefix(c.Value, text) || !slices.ContainsFunc(model.SearchWords(text), func(w model.Word) bool { return !strings.Contains(about, w.Text) })
}

// Uncounted is the Candidate.Of of what is one of more than are offered. Counting ends above MostCounted.
const (
	Uncounted   = -1
	MostCounted = 1000
)

// candidateLimit is how many records completion asks the database for, recentLimit how many it asks
// for by their ids.
const (
	candidateLimit = 50
	recentLimit    = 5
)

// Complete returns the candidates for one parameter of the command, as the actor may use them: those
// used lately first, then in the source's order.
func Complete(ctx context.Context, e *Env, c *Command, p Param, q Query) ([]Candidate, error) {
	if p.Source == nil || p.Source.find == nil {
		return nil, nil
	}
	ctx = data.AsFound(ctx)
	find := func(ctx context.Context, e *Env) ([]Candidate, error) { return p.Source.find(ctx, e, q) }
	var candidates []Candidate
	var err error
	if p.Source.Local {
		candidates, err = find(ctx, e)
	} else {
		// A look-up may be called off at any time, a renewal of the session in the midst of it must not.
		if _, err = e.Sessions.Current(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
		candidates, err = reading(ctx, e, c, find)
	}
	rank := func(c Candidate) int {
		i := slices.Index(q.Recent, c.Value)
		if i < 0 {
			i = len(q.Recent)
		}
		if c.later {
			i += len(q.Recent) + 1
		}
		return i
	}
	slices.SortStableFunc(candidates, func(a, b Candidate) int { return rank(a) - rank(b) })
	return candidates, err
}

// words offers fixed values.
func words(values ...string) *Source {
	return &Source{Local: true, find: func(context.Context, *Env, Query) ([]Candidate, error) {
		candidates := make([]Candidate, len(values))
		for i, v := range values {
			candidates[i].Value = v
		}
		return candidates, nil
	}}
}

// OneOf offers fixed values.
func OneOf(values ...string) *Source { return words(values...) }

// listed lets several values of the source be given, with commas between them.
func listed(s *Source) *Source {
	s.List = true
	return s
}

// days offers the dates that are meant most often.
func days() *Source {
	return &Source{Local: true, find: func(_ context.Context, e *Env, _ Query) ([]Candidate, error) {
		today := e.today()
		in := func(days int, about string) Candidate {
			return Candidate{Value: today.AddDate(0, 0, days).Format("02/01/2006"), About: about}
		}
		candidates := []Candidate{in(0, "today"), in(1, "tomorrow")}
		if monday := 1 + (7-int(today.Weekday()))%7; monday > 1 {
			candidates = append(candidates, in(monday, "next Monday"))
		}
		return candidates, nil
	}}
}

func files() *Source { return &Source{Local: true, Path: true} }

// choice says which records a parameter takes, of those that the actor may view.
type choice[R any] struct {
	of noun[R]
	// reach is that of what the command does to them; nil: any that is in sight.
	reach func(e *Env, raw map[string]string) model.Reach
	// list reads them where the noun's own list holds too many others; it may be nil.
	list func(context.Context, *data.Reader, model.Reach, model.Page) ([]R, error)
	// takes leaves out those that the rules of the business keep the command from; it may be nil.
	takes func(e *Env, r *R) bool
	later func(r *R) bool // whether it is offered after the others; it may be nil
}

func (c choice[R]) source() *Source { return &Source{kind: c.of.name, Searched: true, find: c.find} }

func (c choice[R]) find(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
	n, list := c.of, c.list
	if list == nil {
		list = n.list
	}
	sight := e.reach(n.name, "view")
	reach, within := sight, sight
	if c.reach != nil {
		reach = c.reach(e, q.Raw)
	}
	if sight.Any {
		within = reach
	}
	if sight.None() || reach.None() {
		return nil, nil
	}
	records, err := list(ctx, e.Data, within, model.Page{Limit: candidateLimit, Search: q.Text})
	if err != nil {
		return nil, err
	}
	var candidates []Candidate
	offer := func(r *R) {
		rel := n.relation(r)
		if reach.Covers(rel) && sight.Covers(rel) && (c.takes == nil || c.takes(e, r)) {
			candidates = append(candidates, Candidate{Value: strconv.FormatInt(n.id(r), 10), About: n.who(r), later: c.later != nil && c.later(r)})
		}
	}
	for i := range records {
		offer(&records[i])
	}
	if len(records) < candidateLimit {
		return candidates, nil
	}
	// There are more, and what was used lately may be among those.
	for _, value := range q.Recent[:min(len(q.Recent), recentLimit)] {
		id, err := strconv.ParseInt(value, 10, 64)
		if err != nil || slices.ContainsFunc(records, func(r R) bool { return n.id(&r) == id }) {
			continue
		}
		r, err := n.get(ctx, e.Data, sight, id)
		if err == nil && (Candidate{Value: value, About: n.who(&r)}).shows(q.Text) {
			offer(&r)
		}
	}
	of := int64(Uncounted)
	if c.takes == nil && c.list == nil && n.count != nil && within == reach {
		if of, err = n.count(ctx, e.Data, within, q.Text, MostCounted+1); err != nil {
			return nil, err
		}
		of = max(of, int64(len(candidates)))
	}
	for i := range candidates {
		candidates[i].Of = of
	}
	return candidates, nil
}

// source offers the noun's records that the action may be done to.
func (n noun[R]) source(action string) *Source {
	return choice[R]{of: n, reach: func(e *Env, _ map[string]string) model.Reach { return e.reach(n.name, action) }}.source()
}

// actionOf tells what a command line with fields of a record does to it.
func actionOf(raw map[string]string) (action string) {
	if _, present := raw["id"]; present {
		return "update"
	}
	return "create"
}

// bookable offers the signed contracts that the actor may put an event on.
func bookable() *Source {
	return choice[model.Contract]{
		of: contractNoun(),
		reach: func(e *Env, raw map[string]string) model.Reach {
			action := actionOf(raw)
			reach := e.reach("event", action)
			// Whose an event is follows from its contract. Who may create those assigned to them may do so on any.
			reach.Any = reach.Any || reach.Assigned && action == "create"
			reach.Assigned = false
			return reach
		},
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]model.Contract, error) {
			return r.Contracts(ctx, reach, data.ContractFilter{Signed: true}, p)
		},
		takes: func(_ *Env, c *model.Contract) bool { return c.IsSigned },
	}.source()
}

// contracting offers the clients for whom the actor may draw up a contract, or to whom move one.
func contracting() *Source {
	return choice[model.Client]{
		of: clientNoun(),
		reach: func(e *Env, raw map[string]string) model.Reach {
			reach := e.reach("contract", actionOf(raw))
			reach.Assigned = false // of a contract, that follows from its own events
			return reach
		},
	}.source()
}

// unassignedFirst offers the events that nobody looks after before those that somebody does.
func unassignedFirst() *Source {
	n := eventNoun()
	return choice[model.Event]{
		of:    n,
		reach: func(e *Env, _ map[string]string) model.Reach { return e.reach("event", "assign_support") },
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]model.Event, error) {
			free, err := r.Events(ctx, reach, data.EventFilter{Unassigned: true}, p)
			if err != nil || len(free) == p.Limit {
				return free, err
			}
			all, err := n.list(ctx, r, reach, p)
			return append(free, slices.DeleteFunc(all, func(v model.Event) bool {
				return slices.ContainsFunc(free, func(f model.Event) bool { return f.ID == v.ID })
			})...), err
		},
		later: func(v *model.Event) bool { return v.SupportID != nil },
	}.source()
}

// withoutContracts offers the clients that can be deleted.
func withoutContracts() *Source {
	n := clientNoun()
	return choice[model.Client]{
		of:    n,
		reach: func(e *Env, _ map[string]string) model.Reach { return e.reach("client", "delete") },
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]model.Client, error) {
			return r.CompleteClients(ctx, reach, p.Search, true, p.Limit)
		},
	}.source()
}

// unsigned offers the contracts that can be deleted.
func unsigned() *Source {
	return choice[model.Contract]{
		of:    contractNoun(),
		reach: func(e *Env, _ map[string]string) model.Reach { return e.reach("contract", "delete") },
		list: func(ctx context.Context, r *data.Reader, reach model.Reach, p model.Page) ([]model.Contract, error) {
			return r.Contracts(ctx, reach, data.ContractFilter{Unsigned: true}, p)
		},
		takes: func(_ *Env, c *model.Contract) bool { return !c.IsSigned },
	}.source()
}

// withoutClients offers the companies that can be deleted.
func withoutClients() *Source {
	return choice[model.Company]{
		of:    companyNoun(),
		reach: func(e *Env, _ map[string]string) model.Reach { return e.reach("company", "delete") },
		list: func(ctx context.Context, r *data.Reader, _ model.Reach, p model.Page) ([]model.Company, error) {
			return r.Companies(ctx, model.Reach{Any: true}, p)
		},
		takes: func(_ *Env, c *model.Company) bool { return c.Clients != nil && *c.Clients == 0 },
	}.source()
}

// others offers the users of an action that nobody does to themselves, or to users of another state.
func others(action string, takes func(u *userRecord) bool) *Source {
	return choice[userRecord]{
		of:    userNoun(),
		reach: func(e *Env, _ map[string]string) model.Reach { return e.reach("user", action) },
		takes: func(e *Env, u *userRecord) bool { return u.ID != e.Actor.UserID && takes(u) },
	}.source()
}

// withPasswords offers oneself, and whose password else the actor may change.
func withPasswords() *Source {
	n := userNoun()
	s := n.source("update")
	find := s.find
	s.find = func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		candidates, err := find(ctx, e, q)
		me := strconv.FormatInt(e.Actor.UserID, 10)
		about := join(e.Actor.FullName, e.Actor.Username, "you")
		myself := Candidate{Value: me, About: about}
		if err == nil && myself.shows(q.Text) && !slices.ContainsFunc(candidates, func(c Candidate) bool { return c.Value == me }) {
			candidates = append(candidates, myself)
		}
		return candidates, err
	}
	return s
}

// roles offers roles by name.
func roles() *Source {
	return &Source{kind: "role", find: func(ctx context.Context, e *Env, _ Query) ([]Candidate, error) {
		if e.reach("role", "view").None() {
			return nil, nil
		}
		all, err := e.Data.Roles(ctx, model.Page{})
		var candidates []Candidate
		for _, r := range all {
			candidates = append(candidates, Candidate{Value: r.Name, About: fmt.Sprintf("role %d · %s", r.ID, model.Count(r.Users, "user"))})
		}
		return candidates, err
	}}
}

// staff offers the active users of a role, by id, but for the one who does it already: present, which
// may be nil, tells their id. A colleague's name is no secret among those who may be told it by the
// commands that take it.
func staff(role string, present func(ctx context.Context, e *Env, raw map[string]string) int64) *Source {
	n := userNoun()
	return &Source{kind: "user", Searched: true, find: func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		users, err := e.Data.Users(ctx, data.UserFilter{Roles: []string{role}}, model.Page{Limit: candidateLimit, Search: q.Text})
		var already int64
		if present != nil && err == nil {
			already = present(ctx, e, q.Raw)
		}
		// To find somebody by their e-mail address would be to be told it.
		told := !e.reach("user", "view").None()
		var candidates []Candidate
		for _, u := range users {
			c := Candidate{Value: strconv.FormatInt(u.ID, 10), About: n.who(&userRecord{User: u})}
			if u.IsActive && u.ID != already && (told || c.shows(q.Text)) {
				candidates = append(candidates, c)
			}
		}
		return candidates, err
	}}
}

// supportOf tells who looks after the event of a command line.
func supportOf(ctx context.Context, e *Env, raw map[string]string) int64 {
	id, _ := strconv.ParseInt(cmp.Or(raw["event-id"], raw["id"]), 10, 64)
	if v, err := e.Data.Event(ctx, e.reach("event", "view"), id); err == nil && v.SupportID != nil {
		return *v.SupportID
	}
	return 0
}

// commercialOf tells whose the client of a command line is.
func commercialOf(ctx context.Context, e *Env, raw map[string]string) int64 {
	id, _ := strconv.ParseInt(raw["id"], 10, 64)
	c, _ := e.Data.Client(ctx, e.reach("client", "view"), id)
	return c.CommercialID
}

// clientsCommercial offers the one commercial that a contract can have: its client's.
func clientsCommercial() *Source {
	return &Source{kind: "user", find: func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		clientID, _ := strconv.ParseInt(q.Raw["client-id"], 10, 64)
		if id, err := strconv.ParseInt(q.Raw["id"], 10, 64); err == nil && clientID == 0 {
			contract, err := e.Data.Contract(ctx, e.reach("contract", "view"), id)
			if err != nil {
				return nil, err
			}
			return []Candidate{{Value: strconv.FormatInt(contract.CommercialID, 10), About: contract.Commercial}}, nil
		}
		client, err := e.Data.Client(ctx, e.reach("client", "view"), clientID)
		if err != nil {
			return nil, err
		}
		return []Candidate{{Value: strconv.FormatInt(client.CommercialID, 10), About: client.Commercial}}, nil
	}}
}

// codes offers the codes not yet granted to the role for grant, the granted ones for revoke.
func codes(verb string) *Source {
	return &Source{find: func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		ref, err := parseReference("id", q.Raw["id"])
		if err != nil {
			return nil, nil
		}
		r, err := roleNoun().see(ctx, e, ref)
		if err != nil {
			return nil, err
		}
		all := security.Codes()
		if verb == "revoke" {
			all = r.Permissions
		}
		var candidates []Candidate
		for _, code := range all {
			if slices.Contains(r.Permissions, code) == (verb == "revoke") {
				candidates = append(candidates, Candidate{Value: code, About: security.Describe(code)})
			}
		}
		return candidates, nil
	}}
}

// resources are what history tells of.
var resources = []string{"user", "role", "company", "client", "contract", "event"}

// historic offers the resources whose history the actor may read.
func historic() *Source {
	return &Source{find: func(_ context.Context, e *Env, _ Query) ([]Candidate, error) {
		var candidates []Candidate
		for _, r := range resources {
			if security.Allows(e.Actor, security.Permission{Resource: "history", Action: "view"}) || !e.reach(r, "view").None() {
				candidates = append(candidates, Candidate{Value: r})
			}
		}
		return candidates, nil
	}}
}

// recordsOf offers records of the resource that an earlier argument names.
func recordsOf(argument string) *Source {
	return &Source{via: argument, find: func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		var s *Source
		switch q.Raw[argument] {
		case "user":
			s = userNoun().source("view")
		case "role":
			s = roles()
		case "company":
			s = companyNoun().source("view")
		case "client":
			s = clientNoun().source("view")
		case "contract":
			s = contractNoun().source("view")
		case "event":
			s = eventNoun().source("view")
		default:
			return nil, nil
		}
		return s.find(ctx, e, q)
	}}
}

// WhoIs returns who is logged in; an Unauthenticated error for nobody.
func WhoIs(ctx context.Context, e *Env) (model.Actor, error) {
	ctx = data.AsFound(ctx)
	claims, err := e.Sessions.Current(context.WithoutCancel(ctx))
	if err != nil {
		return model.Actor{}, err
	}
	return e.Store.Read().Identify(ctx, claims.SessionID, claims.SecretHash[:])
}

// LastKnown returns who is logged in, nil for nobody, with the rights that they had at their last command. The database
// is asked only where there was none; known is false where it does not say.
func LastKnown(ctx context.Context, e *Env) (actor *model.Actor, known bool) {
	claims, err := e.Sessions.Current(data.AsFound(ctx))
	found := model.Actor{}
	if err == nil {
		if found, _, known = e.Store.Read().Presume(claims.SessionID); !known {
			found, err = WhoIs(ctx, e)
		}
	}
	if err != nil {
		return nil, model.KindOf(err) == model.Unauthenticated
	}
	return &found, true
}
