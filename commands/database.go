package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"epev/data"
	"epev/model"
	"epev/security"
)

func databaseCommands() []Command {
	return []Command{
		Define(Spec[struct{}]{
			Path: "db-create", Help: "Create or upgrade the database's schema, and seed the roles where it is empty", Example: "db-create", Access: Anyone(),
			Run: func(ctx context.Context, e *Env, _ struct{}) (Result, error) {
				summary, err := e.Store.Migrate(ctx, Seed())
				if err != nil {
					return Result{}, err
				}
				for _, warning := range summary.Warnings {
					e.Tell(warning)
				}
				return Result{Message: describeMigration(summary)}, nil
			},
		}),
		Define(Spec[newUser]{
			Path: "manager-create", Help: "Create the first manager; needs root", Example: `manager-create -u admin.root -n "Admin Root" -e admin@epicevents.fr`,
			Access: Anyone(),
			Fields: newUserFields(userNoun(), "username", "full-name", "email"),
			Prepare: func(ctx context.Context, e *Env, in *newUser) error {
				if !security.IsRoot() {
					return &model.Error{Kind: model.Denied, Message: "You don't have permission to create a manager: that takes root", Hint: "run it with sudo"}
				}
				// Told before the password is asked for.
				if _, err := e.Store.Read().RoleByName(ctx, security.Management); err != nil {
					return err
				}
				return hashNewPassword(ctx, e, in)
			},
			Run: func(ctx context.Context, e *Env, in newUser) (Result, error) {
				n := userNoun()
				// No actor: this is done with root's rights and the database's own credentials.
				err := e.Store.Write(ctx, data.By{}, func(ctx context.Context, tx *Tx) error {
					role, err := tx.RoleByName(ctx, security.Management)
					if err != nil {
						return err
					}
					in.RoleID = role.ID
					return tx.InsertUser(ctx, &in.User, in.passwordHash)
				})
				if err != nil {
					return Result{}, err
				}
				e.Report("user created")
				return Result{Message: fmt.Sprintf("Manager %d created: %s.", in.ID, n.who(&in.userRecord)), Table: n.record(&in.userRecord)}, nil
			},
		}),
		Define(Spec[struct{}]{
			Path: "db-status", Help: "Tell which database this is, and how to reach it with psql", Example: "db-status --format json", Access: Anyone(),
			Run: func(ctx context.Context, e *Env, _ struct{}) (Result, error) { return databaseStatus(ctx, e) },
		}),
		Define(Spec[struct{}]{
			Path: "db-stop", Help: "Stop the private database; the next command starts it again", Example: "db-stop", Access: Anyone(),
			Run: func(ctx context.Context, e *Env, _ struct{}) (Result, error) {
				if e.Private == nil {
					return Result{}, model.Errorf(model.Usage, "the database is an external one, which epev does not stop").
						WithHint("db-stop is for the private database, without DATABASE_URL and POSTGRES_*")
				}
				if e.Store != e.Sessions.Store {
					return Result{}, model.Errorf(model.Usage, "the database cannot be stopped within a script's one transaction").
						WithHint(`run "db-stop" on its own, or without --atomic`)
				}
				stopped, err := e.Private.Stop(ctx)
				switch {
				case err != nil:
					return Result{}, err
				case !stopped:
					return Result{Message: "The private database was not running."}, nil
				}
				return Result{Message: "The private database has stopped."}, nil
			},
		}),
	}
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
	case s.From != s.To:
		return fmt.Sprintf("The database was brought from schema version %d to %d; its rows and rights are as they were.", s.From, s.To)
	}
	return fmt.Sprintf("The database is up to date: schema version %d; nothing was changed.", s.To)
}

// databaseStatus tells the private database's whereabouts without starting it, or the external one's.
func databaseStatus(ctx context.Context, e *Env) (Result, error) {
	t := &Table{Name: "databases", Single: true, Rows: [][]Value{nil}}
	add := func(name, title string, v Value) {
		t.Columns = append(t.Columns, Column{Name: name, Title: title})
		t.Rows[0] = append(t.Rows[0], v)
	}
	add("private", "Private", e.Private != nil)
	if e.Private == nil {
		store := e.Sessions.Store // not that of an --atomic script, which a failure would end
		info, err := store.Info(ctx)
		at := store.Address()
		var version, schema Value
		switch {
		case err == nil:
			version, schema, at.User, at.Database = info.ServerVersion, info.SchemaVersion, info.User, info.Database
		case model.KindOf(err) != model.Unavailable:
			return Result{}, err
		}
		add("running", "Running", err == nil)
		add("version", "PostgreSQL", version)
		add("schema_version", "Schema version", schema)
		add("host", "Host", at.Host)
		add("port", "Port", int64(at.Port))
		add("user", "User", at.User)
		add("database", "Database", at.Database)
		return Result{Table: t, Failure: err}, nil
	}
	s, err := e.Private.Status(ctx)
	if err != nil {
		return Result{}, err
	}
	add("running", "Running", s.Running)
	var version, schema Value
	if s.Running {
		if info, err := e.Store.Info(ctx); err == nil {
			version, schema = info.ServerVersion, info.SchemaVersion
		}
	} else if s.Version != 0 {
		version = strconv.Itoa(s.Version)
	}
	add("version", "PostgreSQL", version)
	add("schema_version", "Schema version", schema)
	add("data", "Data", s.Data)
	add("socket", "Socket", s.Address.Socket)
	add("port", "Port", int64(s.Address.Port))
	add("user", "User", s.Address.User)
	add("database", "Database", e.Database)
	add("psql", "Open with", fmt.Sprintf("psql -h %s -p %d -U %s %s", quote(s.Address.Socket), s.Address.Port, s.Address.User, e.Database))
	return Result{Table: t}, nil
}

// quote makes a path safe to paste into a shell.
func quote(s string) string {
	if strings.ContainsAny(s, " '\"\\$`&;|<>()*?[]#~") {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}
