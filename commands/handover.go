package commands

// All that somebody has goes to a colleague by one command, which reaches no further than giving each of it would.

import (
	"context"
	"fmt"
	"slices"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/security"
)

// handover is the input of the command of that name.
type handover struct {
	from, to                   reference
	clients, contracts, events bool // which of what they have; none: all
	coming                     bool // of the events those alone that are neither over nor cancelled
	dryRun                     bool
	given                      // the waiver
}

var handOver = security.Permission{Resource: "user", Action: "handover"}

func handoverCommand() Command {
	return Define(Spec[handover]{
		Command: Command{Path: "handover", Help: "Give all that somebody has to a colleague: clients with their contracts, events",
			Example: "handover colin.vendeur elodie.nguyen --dry-run", Access: Needs(handOver.Resource, handOver.Action), Writes: true},
		Fields: append([]Field[handover]{
			field(Param{Name: "from", Positional: true, Required: true, Format: "USER", Help: "who has it, by id or username", Source: userNoun().source("view")},
				func(in *handover) *reference { return &in.from }, parseReference),
			field(Param{Name: "to", Positional: true, Required: true, Format: "USER", Help: "an active commercial or support user, by id or username",
				Source: colleagues("from")}, func(in *handover) *reference { return &in.to }, parseReference),
			switchField("clients", "the clients, with their contracts", func(in *handover) *bool { return &in.clients }),
			switchField("contracts", "the contracts that are still theirs although the client is not", func(in *handover) *bool { return &in.contracts }),
			switchField("events", "the events", func(in *handover) *bool { return &in.events }),
			switchField("coming", "of the events those to come: the ones that are over or cancelled stay", func(in *handover) *bool { return &in.coming }),
			switchField("dry-run", "tell what would go, and change nothing", func(in *handover) *bool { return &in.dryRun }),
		}, waiverFields(eventNoun(), func(in *handover) *given { return &in.given })...),
		Rules: []Rule[handover]{
			{[]string{"from"}, func(ctx context.Context, e *Act, in handover) error {
				_, err := e.predecessor(ctx, in.from)
				return err
			}},
			{[]string{"from", "to"}, func(ctx context.Context, e *Act, in handover) error {
				_, err := e.estateOf(ctx, in)
				return err
			}},
		},
		Doubts: func(ctx context.Context, e *Act, in handover) ([]error, error) {
			if in.dryRun {
				return nil, nil
			}
			estate, err := e.estateOf(ctx, in)
			if err != nil {
				return nil, err
			}
			return estate.doubts(ctx, e, in.given)
		},
		Run: func(ctx context.Context, e *Act, in handover) (Result, error) {
			estate, err := e.estateOf(ctx, in)
			if err != nil {
				return Result{}, err
			}
			if in.dryRun {
				return estate.preview(ctx, e)
			}
			if err := estate.hand(ctx, e, in.given); err != nil {
				return Result{}, err
			}
			estate.tellStaying(e)
			return estate.report(), nil
		},
	})
}

// estate is what of somebody's a handover moves: as much as its actor may view.
type estate struct {
	from, to  model.User
	clients   []model.Client
	contracts []model.Contract // which go with those clients
	strays    []stray
	events    []model.Event
	staying   int64 // how many events stay that are over or cancelled
}

// stray is a contract that is theirs although its client is another commercial's, to whom it goes. A predecessor left such ones.
type stray struct {
	model.Contract
	of model.Client
}

func (s *estate) empty() bool { return len(s.clients)+len(s.strays)+len(s.events) == 0 }

// predecessor resolves who has what is handed over. Everybody may name themselves.
func (e *Act) predecessor(ctx context.Context, ref reference) (model.User, error) {
	if ref.is(e.Actor.UserID, e.Actor.Username) {
		return e.Data.User(ctx, model.Everything, e.Actor.UserID)
	}
	u, err := userNoun().see(ctx, e, ref)
	return u, about("from", err)
}

// estateOf reads what is to move, and refuses what could not: a record in sight that the actor may not give away, and whom it
// cannot go to.
func (e *Act) estateOf(ctx context.Context, in handover) (s *estate, err error) {
	s = &estate{}
	if s.from, err = e.predecessor(ctx, in.from); err != nil {
		return s, err
	}
	if in.to.is(s.from.ID, s.from.Username) {
		return s, about("to", model.Errorf(model.Conflict, "%s has it already", s.from.Username).WithHint("name somebody else"))
	}
	all := !in.clients && !in.contracts && !in.events
	if in.coming && !all && !in.events {
		return s, model.Invalid("coming", "--coming is about events, and these are not to be handed over").WithHint("give --events as well")
	}
	if all || in.clients {
		if s.clients, err = theirs(ctx, e, clientNoun(), "reassign", data.ClientFilter{CommercialID: s.from.ID}); err != nil {
			return s, err
		}
	}
	if err := s.readContracts(ctx, e, all || in.clients, all || in.contracts); err != nil {
		return s, err
	}
	if all || in.events {
		if err = s.readEvents(ctx, e, in.coming); err != nil {
			return s, err
		}
	}
	s.to, err = s.successor(ctx, e, in.to)
	return s, err
}

// readEvents reads the events. Where those to come are wanted alone, it counts the others, which stay with who looked after them.
func (s *estate) readEvents(ctx context.Context, e *Act, alone bool) (err error) {
	n, every := eventNoun(), data.EventFilter{SupportID: s.from.ID}
	if !alone {
		s.events, err = theirs(ctx, e, n, "assign_support", every)
		return err
	}
	coming := data.EventFilter{SupportID: s.from.ID, Upcoming: e.Now(), Current: true}
	if s.events, err = theirs(ctx, e, n, "assign_support", coming); err == nil {
		s.staying, err = n.count(e.Data, ctx, n.reach(e, "view"), every, "", 0)
		s.staying -= int64(len(s.events))
	}
	return err
}

// theirs lists records in sight within a filter, to each of which the action may be done.
func theirs[R, F any](ctx context.Context, e *Act, n noun[R, F], action string, f F) ([]R, error) {
	records, err := n.list(e.Data, ctx, n.reach(e, "view"), f, model.Page{})
	reach := n.reach(e, action)
	for i := range records {
		if r := &records[i]; err == nil && !reach.Covers(n.relation(r)) {
			return nil, n.denied(ctx, e, r, action, fmt.Sprintf("%s %s %d", action, n.name, n.id(r)))
		}
	}
	return records, err
}

// readContracts reads their contracts in sight: those that go with the clients, and the strays if these are wanted. A contract
// never goes without its client. That of a client who became theirs since the clients were read stays with it.
func (s *estate) readContracts(ctx context.Context, e *Act, clients, strays bool) error {
	if len(s.clients) == 0 && !strays {
		return nil
	}
	n := clientNoun()
	contracts, err := contractNoun().list(e.Data, ctx, contractNoun().reach(e, "view"), data.ContractFilter{CommercialID: s.from.ID}, model.Page{})
	if err != nil {
		return err
	}
	for _, k := range contracts {
		if slices.ContainsFunc(s.clients, func(c model.Client) bool { return c.ID == k.ClientID }) {
			s.contracts = append(s.contracts, k)
			continue
		}
		if !strays {
			continue
		}
		c, err := n.get(e.Data, ctx, n.reach(e, "view"), k.ClientID)
		switch {
		case model.KindOf(err) == model.NotFound:
			continue // it is not the actor's to move
		case err != nil:
			return err
		case c.CommercialID == s.from.ID && clients:
			continue
		case c.CommercialID == s.from.ID:
			return model.Errorf(model.Conflict, "contract %d goes with its client %d, which is %s's", k.ID, c.ID, s.from.Username).
				WithHint("give --clients as well")
		case !n.reach(e, "reassign").Covers(n.relation(&c)):
			return n.denied(ctx, e, &c, "reassign", fmt.Sprintf("reassign client %d", c.ID))
		}
		if _, err := e.colleague(ctx, reference{ID: c.CommercialID}, "commercial", "to"); err == nil {
			s.strays = append(s.strays, stray{k, c})
		}
	}
	return nil
}

// successor resolves who it goes to: an active user of the role that what there is takes.
func (s *estate) successor(ctx context.Context, e *Act, ref reference) (model.User, error) {
	switch clients, events := len(s.clients) > 0, len(s.events) > 0; {
	case clients && events:
		u, err := e.colleague(ctx, ref, "commercial", "to")
		if err != nil {
			if u, err = e.colleague(ctx, ref, "support", "to"); err != nil {
				return u, err
			}
		}
		return u, about("to", model.Errorf(model.Conflict, "%s has %s and %s, which nobody of one role can take", s.from.Username,
			model.Count(int64(len(s.clients)), "client"), model.Count(int64(len(s.events)), "event")).
			WithHint("hand them over one after the other, with --clients and with --events"))
	case clients:
		return e.colleague(ctx, ref, "commercial", "to")
	case events:
		return e.colleague(ctx, ref, "support", "to")
	case e.reach("user", "view").None():
		return model.User{Username: ref.String()}, nil // who takes nothing is not told of
	}
	u, err := userNoun().see(ctx, e, ref)
	return u, about("to", err)
}

// doubts tells what the events clash with that whoever gets them has already. Two of them that clash did so before.
func (s *estate) doubts(ctx context.Context, e *Act, g given) (doubts []error, err error) {
	for i := range s.events {
		some, err := s.clashes(ctx, e, &s.events[i], g)
		if err != nil {
			return nil, err
		}
		for _, d := range some { // several may clash with the same one
			doubts = append(doubts, model.Errorf(model.Conflict, "event %d would clash: %s", s.events[i].ID, sentences.Message(d)))
		}
	}
	return doubts, nil
}

// clashes is empty for an event that takes nobody's time any more.
func (s *estate) clashes(ctx context.Context, e *Act, before *model.Event, g given) ([]error, error) {
	if !takesTime(e, before) {
		return nil, nil
	}
	after := lookedAfterBy(*before, s.to)
	return doubtBusy(ctx, e, before, &after, g)
}

func takesTime(e *Act, v *model.Event) bool { return v.CancelledAt == nil && v.End.After(e.Now()) }

// hand moves what is still theirs, and leaves of the estate what it moved.
func (s *estate) hand(ctx context.Context, e *Act, g given) error {
	if s.empty() {
		return nil
	}
	if err := e.Tx.Because(ctx, fmt.Sprintf("handover from %s to %s", s.from.Username, s.to.Username)); err != nil {
		return err
	}
	h := data.Handover{From: s.from.ID, To: s.to.ID}
	var err error
	if len(s.clients) > 0 {
		if s.clients, err = lockTheirs(ctx, e, clientNoun(), "reassign", h, s.clients, (*Tx).LockClients); err != nil {
			return err
		}
		s.contracts = slices.DeleteFunc(s.contracts, func(k model.Contract) bool {
			return !slices.ContainsFunc(s.clients, func(c model.Client) bool { return c.ID == k.ClientID })
		})
		if err := e.Tx.HandClients(ctx, h, idsOf(clientNoun(), s.clients)); err != nil {
			return err
		}
	}
	for _, stray := range s.strays {
		c, err := clientNoun().take(ctx, e, reference{ID: stray.of.ID}, "reassign")
		if err == nil {
			_, err = e.Tx.FollowClient(ctx, c.ID, c.CommercialID)
		}
		if err != nil {
			return err
		}
	}
	if len(s.events) == 0 {
		return nil
	}
	if s.events, err = lockTheirs(ctx, e, eventNoun(), "assign_support", h, s.events, (*Tx).LockEvents); err != nil {
		return err
	}
	for _, before := range s.events {
		if !takesTime(e, &before) {
			continue
		}
		after := lookedAfterBy(before, s.to)
		if err := refuseBusy(ctx, e, &before, &after, g); err != nil {
			return about("to", err)
		}
	}
	return e.Tx.HandEvents(ctx, h, idsOf(eventNoun(), s.events))
}

// lockTheirs keeps records as they are, and returns those that are still theirs. Where whose a record is decides whether the
// actor may give it away, each is taken as the single command takes it.
func lockTheirs[R, F any](ctx context.Context, e *Act, n noun[R, F], action string, h data.Handover, records []R,
	lock func(*Tx, context.Context, data.Handover, []int64) ([]int64, error)) ([]R, error) {
	if !n.reach(e, "view").Any || !n.reach(e, action).Any {
		var refs []reference
		for i := range records {
			refs = append(refs, reference{ID: n.id(&records[i])})
		}
		if _, err := n.takeAll(ctx, e, refs, action); err != nil {
			return nil, err
		}
	}
	locked, err := lock(e.Tx, ctx, h, idsOf(n, records))
	still := map[int64]bool{}
	for _, id := range locked {
		still[id] = true
	}
	return slices.DeleteFunc(records, func(r R) bool { return !still[n.id(&r)] }), err
}

func idsOf[R, F any](n noun[R, F], records []R) (ids []int64) {
	for i := range records {
		ids = append(ids, n.id(&records[i]))
	}
	return ids
}

// colleagues offers the active commercials and support users, but for the one whom another argument names.
func colleagues(but string) *Source {
	already := func(ctx context.Context, e *Act, raw map[string]string) int64 {
		ref, err := parseReference(but, raw[but])
		if err == nil && ref.Name != "" && !e.reach("user", "view").None() {
			u, _ := e.Data.UserByName(ctx, ref.Name)
			return u.ID
		}
		return ref.ID
	}
	return &Source{kind: "user", Searched: true, find: func(ctx context.Context, e *Act, q Query) ([]Candidate, error) {
		commercials, err := staff("commercial", already).find(ctx, e, q)
		if err != nil {
			return nil, err
		}
		supports, err := staff("support", already).find(ctx, e, q)
		return append(commercials, supports...), err
	}}
}
