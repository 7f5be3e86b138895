package commands

import (
	"slices"
	"strings"
	"testing"

	"epev/model"
	"epev/security"
)

// TestEveryCommandIsDeclaredWhole holds every command to what help, completion, questions and
// authorisation live on.
func TestEveryCommandIsDeclaredWhole(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	values := Values{Now: noon, Location: noon.Location(), Policy: Policy{UsernameMin: 5, UsernameMax: 64, Password: security.PasswordPolicy{Min: 8, Max: 128}}}
	everything := model.Actor{UserID: 1, Permissions: security.Codes()}
	seen := map[string]bool{}
	for _, c := range registry.Commands() {
		t.Run(c.Path, func(t *testing.T) {
			for _, path := range append([]string{c.Path}, c.Aliases...) {
				if seen[path] {
					t.Errorf("%q names two commands", path)
				}
				seen[path] = true
				if words := strings.Fields(path); len(words) > 3 || strings.ToLower(path) != path {
					t.Errorf("%q is no path", path)
				}
			}
			if c.Help == "" || strings.HasSuffix(c.Help, ".") || c.Help[:1] != strings.ToUpper(c.Help[:1]) || strings.Contains(c.Help, "\n") {
				t.Errorf("help %q is not one line without a full stop", c.Help)
			}
			if !strings.HasPrefix(c.Usage(), c.Path) {
				t.Errorf("usage %q", c.Usage())
			}
			if (strings.HasPrefix(c.Path, "db-") || strings.HasPrefix(c.Path, "gate") || c.Path == "manager-create" || c.Path == "doctor") && !c.Host {
				t.Error("the command is about the machine, and could be run through ssh")
			}
			if c.Access == (Access{}) {
				t.Error("the command has no access and so allows nobody")
			}
			if !c.Access.Allows(&everything) {
				t.Error("not even the holder of every code may run it: its permission is not in the catalogue")
			}
			inv, err := registry.Parse(split(c.Example))
			switch {
			case err != nil:
				t.Errorf("example %q: %s", c.Example, told(err))
			case inv.Command.Path != c.Path:
				t.Errorf("example %q is one of %s", c.Example, inv.Command.Path)
			default:
				if err := inv.RequireAll(true); err != nil {
					t.Errorf("example %q: %s", c.Example, told(err))
				}
				if _, err := inv.Bind(values); err != nil {
					t.Errorf("example %q: %s", c.Example, told(err))
				}
			}
			checkParams(t, c)
		})
	}
	for _, group := range registry.groups {
		if len(registry.In(group)) < 2 {
			t.Errorf("group %s has one command", group)
		}
	}
}

func checkParams(t *testing.T, c Command) {
	names, shorts := map[string]bool{"format": true, "no-color": true, "yes": true, "help": true, "password": true}, map[string]bool{"h": true}
	optional := false
	for _, p := range c.Params {
		if names[p.Name] || shorts[p.Short] {
			t.Errorf("parameter %s -%s clashes", p.Name, p.Short)
		}
		names[p.Name] = true
		if p.Short != "" {
			shorts[p.Short] = true
		}
		if p.Help == "" || strings.HasSuffix(p.Help, ".") {
			t.Errorf("parameter %s has help %q", p.Name, p.Help)
		}
		if (p.Format == "") != p.Switch {
			t.Errorf("parameter %s: format %q, switch %v", p.Name, p.Format, p.Switch)
		}
		if p.Required && p.Unasked {
			t.Errorf("parameter %s is required and never asked for", p.Name)
		}
		if p.Positional {
			if p.Required && optional {
				t.Errorf("argument %s is required after an optional one", p.Name)
			}
			optional = !p.Required
		}
		// What names a record or one of some fixed values is completed.
		named := []string{"ID", "ROLE", "CODE", "RESOURCE", "FIELD", "A,B", "PATH", "true|false", timeFormat, dayFormat}
		if slices.Contains(named, p.Format) && p.Source == nil {
			t.Errorf("parameter %s (%s) has no completion", p.Name, p.Format)
		}
	}
	if _, ok := c.Param("password"); ok {
		t.Error("a password would be an argument")
	}
	for i, p := range c.Params {
		if !p.Positional && (c.Grammar().Flag(p.Name, "") != &c.Params[i] || p.Short != "" && c.Grammar().Flag("", p.Short) != &c.Params[i]) {
			t.Errorf("parameter %s clashes with another one", p.Name)
		}
		if slices.ContainsFunc(Common, func(common Param) bool { return common.Name == p.Name || p.Short != "" && common.Short == p.Short }) {
			t.Errorf("parameter %s clashes with a flag of all commands", p.Name)
		}
	}
}

// TestZeroAccessAllowsNobody: deny by default (SPEC 5, rule 1).
func TestZeroAccessAllowsNobody(t *testing.T) {
	t.Parallel()
	for _, actor := range []*model.Actor{nil, {}, {UserID: 1, Permissions: security.Codes()}} {
		if (Access{}).Allows(actor) {
			t.Errorf("the zero access allows %+v", actor)
		}
		if Needs("client", "").Allows(actor) || Needs("client", "fly").Allows(actor) {
			t.Errorf("a permission that does not exist allows %+v", actor)
		}
	}
}
