package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"
	"epev/security"
)

// TestParseRefuses: what is wrong with a command line is said in one sentence, with the nearest right word.
func TestParseRefuses(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for _, c := range []struct{ line, message, hint string }{
		{"clinet list", `unknown command "clinet"`, `did you mean "client"?`},
		{"lgoin", `unknown command "lgoin"`, `did you mean "login"?`},
		{"xyzzy", `unknown command "xyzzy"`, `"help" lists what there is`},
		{"Granite-Compass-1", "unknown command", `"help" lists what there is`}, // a password, perhaps
		{"client Granite-Compass-1", "unknown client command", `"help" lists what there is`},
		{"LOGNI", `unknown command "LOGNI"`, `did you mean "login"?`},
		{"client lsit", `unknown client command "lsit"`, `did you mean "list"?`},
		{"client vie 8", `unknown client command "vie"`, `did you mean "view"?`}, // a prefix is not accepted
		{"cli list", `unknown command "cli"`, `did you mean "client"?`},
		{"event assign 1 2", `unknown event command "assign"`, `did you mean "assign_support"?`},
		{"client", "client needs a verb", "one of create, list, view, update, delete, reassign, duplicates, merge"},
		{"client --only-mine", "client needs a verb", "one of create, list, view, update, delete, reassign, duplicates, merge"},
		{"client list --only-min", "unknown flag --only-min for client list", "did you mean --only-mine?"},
		{"client create --emial a@b.fr", "unknown flag --emial for client create", "did you mean --email?"},
		{"client list --from 01/01/2027", "unknown flag --from for client list",
			`--from is a flag of "contract list", or of "payment list", or of "event list", or of "note list"; client list takes --only-mine, --company-id, --commercial, --without-contract, --search, --sort, --limit, --after, --count, --columns, --format, --no-color, --yes`},
		{"client list --to 01/01/2027", "unknown flag --to for client list", `--to is a flag of "contract list", or of "payment list", or of "event list", or of "note list"; client list takes --only-mine, --company-id, --commercial, --without-contract, --search, --sort, --limit, --after, --count, --columns, --format, --no-color, --yes`},
		{"company list --only-mine", "unknown flag --only-mine for company list",
			`--only-mine is a flag of "client list", or of "contract list", or of "payment list", or of "event list", or of "note list"; company list takes --search, --sort, --limit, --after, --count, --columns, --format, --no-color, --yes`},
		{"company list --form 01/01/2027", "unknown flag --form for company list", "did you mean --format?"},
		{"client list --upcomin", "unknown flag --upcomin for client list", `--upcoming is a flag of "event list"; client list takes --only-mine, --company-id, --commercial, --without-contract, --search, --sort, --limit, --after, --count, --columns, --format, --no-color, --yes`},
		{"event view 1 --notes x", "unknown flag --notes for event view", `--notes is a flag of "event create", or of "event update"; event view takes --format, --no-color, --yes`},
		{"client create -z x", "unknown flag -z for client create", "usage: client create --full-name TEXT --email ADDRESS [flags]"},
		{"client create --xyzzy", "unknown flag --xyzzy for client create", "usage: client create --full-name TEXT --email ADDRESS [flags]"},
		{"client create -n", "--full-name needs a value", "usage: client create --full-name TEXT --email ADDRESS [flags]"},
		{"client create --email", "--email needs a value", "usage: client create --full-name TEXT --email ADDRESS [flags]"},
		{"client create -n A -n B", "--full-name is given twice", "give one value"},
		{"client create -n A --full-name=A", "--full-name is given twice", "give one value"},
		{"contract list --unpaid --unpaid", "--unpaid is given twice", "give one value"},
		{"client list --format json --format csv", "--format is given twice", "give one value"},
		{"client view 8 9", `client view does not take "9"`, "put a value with blanks in quotes; usage: client view ID"},
		{"whoami now", `whoami does not take "now"`, "put a value with blanks in quotes; usage: whoami"},
		{"company view -1", `id "-1" is negative`, "write a whole number from 1 to 2147483647"},
		{"session end -5", `id "-5" is negative`, "write a whole number from 1 to 9223372036854775807"},
		{"user key remove -3", `key "-3" is negative`, "write a whole number from 1 to 9223372036854775807"},
		{"event assign_support -1 2", `event-id "-1" is negative`, "write a whole number from 1 to 2147483647"},
		{"client reassign 8 -12", `id "-12" is negative`, "write a whole number from 1 to 2147483647"},
		{"client list -1", "unknown flag -1 for client list", "usage: client list [flags]"},
		{"help company list extra", `there is no help on "company list extra"`, `"help company list" explains the command`},
		{"help whoami extra", `there is no help on "whoami extra"`, `"help whoami" explains the command`},
		{"help clinet", `unknown command "clinet"`, `did you mean "client"?`},
		{"", "no command was given", `try "help"`},
	} {
		_, err := registry.Parse(split(c.line))
		e := sentences.Of(err)
		if e.Kind != model.Usage || e.Message != c.message || e.Hint != c.hint {
			t.Errorf("%s:\n got %s\nwant usage: %s (%s)", c.line, told(err), c.message, c.hint)
		}
	}
}

// TestParseAccepts: the ways to write a flag and a value.
func TestParseAccepts(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for _, c := range []struct {
		line, path string
		raw        map[string]string
	}{
		{"client create -n 'A B' --email=a@b.fr -p0612345678", "client create", map[string]string{"full-name": "A B", "email": "a@b.fr", "phone": "0612345678"}},
		{"client update 8 --phone ''", "client update", map[string]string{"id": "8", "phone": ""}},
		{"client update --phone= 8", "client update", map[string]string{"id": "8", "phone": ""}},
		{"client update -- 8", "client update", map[string]string{"id": "8"}},
		{"client create -n help -e --full-name", "client create", map[string]string{"full-name": "help", "email": "--full-name"}},
		{"user list -MC --inactive", "user list", map[string]string{"management": "true", "commercial": "true", "inactive": "true"}},
		{"client list --only-mine=false --yes --no-color --format json", "client list", map[string]string{"only-mine": "false"}},
		{"client reassign 8 hugo.lefevre", "client reassign", map[string]string{"id": "8", "commercial-id": "hugo.lefevre"}},
		{"event assign-support 1 2", "event assign_support", map[string]string{"event-id": "1", "support-id": "2"}},
		{"quit", "exit", map[string]string{}},
		{"help client create", "help", map[string]string{"topic": "client create"}},
		{"client help create", "help", map[string]string{"topic": "client create"}},
		{"client help", "help", map[string]string{"topic": "client"}},
		{"client create --help", "help", map[string]string{"topic": "client create"}},
		{"client create -h", "help", map[string]string{"topic": "client create"}},
		{"--help", "help", map[string]string{"topic": ""}},
	} {
		inv, err := registry.Parse(split(c.line))
		if err != nil {
			t.Errorf("%s: %s", c.line, told(err))
			continue
		}
		if inv.Command.Path != c.path || fmt.Sprint(inv.Raw) != fmt.Sprint(c.raw) {
			t.Errorf("%s: %s %v", c.line, inv.Command.Path, inv.Raw)
		}
	}
}

// TestMissingFlagsAreAllNamed: a missing required field is a usage error that names every missing flag.
func TestMissingFlagsAreAllNamed(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for line, want := range map[string]string{
		"client create":        "client create needs --full-name, --email",
		"client create -n X":   "client create needs --email",
		"user create -u alice": "user create needs --full-name, --email, --role-id, --password-file",
		"manager-create":       "manager-create needs --username, --full-name, --email, --password-file",
		"user update-password": "user update-password needs ID, --password-file",
		"event create":         "event create needs --contract-id, --title, --full-address, --start-date, --end-date",
		"contract create":      "contract create needs --client-id, --total-amount",
		"client view":          "client view needs ID",
		"role grant":           "role grant needs ID, CODE",
		"login":                "login needs --username, --password-file",
		"login -u alice":       "login needs --password-file",
	} {
		inv, err := registry.Parse(split(line))
		if err == nil {
			err = inv.RequireAll(false)
		}
		if model.KindOf(err) != model.Usage || err.Error() != want {
			t.Errorf("%s: %v instead of %s", line, err, want)
		}
	}
}

// TestNoPasswordAsAnArgument: a password on the command line is refused in every spelling, the right way
// is named, and the message does not repeat it (SPEC 4, 7).
func TestNoPasswordAsAnArgument(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	const secret = "S3cret-Horse"
	taking := []string{}
	for _, c := range registry.Commands() {
		if _, ok := c.Param("password-file"); ok {
			taking = append(taking, c.Path)
		}
	}
	slices.Sort(taking)
	if want := []string{"login", "manager-create", "user create", "user update-password"}; !slices.Equal(taking, want) {
		t.Errorf("passwords are taken by %v instead of %v", taking, want)
	}
	for _, command := range []string{"login -u claire.dubois", "user create -u claire.dubois -n C -e c@b.fr -r 2", "manager-create -u claire.dubois -n C -e c@b.fr", "user update-password 3"} {
		for _, spelling := range []string{"-p %s", "-p%s", "-p=%s", "--password %s", "--password=%s", "--password %s --password-file -", "--password-file - -p %s"} {
			line := command + " " + fmt.Sprintf(spelling, secret)
			_, err := registry.Parse(split(line))
			e, _ := err.(*model.Error)
			if e == nil || e.Kind != model.Usage || !strings.Contains(e.Message, "never taken from the command line") || !strings.Contains(e.Hint, "--password-file PATH") {
				t.Errorf("%s: %v", line, err)
			} else if strings.Contains(told(err), secret) {
				t.Errorf("%s: the password is in %s", line, told(err))
			}
		}
		// Other ways to try it are refused without repeating it as well.
		for _, spelling := range []string{"%s", "--passwd %s", "--passwd=%s", "--pass %s", "--pwd=%s", "-P %s", "-P%s", "--secret %s", "-- %s", "--format json %s", "--yes=%s", "--no-color=%s", "--%s", "-%s", "-0%s", "-3%s", "--%s=x", "--%s\f", "---%s"} {
			line := command + " " + fmt.Sprintf(spelling, secret)
			_, err := registry.Parse(split(line))
			if model.KindOf(err) != model.Usage || strings.Contains(strings.ToLower(told(err)), strings.ToLower(secret)) {
				t.Errorf("%s: %s", line, told(err))
			}
		}
		if _, err := registry.Parse(split(command + " --password-file " + secret)); err != nil {
			t.Error(err)
		}
	}
}

// TestNewPasswordsFollowThePolicy: a weak one is refused with what it lacks, and is never repeated.
func TestNewPasswordsFollowThePolicy(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	d := o.desk("manon.directrice")
	for password, lacks := range map[string]string{
		"Sh0rt":                                "8 characters",
		"without-upper-1":                      "upper-case",
		"WITHOUT-LOWER-1":                      "lower-case",
		"Without-Digit":                        "digit",
		"Too-Long-1" + strings.Repeat("é", 32): "72 bytes",
	} {
		d.lines = []string{password}
		e := d.fails(model.Usage, "user create -u claire.dubois -n C -e c@b.fr -r 2 --password-file -")
		if !strings.Contains(e.Message+e.Hint, lacks) || strings.Contains(told(e), password) {
			t.Errorf("%s: %s", password, told(e))
		}
	}
	d.fails(model.Usage, "user create -u claire.dubois -n C -e c@b.fr -r 2 --password-file -") // no next line
	d.fails(model.Usage, "user create -u claire.dubois -n C -e c@b.fr -r 2")                   // nobody to ask
	d.lines = []string{castPassword}
	r := d.must("user create -u claire.dubois -n C -e c@b.fr -r commercial --password-file -")
	hash := o.text("select password_hash from @users where username = 'claire.dubois'")
	if ok, renew := security.VerifyPassword(hash, castPassword); !ok || renew {
		t.Error("the password is not stored as a fresh hash")
	}
	if strings.Contains(fmt.Sprint(r.Table.Rows, r.Message), hash) || o.number("select count(*) from @change_log where after::text like '%$2%'") != 0 {
		t.Error("the hash is shown")
	}
}
