package commands

import (
	"context"
	"fmt"
	"strconv"

	"epev/data"
	"epev/model"
)

// livingCommands are those on the sessions that live: one's own, or with user:update anybody's.
func livingCommands() []Command {
	return []Command{
		Define(Spec[whose]{
			Command: Command{Path: "session list", Help: "List the sessions of a user that have not ended, your own unless one is named",
				Example: "session list 3", Access: LoggedIn()},
			Fields: []Field[whose]{whoseField()}, Run: listSessions,
		}),
		Define(Spec[int64]{
			Command: Command{Path: "session end", Help: "End a session, on whichever machine it is; its next command is refused", Example: "session end 1",
				Access: LoggedIn(), Writes: true},
			Fields: []Field[int64]{field(Param{Name: "id", Positional: true, Required: true, Format: "ID", Help: "which session; session list tells their numbers",
				Source: sessionsInSight()}, itself[int64], model.ParseSerial)},
			Run: endSession,
		}),
	}
}

func listSessions(ctx context.Context, e *Act, in whose) (Result, error) {
	user, err := in.of(ctx, e)
	if err != nil {
		return Result{}, err
	}
	sessions, err := e.Data.Sessions(ctx, user, 0)
	t := &Table{Name: "sessions", Columns: []Column{
		{Name: "id", Title: "ID"}, {Name: "user_id", Title: "User ID", For: Machines}, {Name: "username", Title: "User", Priority: 3}, {Name: "since", Title: "Since", Priority: 7},
		{Name: "last_used", Title: "Last used", Priority: 2}, {Name: "expires", Title: "Until", Priority: 6}, {Name: "origin", Title: "From", Priority: 1},
		{Name: "by", Title: "By", Priority: 4}, {Name: "is_this", Title: "This one", Priority: 5},
	}}
	for _, s := range sessions {
		t.Rows = append(t.Rows, []Value{s.ID, s.UserID, s.Username, s.Since, s.Used, s.Expires, s.Origin, openedBy(s), s.ID == e.Actor.SessionID})
	}
	return Result{Table: t}, err
}

// openedBy tells what a session was opened by.
func openedBy(s model.Session) string {
	if s.ByKey {
		return join("key", s.Key)
	}
	return "password"
}

func endSession(ctx context.Context, e *Act, id int64) (Result, error) {
	if id == e.Actor.SessionID {
		return Result{}, model.Errorf(model.Conflict, "session %d is the one that you are in", id).WithTry("{try} ends it", "logout")
	}
	user, err := e.Tx.SessionUser(ctx, id)
	if sight := e.inSight(); err == nil && sight != 0 && sight != user {
		err = data.NoSuchSession(id)
	}
	if err != nil {
		return Result{}, about("id", err)
	}
	u, err := e.Data.User(ctx, model.Everything, user)
	if err == nil {
		err = e.Tx.EndSession(ctx, id, "ended")
	}
	e.note("session ended")
	return Result{Message: fmt.Sprintf("Session %d of %s has ended.", id, u.Username)}, err
}

// sessionsInSight offers the sessions that the actor may end.
func sessionsInSight() *Source {
	return &Source{kind: "session", find: func(ctx context.Context, e *Act, _ Query) ([]Candidate, error) {
		sessions, err := e.Data.Sessions(ctx, e.inSight(), candidateLimit)
		var candidates []Candidate
		for _, s := range sessions {
			if s.ID != e.Actor.SessionID {
				candidates = append(candidates, Candidate{Value: strconv.FormatInt(s.ID, 10), About: join(s.Username, s.Origin, openedBy(s), e.showTime(s.Used))})
			}
		}
		return candidates, err
	}}
}
