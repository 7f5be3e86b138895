package commands

import (
	"context"
	"fmt"
	"os/user"
	"strconv"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
)

// checkups are what doctor looks at, in the order in which it tells them. Each answers within patience, or counts as not answered.
var checkups = []checkup{
	{name: "configuration", look: lookAtConfiguration},
	{name: "secrets", look: lookAtSecrets},
	{name: "files", look: lookAtFiles},
	{name: "disk", look: lookAtDisk},
	{name: "time zone", look: lookAtZone},
	{name: "database", look: lookAtDatabase},
	{name: "standby", asks: theServer, look: lookAtStandby},
	{name: "tls", asks: theServer, look: lookAtTLS},
	{name: "server", asks: theServer, look: lookAtServer},
	{name: "durability", asks: theServer, look: lookAtDurability},
	{name: "connections", asks: theServer, look: lookAtConnections},
	{name: "clock", asks: theServer, look: lookAtClock},
	{name: "schema", asks: theServer, look: lookAtSchema},
	{name: "privileges", asks: theSchema, look: lookAtPrivileges},
	{name: "extensions", asks: theSchema, look: lookAtExtensions},
	{name: "records", asks: theSchema, look: lookAtRecords},
	{name: "backup", asks: theSchema, look: lookAtBackup},
	{name: "leftovers", asks: theServer, look: lookAtLeftovers},
}

// checkup is one of them.
type checkup struct {
	name string
	asks int // what it needs an answer of
	look func(ctx context.Context, x *examination) []finding
}

// What a checkup may ask. Where the database cannot be reached, that is one line, and the rest goes on.
const (
	theMachine = iota
	theServer
	theSchema
)

// patience is how long a checkup may take.
const patience = 15 * time.Second

// finding is what a checkup found. What is not fine has a remedy: a command or a setting to paste.
type finding struct{ state, said, remedy string }

// What a finding may be.
const (
	fine    = "ok"
	warning = "warning"
	wrong   = "wrong"
)

func well(format string, args ...any) []finding {
	return []finding{{state: fine, said: fmt.Sprintf(format, args...)}}
}

func amiss(state, remedy, format string, args ...any) finding {
	return finding{state, fmt.Sprintf(format, args...), remedy}
}

// examination is what the checkups look at.
type examination struct {
	*Act
	store  *data.Store
	server reached
	fit    schemaFound
}

// reached is what the server answered, and when it was asked; err is why it did not.
type reached struct {
	data.ServerState
	unmade       bool // the private database is not there yet
	err          error
	asked, heard time.Time
}

// schemaFound is the version of the schema; err is why it will not do.
type schemaFound struct {
	version int64
	err     error
}

func doctorCommand() Command {
	return Define(Spec[struct{}]{Run: examine, Command: Command{
		Path: "doctor", Help: "Look whether all is well with the configuration, the files, the server and the database", Example: "doctor --format json",
		Access: Anyone(), Apart: true, Diagnoses: true, Host: true}})
}

func examine(ctx context.Context, e *Act, _ struct{}) (Result, error) {
	x := &examination{Act: e, store: e.Sessions.Store} // not that of an --atomic script, which a failure would end
	x.server = within(ctx, x.reach, reached{err: errSilent})
	x.fit = schemaFound{err: x.server.err}
	if x.server.err == nil && !x.server.unmade {
		x.fit = within(ctx, func(ctx context.Context) (found schemaFound) {
			found.version, found.err = x.store.Schema(ctx)
			return found
		}, schemaFound{err: errSilent})
	}
	t := &Table{Name: "findings", Columns: []Column{
		{Name: "state", Title: "State"}, {Name: "check", Title: "Check"}, {Name: "finding", Title: "Finding", Wraps: true}, {Name: "remedy", Title: "Remedy", Wraps: true},
	}}
	remedies := Table{Name: "remedies", Columns: []Column{{Name: "check", Title: "Check"}, {Name: "remedy", Title: "Remedy", Wraps: true}}}
	counted := map[string]int64{}
	for _, c := range checkups {
		if c.asks >= theServer && (x.server.err != nil || x.server.unmade) || c.asks >= theSchema && x.fit.err != nil {
			continue
		}
		silent := []finding{amiss(warning, "", "it did not answer within %s", patience)}
		for _, f := range within(ctx, func(ctx context.Context) []finding { return c.look(ctx, x) }, silent) {
			var remedy Value
			if f.remedy != "" {
				remedy = f.remedy
				remedies.Rows = append(remedies.Rows, []Value{c.name, remedy})
			}
			t.Rows = append(t.Rows, []Value{f.state, c.name, f.said, remedy})
			counted[f.state]++
		}
		if ctx.Err() != nil {
			return Result{}, ctx.Err()
		}
	}
	if e.Human { // who reads it on a screen copies a remedy in one piece from below
		t.Columns[3].For = Machines
		if len(remedies.Rows) > 0 {
			t.Related = []Table{remedies}
		}
	}
	return Result{Table: t, Failure: verdict(counted)}, nil
}

// verdict is the failure of who is not well.
func verdict(counted map[string]int64) error {
	if counted[wrong] == 0 {
		return nil
	}
	said := model.Count(counted[wrong], "finding") + " wrong"
	if n := counted[warning]; n > 0 {
		said += ", and " + model.Count(n, "warning")
	}
	return model.Errorf(model.Amiss, "%s", said).WithHint("do what each line says, and look again")
}

// errSilent is why something is not known that took too long.
var errSilent = model.Errorf(model.Unavailable, "it did not answer within %s", patience)

// within returns what do returns, or silent where that takes longer than patience. What hangs all the same is left behind.
func within[T any](ctx context.Context, do func(ctx context.Context) T, silent T) T {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	done := make(chan T, 1)
	go func() { done <- do(ctx) }()
	select {
	case answer := <-done:
		return answer
	case <-ctx.Done():
		return silent
	}
}

// reach asks the server for all that several checkups look at. A private one that is not there yet is not made.
func (x *examination) reach(ctx context.Context) (found reached) {
	if x.Config.NoDatabase != nil {
		return reached{err: x.Config.NoDatabase}
	}
	if x.Private != nil {
		if s, err := x.Private.Status(ctx); err != nil || s.Version == 0 {
			return reached{err: err, unmade: err == nil}
		}
	}
	if _, found.err = x.store.ServerState(ctx); found.err == nil { // once to connect, and once for the time
		found.asked = x.Now()
		found.ServerState, found.err = x.store.ServerState(ctx)
		found.heard = x.Now()
	}
	return found
}

// failed is the finding that something could not be asked for, with what to do.
func (x *examination) failed(state string, err error) finding {
	e := sentences.Of(err)
	if e.Message == "" {
		return amiss(state, "", "it cannot be asked for: %s", model.Escape(err.Error()))
	}
	if len(e.Try) > 0 {
		return amiss(state, "epev "+e.Try[0], "%s", e.Message)
	}
	return amiss(state, e.Hint, "%s", e.Message)
}

func lookAtDatabase(_ context.Context, x *examination) []finding {
	switch s := x.server; {
	case s.unmade:
		return []finding{amiss(warning, "epev db-create", "there is no private database yet")}
	case s.err != nil:
		return []finding{x.failed(wrong, s.err)}
	case s.Standby:
		return []finding{amiss(wrong, "target_session_attrs=read-write", "%s is a standby, which takes no changes", x.target())}
	}
	return well("PostgreSQL %s answers at %s as %s", x.server.Version, x.target(), x.server.Role)
}

func lookAtZone(_ context.Context, x *examination) []finding {
	if x.server.err == nil && !x.server.unmade && x.server.TimeZone != "UTC" {
		return []finding{amiss(wrong, "pooler=transaction", "the connection is in the time zone %s although epev asked for UTC: a pooler gave its settings to others", x.server.TimeZone)}
	}
	for _, s := range x.Config.Set {
		if s.Name == "EPEV_TIMEZONE" {
			return well("the office is in %s, as EPEV_TIMEZONE says", x.Location)
		}
	}
	name, _ := x.Now().In(x.Location).Zone()
	if x.Private == nil && name == "UTC" {
		return []finding{amiss(warning, x.remedyBy("EPEV_TIMEZONE", "Europe/Paris"), "dates are typed and shown in UTC, which is the clock of this machine and hardly that of the office")}
	}
	return well("the office goes by the clock of this machine, %s", name)
}

// accountOf is what the machine calls a user.
func accountOf(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return strconv.Itoa(uid)
}
