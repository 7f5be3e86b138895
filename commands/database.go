package commands

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/security"
)

func databaseCommands() []Command {
	return []Command{
		Define(Spec[creation]{Run: createDatabase, Command: Command{
			Path: "db-create", Help: "Create or upgrade the database's schema, and seed the roles where it is empty", Example: "db-create",
			Access: Anyone(), Apart: true, Host: true}, Fields: creationFields()}),
		managerCreate(),
		Define(Spec[struct{}]{Run: databaseStatus, Command: Command{
			Path: "db-status", Help: "Tell which database this is, and how to reach it with psql", Example: "db-status --format json", Access: Anyone(), Host: true}}),
		Define(Spec[struct{}]{Run: stopDatabase, Command: Command{
			Path: "db-stop", Help: "Stop the private database; the next command starts it again", Example: "db-stop", Access: Anyone(), Apart: true, Host: true}}),
	}
}

func stopDatabase(ctx context.Context, e *Act, _ struct{}) (Result, error) {
	if e.Private == nil {
		return Result{}, model.Errorf(model.Usage, "the database is an external one, which epev does not stop").
			WithHint("db-stop is for the private database, without DATABASE_URL and POSTGRES_*")
	}
	if e.Store != e.Sessions.Store {
		return Result{}, model.Errorf(model.Usage, "the database cannot be stopped within a script's one transaction").
			WithTry("run {try} on its own, or without --atomic", "db-stop")
	}
	stopped, err := e.Private.Stop(ctx)
	switch {
	case err != nil:
		return Result{}, err
	case !stopped:
		return Result{Message: "The private database was not running."}, nil
	}
	return Result{Message: "The private database has stopped."}, nil
}

// tellWhatNobodyMay tells what the roles of an upgraded database lack of what the default ones may do. It tells the
// lines that give it, and each time who could run them: db-create itself grants nothing where there is data.
func tellWhatNobodyMay(ctx context.Context, e *Act, summary data.Summary) error {
	if summary.Seeded {
		return nil
	}
	roles, err := e.Store.Read().Roles(ctx, model.Everything, struct{}{}, model.Page{})
	if err != nil {
		return err
	}
	if summary.From != summary.To {
		lost, beside := security.Lost(roles)
		e.tellGrants("no role may do the following; these lines give it, run by who holds role:assign:", lost)
		e.tellGrants("no role holds the following; these role grant lines give it as in a new database:", beside)
	}
	tellWhatNarrowed(e, summary, roles)
	users, err := e.Store.Read().CountUsers(ctx, model.Everything, data.UserFilter{}, "", 0)
	if err != nil {
		return err
	}
	if users > 0 && len(assigners(roles)) == 0 {
		e.Tell(`no active user holds role:assign, so that nobody can change what the roles may do; "epev manager-create --grant", run as root, gives it to management`)
	}
	return nil
}

// tellWhatNarrowed tells which roles hold codes that reach fewer records from this upgrade on. They stay as they are.
func tellWhatNarrowed(e *Act, summary data.Summary, roles []model.Role) {
	for _, code := range slices.Sorted(maps.Keys(security.Narrowed)) {
		since := security.Narrowed[code]
		if summary.From >= since && !slices.Contains(summary.Completed, since) {
			continue
		}
		permission := strings.Join(strings.Split(code, ":")[:2], ":")
		var holders []string
		for _, r := range roles {
			if slices.Contains(r.Permissions, code) && !slices.Contains(r.Permissions, permission) {
				holders = append(holders, r.Name)
			}
		}
		if len(holders) > 0 {
			e.Tell(fmt.Sprintf("%s, held by %s, now reaches less: %s; these role grant lines give all of them:", code, sentences.List(holders, "and"), meaning(code)))
			for _, name := range holders {
				e.Tell(fmt.Sprintf("  role grant %s %s   # %s", name, permission, meaning(permission)))
			}
		}
	}
}

// tellGrants tells the lines that give permissions to roles, if there are any.
func (e *Act) tellGrants(why string, grants []security.Grant) {
	if len(grants) > 0 {
		e.Tell(why)
	}
	for _, grant := range grants {
		e.Tell(fmt.Sprintf("  role grant %s %s   # %s", grant.Role, grant.Code, meaning(grant.Code)))
	}
}

// assigners are the names of the roles through which somebody active holds role:assign.
func assigners(roles []model.Role) []string {
	var names []string
	for _, r := range roles {
		if r.Users > 0 && security.Allows(model.Actor{Permissions: r.Permissions}, assign) {
			names = append(names, r.Name)
		}
	}
	return names
}

var assign = security.Permission{Resource: "role", Action: "assign"}

// newManager is a manager to be created, or with grant alone the role that is to be able to assign again.
type newManager struct {
	newUser
	grant bool
}

// managerCreate declares what root alone may do, with the database's own credentials and without a login.
func managerCreate() Command {
	fields := newUserFields(func(in *newManager) *newUser { return &in.newUser }, "username", "full-name", "email")
	for i := range fields {
		fields[i].Unless = "grant"
	}
	fields = append(fields, switchField("grant", "give management role:assign where no active user holds it; alone, without a new manager",
		func(in *newManager) *bool { return &in.grant }))
	return Define(Spec[newManager]{
		Command: Command{Path: "manager-create", Help: "Create the first manager; needs root",
			Example: `manager-create -u admin.root -n "Admin Root" -e admin@epicevents.fr`,
			Access:  Anyone(), Apart: true, Host: true}, Fields: fields, Ready: canCreateManager, Prepare: prepareManager, Run: createManager,
	})
}

func mustBeRoot() error {
	if security.IsRoot() {
		return nil
	}
	return &model.Error{Kind: model.Denied, Message: "You don't have permission to create a manager: that takes root", Hint: "run it with sudo"}
}

// canCreateManager refuses who may not, and a database that is not made yet, before anything is asked for.
func canCreateManager(ctx context.Context, e *Env) error {
	if err := mustBeRoot(); err != nil {
		return err
	}
	_, err := e.Store.Read().RoleByName(ctx, security.Management)
	return err
}

// creates says that somebody is to be created.
func (in newManager) creates() bool { return len(in.names) > 0 }

// prepareManager tells what keeps the manager from being created before the password is asked for.
func prepareManager(ctx context.Context, e *Act, in *newManager) error {
	if err := mustBeRoot(); err != nil {
		return err
	}
	wanted := in.creates() || in.passwordFile != ""
	if wanted && !(in.has("username") && in.has("full-name") && in.has("email")) || !wanted && !in.grant {
		return model.Invalid("username", "a new manager needs --username, --full-name and --email").
			WithHint("give all of them, or --grant alone to create nobody")
	}
	role, err := e.Store.Read().RoleByName(ctx, security.Management)
	if err == nil && in.grant {
		err = mayGrant(ctx, e.Store.Read(), role, wanted)
	}
	if err != nil || !wanted {
		return err
	}
	return hashNewPassword(ctx, e, &in.newUser)
}

func createManager(ctx context.Context, e *Act, in newManager) (Result, error) {
	manager := in.applied(model.User{})
	// No actor: this is done with root's rights and the database's own credentials.
	err := e.Store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) error {
		role, err := tx.RoleByName(ctx, security.Management)
		if err == nil && in.grant {
			if err = mayGrant(ctx, tx.Reader, role, in.creates()); err == nil {
				_, err = tx.Grant(ctx, role.ID, assign.String())
			}
		}
		if err != nil || !in.creates() {
			return err
		}
		manager.RoleID = role.ID
		return tx.InsertUser(ctx, &manager, in.passwordHash)
	})
	granted := fmt.Sprintf("Role %s now has %s.", security.Management, assign)
	switch {
	case err != nil:
		return Result{}, err
	case !in.creates():
		return Result{Message: granted}, nil
	}
	n := userNoun()
	e.note("user created")
	result := Result{Message: fmt.Sprintf("Manager %d created: %s.", manager.ID, n.who(&manager)), Table: n.record(&manager)}
	if in.grant {
		result.Message += " " + granted
	}
	return result, nil
}

// mayGrant refuses to give management role:assign where somebody active holds it, who can, or where nobody active would
// have it then.
func mayGrant(ctx context.Context, r *data.Reader, management model.Role, creates bool) error {
	roles, err := r.Roles(ctx, model.Everything, struct{}{}, model.Page{})
	if err != nil {
		return err
	}
	if held := assigners(roles); len(held) > 0 {
		return about("grant", model.Errorf(model.Conflict, "role:assign is held by active users of %s", strings.Join(held, ", ")).
			WithHint("ask one of them, or leave --grant out"))
	}
	if management.Users == 0 && !creates {
		return about("grant", model.Errorf(model.Conflict, "no active user is of the role %s", management.Name).
			WithHint("create one along with it: --username, --full-name, --email"))
	}
	return nil
}

// Seed is what an empty database starts with: the default roles and the permission catalogue.
func Seed() data.Seed {
	seed := data.Seed{Codes: security.Codes()}
	for _, r := range security.DefaultRoles() {
		seed.Roles = append(seed.Roles, data.SeedRole{Name: r.Name, Permissions: r.Permissions})
	}
	return seed
}

func describeMigration(s data.Summary) string {
	switch {
	case s.Created && s.Seeded:
		return fmt.Sprintf("The database is ready: schema version %d, roles and permissions seeded. Next: manager-create.", s.To)
	case s.From == 0 && !s.Created:
		return fmt.Sprintf("The half-made schema of the database was completed: schema version %d; its rows and rights are as they were.", s.To)
	case s.From != s.To || len(s.Completed) > 0:
		var done []string
		if s.From != s.To {
			done = append(done, fmt.Sprintf("was brought from schema version %d to %d", s.From, s.To))
		}
		if n := len(s.Completed); n > 0 {
			versions := strings.Trim(strings.Join(strings.Fields(fmt.Sprint(s.Completed)), ", "), "[]")
			done = append(done, fmt.Sprintf("got what was missing below schema version %d, of version %s", s.From, versions))
		}
		return fmt.Sprintf("The database %s; its rows and rights are as they were.", strings.Join(done, ", and "))
	case s.Settled:
		return fmt.Sprintf("The database is at schema version %d, as before; rules and indexes that were missing are there now.", s.To)
	}
	return fmt.Sprintf("The database is up to date: schema version %d; nothing was changed.", s.To)
}

// databaseStatus tells the private database's whereabouts without starting it, or the external one's.
func databaseStatus(ctx context.Context, e *Act, _ struct{}) (Result, error) {
	var at data.Address
	var running bool
	var version, schema, host, dir, log, socket, unexpected, psql Value
	var failure error
	var standby, state, behind Value
	if e.Private == nil {
		store := e.Sessions.Store // not that of an --atomic script, which a failure would end
		info, err := store.Info(ctx)
		if at = store.Address(); err == nil {
			version, schema, at.User, at.Database = info.ServerVersion, info.SchemaVersion, info.User, info.Database
		} else if model.KindOf(err) != model.Unavailable {
			return Result{}, err
		}
		running, failure, host = err == nil, err, at.Host
		if found, ok := store.Standby(ctx); ok {
			standby, state = found.Target, "answers"
			if found.Unfit != nil {
				state = sentences.Message(found.Unfit)
			}
			if found.Behind.Valid {
				behind = found.Behind.Int64
			}
		}
	} else {
		s, err := e.Private.Status(ctx)
		if err != nil {
			return Result{}, err
		}
		if s.Running {
			if info, err := e.Store.Info(ctx); err == nil {
				version, schema = info.ServerVersion, info.SchemaVersion
			}
		} else if s.Version != 0 {
			version = strconv.Itoa(s.Version)
		}
		at = data.Address{Port: s.Address.Port, User: s.Address.User, Database: e.Database}
		running, dir, log, socket = s.Running, s.Data, s.Log, s.Address.Socket
		psql = fmt.Sprintf("psql -h %s -p %d -U %s %s", quote(s.Address.Socket), at.Port, at.User, at.Database)
	}
	if _, err := os.Stat(e.Log); err == nil { // there is something to look at
		unexpected = e.Log
	}
	t := &Table{Name: "databases", Single: true, Rows: [][]Value{nil}}
	for _, c := range []struct {
		name, title string
		value       Value
		optional    bool // left out where there is none
	}{
		{"private", "Private", e.Private != nil, false}, {"running", "Running", running, false},
		{"version", "PostgreSQL", version, false}, {"schema_version", "Schema version", schema, false},
		{"host", "Host", host, true}, {"data", "Data", dir, true}, {"log", "Log", log, true}, {"socket", "Socket", socket, true},
		{"port", "Port", int64(at.Port), false}, {"user", "User", at.User, false}, {"database", "Database", at.Database, false},
		{"standby", "Standby", standby, true}, {"standby_state", "Standby state", state, true}, {"standby_behind", "Standby bytes behind", behind, true},
		{"epev_log", "Unexpected errors", unexpected, true}, {"psql", "Open with", psql, true},
	} {
		if c.value != nil || !c.optional {
			t.Columns = append(t.Columns, Column{Name: c.name, Title: c.title})
			t.Rows[0] = append(t.Rows[0], c.value)
		}
	}
	return Result{Table: t, Failure: failure}, nil
}

// quote makes a path safe to paste into a shell.
func quote(s string) string {
	if strings.ContainsAny(s, " '\"\\$`&;|<>()*?[]#~") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
