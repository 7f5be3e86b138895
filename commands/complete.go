package commands

import (
	"context"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
)

// Source says where completion finds values for a parameter.
type Source struct {
	// Local says that neither the database nor a login is needed to find them.
	Local bool
	// Searched says that find looks for the text itself, also in what a Candidate does not show, such as an e-mail
	// address. From other sources package shell keeps what fits the text.
	Searched bool
	// List says that several values are given, with commas between them; Several that one mostly is.
	List, Several bool
	// Path says that the value is a file's, which package shell completes.
	Path bool

	kind string // of record that the values name: "client"
	via  string // the parameter whose value is the kind
	// find returns those values alone that the actor may use there.
	find func(ctx context.Context, e *Act, q Query) ([]Candidate, error)
}

// Kind returns which kind of record the parameter's values name, "" for none. Two parameters of one kind take the same
// values; raw holds the other values of the command line.
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

// shows reports whether the text stands in the candidate: in the beginning of its id, or in parts of its name.
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
	find := func(ctx context.Context, act *Act) ([]Candidate, error) { return p.Source.find(ctx, act, q) }
	var candidates []Candidate
	var err error
	if p.Source.Local {
		candidates, err = find(ctx, &Act{Env: e})
	} else {
		// A look-up may be called off at any time, a renewal of the session in the midst of it must not.
		if _, err = e.Sessions.Current(context.WithoutCancel(ctx)); err != nil {
			return nil, err
		}
		candidates, err = ask(ctx, e, &Call{Invocation: Invocation{Command: c}, completes: true}, find)
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

// OneOf offers fixed values.
func OneOf(values ...string) *Source {
	return &Source{Local: true, find: func(context.Context, *Act, Query) ([]Candidate, error) {
		candidates := make([]Candidate, len(values))
		for i, v := range values {
			candidates[i].Value = v
		}
		return candidates, nil
	}}
}

// days offers the dates that are meant most often.
func days() *Source {
	return near(func(now time.Time) []nearDay {
		near := []nearDay{{0, "today"}, {1, "tomorrow"}}
		if monday := 1 + (7-int(now.Weekday()))%7; monday > 1 {
			near = append(near, nearDay{monday, "next Monday"})
		}
		return near
	})
}

// pastDays offers the days on which what is written down was mostly done.
func pastDays() *Source {
	return near(func(now time.Time) []nearDay {
		past := []nearDay{{0, "today"}, {-1, "yesterday"}}
		if friday := -(int(now.Weekday()-time.Friday) + 7) % 7; friday < -1 {
			past = append(past, nearDay{friday, "last Friday"})
		}
		return past
	})
}

// nearDay is one that is so many days from now.
type nearDay struct {
	from int
	name string
}

// near offers days that are near to now.
func near(choose func(now time.Time) []nearDay) *Source {
	return &Source{Local: true, find: func(_ context.Context, e *Act, _ Query) ([]Candidate, error) {
		now := e.Now().In(e.Location)
		var candidates []Candidate
		for _, d := range choose(now) {
			candidates = append(candidates, Candidate{Value: now.AddDate(0, 0, d.from).Format("02/01/2006"), About: d.name})
		}
		return candidates, nil
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
