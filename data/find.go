package data

import (
	"context"
	"slices"
	"strings"

	"epev/model"
	queries "epev/sql"
)

// Hit is a record that a text means; the better, the lower its rank.
type Hit struct {
	ID   int64 `db:"id"`
	Rank int   `db:"rank"`
}

// FindClients returns the best clients within reach that a text means, at most limit. So do the others with their nouns.
func (r *Reader) FindClients(ctx context.Context, reach model.Reach, text string, limit int) (hits []Hit, err error) {
	reached, err := r.sight(ctx, clients.resource, reach, false)
	if err == nil {
		hits, err = list[Hit](ctx, r, queries.Find.Clients, reachedArgs(reached).and(named(text, limit), worded(text), begun(text), args{"phone": phoneIn(text)}))
	}
	return hits, r.failed(ctx, "find clients", err)
}

// FindCompanies is FindClients of companies.
func (r *Reader) FindCompanies(ctx context.Context, reach model.Reach, text string, limit int) ([]Hit, error) {
	hits, err := list[Hit](ctx, r, queries.Find.Companies, named(text, limit).and(worded(text), begun(text), args{"any": reach.Any}))
	return hits, r.failed(ctx, "find companies", err)
}

// FindContracts is FindClients of contracts.
func (r *Reader) FindContracts(ctx context.Context, reach model.Reach, text string, limit int) (hits []Hit, err error) {
	reached, err := r.sight(ctx, contracts.resource, reach, false)
	if err == nil {
		low, high := amountIn(text)
		hits, err = list[Hit](ctx, r, queries.Find.Contracts, reachedArgs(reached).and(named(text, limit), worded(text), begun(text), args{"low": low, "high": high}))
	}
	return hits, r.failed(ctx, "find contracts", err)
}

// FindEvents is FindClients of events.
func (r *Reader) FindEvents(ctx context.Context, reach model.Reach, text string, limit int) (hits []Hit, err error) {
	reached, err := r.sight(ctx, events.resource, reach, false)
	if err == nil {
		hits, err = list[Hit](ctx, r, queries.Find.Events, reachedArgs(reached).and(named(text, limit), worded(text), begun(text)))
	}
	return hits, r.failed(ctx, "find events", err)
}

// FindNotes is FindClients of notes.
func (r *Reader) FindNotes(ctx context.Context, reach model.Reach, text string, limit int) (hits []Hit, err error) {
	reached, err := r.sight(ctx, notes.resource, reach, false)
	if err == nil {
		hits, err = list[Hit](ctx, r, queries.Find.Notes, named(text, limit).and(worded(text), args{
			"any": reached["any"], "own": reached["own"], "actor": reached["actor"], "of": reached["of"]}))
	}
	return hits, r.failed(ctx, "find notes", err)
}

// FindUsers is FindClients of users.
func (r *Reader) FindUsers(ctx context.Context, reach model.Reach, text string, limit int) ([]Hit, error) {
	hits, err := list[Hit](ctx, r, queries.Find.Users, named(text, limit).and(worded(text), args{"any": reach.Any}))
	return hits, r.failed(ctx, "find users", err)
}

// reachedArgs are the arguments of a reach.
func reachedArgs(reached args) args {
	return args{"any": reached["any"], "own": reached["own"], "assigned": reached["assigned"], "actor": reached["actor"]}
}

// named is a text as a whole: folded, and as an id.
func named(text string, limit int) args {
	s := searchOf(text)
	digits := ""
	if len(s.digits) == 1 {
		digits = s.digits[0]
	}
	return args{"text": foldedText(text), "digits": digits, "limit": limit}
}

// worded is a text as words that stand somewhere, and as what a word begins with.
func worded(text string) args {
	return args{"parts": searchOf(text).parts, "word": "% " + likeEscaper.Replace(strings.TrimSpace(model.SearchKey(text))) + "%"}
}

// begun is between which folded texts those stand that begin with it.
func begun(text string) args {
	folded := foldedText(text)
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
