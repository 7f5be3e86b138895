package commands

// What a handover tells of what it moved, or would move.

import (
	"context"
	"fmt"

	"epev/commands/sentences"
	"epev/model"
)

// counts tells how much there is: "2 clients with 3 contracts and 1 event".
func (s *estate) counts() string {
	var parts []string
	if n := len(s.clients); n > 0 {
		clients := model.Count(int64(n), "client")
		if k := len(s.contracts); k > 0 {
			clients += " with " + model.Count(int64(k), "contract")
		}
		parts = append(parts, clients)
	}
	if n := len(s.events); n > 0 {
		parts = append(parts, model.Count(int64(n), "event"))
	}
	return sentences.List(parts, "and")
}

// report tells what went where.
func (s *estate) report() Result {
	var message string
	if parts := s.counts(); parts != "" {
		message = fmt.Sprintf("%s went from %s to %s.", parts, s.from.Username, s.to.Username)
	}
	for _, k := range s.strays {
		message = joined(message, fmt.Sprintf("Contract %d went to %s, the commercial of its client.", k.ID, k.of.Commercial))
	}
	if message == "" {
		message = fmt.Sprintf("Nothing to hand over: %s has none of it.", s.from.Username)
	}
	return Result{Message: message, Table: &Table{Name: "handover", Single: true,
		Columns: []Column{{Name: "from", Title: "From"}, {Name: "to", Title: "To"}, {Name: "clients", Title: "Clients"}, {Name: "contracts", Title: "Contracts"},
			{Name: "events", Title: "Events"}},
		Rows: [][]Value{{s.from.Username, s.to.Username, int64(len(s.clients)), int64(len(s.contracts) + len(s.strays)), int64(len(s.events))}}}}
}

// joined puts sentences one after the other.
func joined(sentences ...string) (text string) {
	for _, s := range sentences {
		if text != "" && s != "" {
			text += " "
		}
		text += s
	}
	return text
}

// preview tells each record that would go, to whom, and what it would clash with.
func (s *estate) preview(ctx context.Context, e *Act) (Result, error) {
	if s.empty() {
		s.tellStaying(e)
		return s.report(), nil
	}
	t := &Table{Name: "handover", Columns: []Column{{Name: "resource", Title: "Kind"}, {Name: "id", Title: "ID"}, {Name: "what", Title: "What", Priority: 1, Wraps: true},
		{Name: "to", Title: "To", Priority: 2}, {Name: "clash", Title: "Clash", Priority: 3, Wraps: true}}}
	add := func(kind string, id int64, what, to string, clash Value) {
		t.Rows = append(t.Rows, []Value{kind, id, what, to, clash})
	}
	for i := range s.clients {
		add("client", s.clients[i].ID, clientNoun().who(&s.clients[i]), s.to.Username, nil)
	}
	for i := range s.contracts {
		add("contract", s.contracts[i].ID, contractNoun().who(&s.contracts[i]), s.to.Username, nil)
	}
	for i := range s.strays {
		add("contract", s.strays[i].ID, contractNoun().who(&s.strays[i].Contract), s.strays[i].of.Commercial, nil)
	}
	for i := range s.events {
		doubts, err := s.clashes(ctx, e, &s.events[i], given{})
		if err != nil {
			return Result{}, err
		}
		var clashes []string
		for _, d := range doubts {
			clashes = append(clashes, sentences.Message(d))
		}
		add("event", s.events[i].ID, eventNoun().who(&s.events[i]), s.to.Username, unlessZero(sentences.List(clashes, "and")))
	}
	s.tellStaying(e)
	e.Tell("this is what would go; nothing was changed")
	return Result{Table: t}, nil
}

// tellStaying tells which events stay, and how they go, too.
func (s *estate) tellStaying(e *Act) {
	if s.staying > 0 {
		verb := "stay"
		if s.staying == 1 {
			verb = "stays"
		}
		e.Tell(fmt.Sprintf("%s over or cancelled %s with %s; handover without --coming gives these away, too", model.Count(s.staying, "event"), verb, s.from.Username))
	}
}
