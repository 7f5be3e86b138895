package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

// Source finds values for a parameter. It returns those alone that the actor may use there, and may
// return too many: package shell keeps those that fit what was typed.
type Source func(ctx context.Context, e *Env, q Query) ([]Candidate, error)

// Query is what a source is asked for.
type Query struct {
	Text string            // what was typed of the value
	Raw  map[string]string // the values given so far
}

// Candidate is one value that completion offers.
type Candidate struct {
	Value string // what the command takes: "8"
	About string // who that is: "Kévin Cousin · Startup SAS"
}

// candidateLimit is how many records completion asks the database for.
const candidateLimit = 50

// Complete returns the candidates for one parameter of the command, as the actor may use them.
func Complete(ctx context.Context, e *Env, c *Command, p Param, q Query) ([]Candidate, error) {
	if p.Source == nil {
		return nil, nil
	}
	scoped, err := authorised(ctx, e, c)
	if err != nil {
		return nil, err
	}
	return p.Source(ctx, scoped, q)
}

// words offers fixed values.
func words(values ...string) Source {
	return func(context.Context, *Env, Query) ([]Candidate, error) {
		candidates := make([]Candidate, len(values))
		for i, v := range values {
			candidates[i].Value = v
		}
		return candidates, nil
	}
}

// days offers the dates that are meant most often.
func days(_ context.Context, e *Env, _ Query) ([]Candidate, error) {
	today := e.today()
	monday := today.AddDate(0, 0, 1+(7+int(time.Monday)-int(today.Weekday())-1)%7)
	var candidates []Candidate
	for _, d := range []struct {
		day   time.Time
		about string
	}{{today, "today"}, {today.AddDate(0, 0, 1), "tomorrow"}, {monday, "next Monday"}} {
		candidates = append(candidates, Candidate{Value: d.day.Format("02/01/2006"), About: d.about})
	}
	return candidates, nil
}

// files stands for a path: package shell completes it from the file system.
func files(context.Context, *Env, Query) ([]Candidate, error) { return nil, nil }

// lookUp lists records that match what was typed, within the actor's sight and the action's reach.
func lookUp[R any](n noun[R], action string, list func(context.Context, *Env, model.Reach, model.Page) ([]R, error)) Source {
	return func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		sight, reach := e.reach(n.name, "view"), e.reach(n.name, action)
		if sight.Any {
			sight = reach
		}
		if sight.None() || reach.None() {
			return nil, nil
		}
		records, err := list(ctx, e, sight, model.Page{Limit: candidateLimit, Search: q.Text})
		if err != nil {
			return nil, err
		}
		var candidates []Candidate
		for i := range records {
			r := &records[i]
			if reach.Covers(n.relation(r)) && e.reach(n.name, "view").Covers(n.relation(r)) {
				candidates = append(candidates, Candidate{Value: strconv.FormatInt(n.id(r), 10), About: n.who(r)})
			}
		}
		return candidates, nil
	}
}

// source offers the noun's records that the action may be done to.
func (n noun[R]) source(action string) Source {
	return lookUp(n, action, func(ctx context.Context, e *Env, reach model.Reach, p model.Page) ([]R, error) {
		return n.list(ctx, e.Data, reach, p)
	})
}

func companySource(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
	return companyNoun().source("view")(ctx, e, q)
}

// roles offers roles by name.
func roles(ctx context.Context, e *Env, _ Query) ([]Candidate, error) {
	if !security.Allows(e.Actor, security.Permission{Resource: "role", Action: "list"}) {
		return nil, nil
	}
	all, err := e.Data.Roles(ctx, model.Page{})
	var candidates []Candidate
	for _, r := range all {
		candidates = append(candidates, Candidate{Value: r.Name, About: count(r.Users, "user")})
	}
	return candidates, err
}

// staff offers the active users of a role, by id. A colleague's name is no secret among those who
// may be told it by the commands that take it.
func staff(role string) Source {
	n := userNoun()
	return func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		users, err := e.Data.Users(ctx, data.UserFilter{Roles: []string{role}}, model.Page{Limit: candidateLimit, Search: q.Text})
		var candidates []Candidate
		for _, u := range users {
			if u.IsActive {
				candidates = append(candidates, Candidate{Value: strconv.FormatInt(u.ID, 10), About: n.who(&userRecord{User: u})})
			}
		}
		return candidates, err
	}
}

// codes offers the codes not yet granted to the role for grant, the granted ones for revoke.
func codes(verb string) Source {
	return func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		ref, err := parseReference("id", q.Raw["id"])
		if err != nil {
			return nil, nil
		}
		r, err := e.role(ctx, ref)
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
	}
}

// resources are what history tells of.
var resources = []string{"user", "role", "company", "client", "contract", "event"}

// recordsOf offers records of the resource that an earlier argument names.
func recordsOf(argument string) Source {
	return func(ctx context.Context, e *Env, q Query) ([]Candidate, error) {
		source, ok := map[string]Source{
			"user": userNoun().source("view"), "company": companyNoun().source("view"), "client": clientNoun().source("view"),
			"contract": contractNoun().source("view"), "event": eventNoun().source("view"), "role": roles,
		}[strings.TrimSpace(q.Raw[argument])]
		if !ok {
			return nil, nil
		}
		return source(ctx, e, q)
	}
}

// WhoIs returns who is logged in, nil for nobody or when that cannot be found out.
func WhoIs(ctx context.Context, e *Env) *model.Actor {
	claims, err := e.Sessions.Current(ctx)
	if err != nil {
		return nil
	}
	actor, err := e.Store.Read().Authorise(ctx, claims.SessionID)
	if err != nil {
		return nil
	}
	return &actor
}
