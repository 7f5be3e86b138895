package commands

import (
	"context"
	"fmt"
	"strings"

	"epev/commands/sentences"
	"epev/data"
	"epev/model"
)

// creation is what db-create is to make beside the schema: the role that shells use.
type creation struct {
	role, owner string
	print       bool
}

func creationFields() []Field[creation] {
	return []Field[creation]{
		field(Param{Name: "app-role", Format: "NAME", Unasked: true, Help: "also make the role of PostgreSQL that shells use: it may do what epev does, and no more"},
			func(in *creation) *string { return &in.role }, parseRoleName),
		field(Param{Name: "owner", Format: "NAME", Unasked: true, Help: "with --app-role, who owns the schema from then on"},
			func(in *creation) *string { return &in.owner }, parseRoleName),
		switchField("print", "with --app-role, only print the statements, for an administrator to run", func(in *creation) *bool { return &in.print }),
	}
}

// parseRoleName takes a name that PostgreSQL takes for a role.
func parseRoleName(field, raw string) (string, error) {
	name, err := model.ParseText(field, raw, 63)
	switch {
	case err != nil:
		return "", err
	case name == "", len(name) > 63, strings.HasPrefix(name, "pg_"), name == "public", name == "none":
		return "", model.Invalid(field, "--%s %q is no name for a role", field, name).WithHint("give at most 63 bytes that do not begin with pg_")
	}
	return name, nil
}

func createDatabase(ctx context.Context, e *Act, in creation) (Result, error) {
	role := data.AppRole{Name: in.role, Owner: in.owner}
	switch {
	case in.role == "" && (in.owner != "" || in.print):
		return Result{}, model.Invalid("app-role", "--owner and --print go with --app-role").WithHint("name the role that shells use")
	case in.role != "" && in.role == in.owner:
		return Result{}, model.Invalid("owner", "the role that shells use owns nothing").WithHint("give two names")
	case in.role != "" && e.Private != nil:
		return Result{}, model.Invalid("app-role", "the private database has no role for shells: whoever gets in is its owner").
			WithHint("leave --app-role out, or set DATABASE_URL")
	case in.print:
		statements, err := e.Store.AppRoleStatements(ctx, role)
		return Result{Shell: Verbatim{forPsql(statements)}}, err
	}
	summary, err := e.Store.Migrate(ctx, Seed())
	if err != nil {
		return Result{}, err
	}
	for _, warning := range summary.Warnings {
		e.Tell(sentences.Message(warning))
	}
	result := Result{Message: describeMigration(summary)}
	if given := len(summary.Given); given > 0 {
		result.Message += fmt.Sprintf(" What shells may do was brought to this version, for %s.", strings.Join(summary.Given, ", "))
	}
	if err := tellWhatNobodyMay(ctx, e, summary); err != nil || in.role == "" {
		return result, err
	}
	made, err := e.Store.MakeAppRole(ctx, role)
	switch {
	case err != nil:
		return Result{}, err
	case len(made) == 0:
		result.Message += fmt.Sprintf(" The role %s was as it must be.", in.role)
	default:
		result.Message += fmt.Sprintf(" The role %s may do what epev does, and no more (%s). Where it has no password yet, give it one in psql: \\password.",
			in.role, model.Count(int64(len(made)), "statement"))
	}
	return result, nil
}

// forPsql writes statements as psql takes them, all of them or none.
func forPsql(statements []string) string {
	return "-- For psql -v ON_ERROR_STOP=1, as an administrator:\nBEGIN;\n" + strings.Join(statements, ";\n") + ";\nCOMMIT;\n"
}
