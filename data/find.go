package data

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// Hit is a record that a text means; the better, the lower its rank.
type Hit struct {
	ID   int64 `db:"id"`
	Rank int   `db:"rank"`
}

// Meaning is a text that records are found by, at most limit of each noun. The clients that it means are looked for once for all
// nouns whose records they have.
type Meaning struct {
	text    string
	limit   int
	clients map[model.Extent][]Hit
}

// NewMeaning returns the meaning of a text for one actor.
func NewMeaning(text string, limit int) *Meaning {
	return &Meaning{text, limit, map[model.Extent][]Hit{}}
}

// FindClients returns the best clients within reach that a text means. So do the others with their nouns.
func (r *Reader) FindClients(ctx context.Context, reach model.Reach, m *Meaning) ([]Hit, error) {
	extent := reach.Extent()
	if hits, known := m.clients[extent]; known {
		return hits, nil
	}
	reached, err := r.sight(ctx, clients.resource, reach, false, allAssigned)
	if err == nil {
		m.clients[extent], err = list[Hit](ctx, r, queries.Find.Clients, reachedArgs(reached).and(m.named(), m.worded(), m.begun(), args{"phone": phoneIn(m.text)}))
	}
	return m.clients[extent], r.failed(ctx, "find clients", err)
}

// within are the clients that a text means, but for the one of that id, with a reach on what they have.
func (m *Meaning) within(ctx context.Context, r *Reader, reach model.Reach) (pq.Int64Array, error) {
	hits, err := r.FindClients(ctx, model.Reach{Any: reach.Any, Own: reach.Own, Assigned: reach.Assigned, ActorID: reach.ActorID}, m)
	ids := pq.Int64Array{}
	for _, h := range hits {
		if h.Rank > 0 {
			ids = append(ids, h.ID)
		}
	}
	return ids, err
}

// FindCompanies is FindClients of companies.
func (r *Reader) FindCompanies(ctx context.Context, reach model.Reach, m *Meaning) ([]Hit, error) {
	hits, err := list[Hit](ctx, r, queries.Find.Companies, m.named().and(m.worded(), m.begun(), args{"any": reach.Any}))
	return hits, r.failed(ctx, "find companies", err)
}

// FindContracts is FindClients of contracts.
func (r *Reader) FindContracts(ctx context.Context, reach model.Reach, m *Meaning) (hits []Hit, err error) {
	their, err := m.within(ctx, r, reach)
	if err != nil {
		return nil, err
	}
	reached, err := r.sight(ctx, contracts.resource, reach, false, allAssigned)
	if err == nil {
		low, high := amountIn(m.text)
		hits, err = list[Hit](ctx, r, queries.Find.Contracts, reachedArgs(reached).and(m.numbered(), args{"low": low, "high": high, "clients": their}))
	}
	return hits, r.failed(ctx, "find contracts", err)
}

// FindEvents is FindClients of events.
func (r *Reader) FindEvents(ctx context.Context, reach model.Reach, m *Meaning) (hits []Hit, err error) {
	their, err := m.within(ctx, r, reach)
	if err != nil {
		return nil, err
	}
	reached, err := r.sight(ctx, events.resource, reach, false, allAssigned)
	if err == nil {
		hits, err = list[Hit](ctx, r, queries.Find.Events, reachedArgs(reached).and(m.named(), m.worded(), m.begun(), args{"clients": their}))
	}
	return hits, r.failed(ctx, "find events", err)
}

// FindNotes is FindClients of notes.
func (r *Reader) FindNotes(ctx context.Context, reach model.Reach, m *Meaning) (hits []Hit, err error) {
	reached, err := r.sight(ctx, notes.resource, reach, false, allAssigned)
	if err == nil {
		hits, err = list[Hit](ctx, r, queries.Find.Notes, m.named().and(m.worded(), args{
			"any": reached["any"], "own": reached["own"], "actor": reached["actor"], "of": reached["of"]}))
	}
	return hits, r.failed(ctx, "find notes", err)
}

// FindUsers is FindClients of users.
func (r *Reader) FindUsers(ctx context.Context, reach model.Reach, m *Meaning) ([]Hit, error) {
	hits, err := list[Hit](ctx, r, queries.Find.Users, m.named().and(m.worded(), args{"any": reach.Any, "parts": searchOf(m.text).parts}))
	return hits, r.failed(ctx, "find users", err)
}

// WhoClients returns what tells people which clients those of the ids are, as far as they are within reach. So do the others with
// their nouns. One statement reads all of them.
func (r *Reader) WhoClients(ctx context.Context, reach model.Reach, ids []int64) ([]model.Client, error) {
	records, err := list[model.Client](ctx, r, queries.Find.WhoClients, whose(reach, ids))
	return records, r.failed(ctx, "read the clients found", err)
}

// WhoCompanies is WhoClients of companies.
func (r *Reader) WhoCompanies(ctx context.Context, reach model.Reach, ids []int64) ([]model.Company, error) {
	records, err := list[model.Company](ctx, r, queries.Find.WhoCompanies, args{"any": reach.Any, "ids": pq.Int64Array(ids)})
	return records, r.failed(ctx, "read the companies found", err)
}

// WhoContracts is WhoClients of contracts.
func (r *Reader) WhoContracts(ctx context.Context, reach model.Reach, ids []int64) ([]model.Contract, error) {
	records, err := list[model.Contract](ctx, r, queries.Find.WhoContracts, whose(reach, ids))
	return records, r.failed(ctx, "read the contracts found", err)
}

// WhoEvents is WhoClients of events.
func (r *Reader) WhoEvents(ctx context.Context, reach model.Reach, ids []int64) ([]model.Event, error) {
	records, err := list[model.Event](ctx, r, queries.Find.WhoEvents, whose(reach, ids))
	return records, r.failed(ctx, "read the events found", err)
}

// WhoNotes is WhoClients of notes.
func (r *Reader) WhoNotes(ctx context.Context, reach model.Reach, ids []int64) ([]model.Note, error) {
	records, err := list[model.Note](ctx, r, queries.Find.WhoNotes, args{"any": reach.Any, "own": reach.Own, "actor": reach.ActorID,
		"of": notes.within(reach)["of"], "ids": pq.Int64Array(ids)})
	return records, r.failed(ctx, "read the notes found", err)
}

// WhoUsers is WhoClients of users.
func (r *Reader) WhoUsers(ctx context.Context, reach model.Reach, ids []int64) ([]model.User, error) {
	records, err := list[model.User](ctx, r, queries.Find.WhoUsers, args{"any": reach.Any, "ids": pq.Int64Array(ids)})
	return records, r.failed(ctx, "read the users found", err)
}

// whose are records within a reach.
func whose(reach model.Reach, ids []int64) args {
	return args{"any": reach.Any, "own": reach.Own, "assigned": reach.Assigned, "actor": reach.ActorID, "ids": pq.Int64Array(ids)}
}

// reachedArgs are the arguments of a reach.
func reachedArgs(reached args) args {
	return args{"any": reached["any"], "own": reached["own"], "assigned": reached["assigned"], "actor": reached["actor"]}
}

// named is a text as a whole: folded, and as an id.
func (m *Meaning) named() args {
	return m.numbered().and(args{"text": foldedText(m.text)})
}

// numbered is a text as an id.
func (m *Meaning) numbered() args {
	s := searchOf(m.text)
	digits := ""
	if len(s.digits) == 1 {
		digits = s.digits[0]
	}
	return args{"digits": digits, "limit": m.limit}
}

// worded is a text as words that stand somewhere, and as what a word begins with. Those that an index can look for come first. Without
// any of those there is none, since to look into every record is not for a million of them.
func (m *Meaning) worded() args {
	parts := searchOf(m.text).parts
	slices.SortStableFunc(parts, func(a, b string) int { return cmp.Compare(trigrams(b), trigrams(a)) })
	if len(parts) > 0 && trigrams(parts[0]) == 0 {
		parts = pq.StringArray{}
	}
	return args{"parts": parts, "word": "% " + likeEscaper.Replace(strings.TrimSpace(model.SearchKey(m.text))) + "%"}
}

// trigrams is 1 for a part of a text in which three letters or digits stand side by side, or that begins a word, and else 0.
func trigrams(part string) int {
	run := 0
	if strings.HasPrefix(part, "% ") {
		run = 2
	}
	for _, r := range strings.TrimPrefix(part, "% ") {
		if run++; !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			run = 0
		}
		if run == 3 {
			return 1
		}
	}
	return 0
}

// begun is between which folded texts those stand that begin with it.
func (m *Meaning) begun() args {
	folded := foldedText(m.text)
	return args{"from": folded, "to": folded + "\U0010FFFF"}
}

func foldedText(text string) string { return model.Fold(strings.TrimSpace(text)) }

// phoneIn is the pattern of a telephone number where all of the text is most of one; else empty.
func phoneIn(text string) string {
	s := searchOf(text)
	if model.CountDigits(text) < leastPhoneDigits || slices.ContainsFunc(s.phones, func(p string) bool { return p != s.phones[0] }) {
		return ""
	}
	return s.phones[0]
}

// amountIn is from which amount to which other one a text means, where all of it is an amount; else nothing.
func amountIn(text string) (low, high *string) {
	s := searchOf(text)
	if slices.ContainsFunc(s.from, func(a *string) bool { return a == nil || *a != *s.from[0] }) {
		return nil, nil
	}
	return s.from[0], s.to[0]
}
