package commands

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

// What only reads does what was meant.
func TestNearCommandsThatReadAreDone(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for typed, meant := range map[string]string{
		"client show 2":                          "client view 2",
		"client get 2 --format json":             "client view 2 --format json",
		"client 2":                               "client view 2",
		"clients 2":                              "client view 2",
		"event 3 --format csv":                   "event view 3 --format csv",
		"client ls":                              "client list",
		"clients":                                "client list",
		"companies":                              "company list",
		"companies --search x":                   "company list --search x",
		"contracts list --unpaid":                "contract list --unpaid",
		"list clients":                           "client list",
		"ls contracts --unpaid":                  "contract list --unpaid",
		"show client 2":                          "client view 2",
		"view client 2":                          "client view 2",
		"client search muller":                   "client list --search muller",
		"search client 'two words' --limit 3":    "client list --search 'two words' --limit 3",
		"Client List":                            "client list",
		"CLIENT VIEW 2":                          "client view 2",
		"?":                                      "help",
		"? client":                               "help client",
		"client ?":                               "help client",
		`\q`:                                     "exit",
		":q":                                     "exit",
		`\?`:                                     "help",
		"epev client view 2":                     "client view 2",
		"epev help client":                       "help client",
		"epev":                                   "epev",
		"who":                                    "whoami",
		"client list –search muller":             "client list --search muller",
		"client list —only-mine":                 "client list --only-mine",
		"client list –search=–x":                 "client list --search=–x",
		"client list --search –x":                "client list --search –x",
		"user list –M":                           "user list -M",
		"client\u00a0list":                       "client list",
		"client\u202fview\u00a02":                "client view 2",
		"client list --search\u00a0müller":       "client list --search müller",
		"client list\u00a0--only-mine":           "client list --only-mine",
		"client list --search 'a\u00a0b'":        "client list --search 'a\u00a0b'",
		"\u00a0client view 2":                    "client view 2",
		"client list --mine":                     "client list --only-mine",
		"client list --company 3 --order id":     "client list --company-id 3 --sort id",
		"client list --json":                     "client list --format json",
		"client list --filter --order --limit 2": "client list --search --order --limit 2",
		"contract list --Client-Id 3":            "contract list --client-id 3",
		"help clients":                           "help client",
		"help client ls":                         "help client list",
		"help show client":                       "help client view",
		"role show management":                   "role view management",
	} {
		want, err := registry.parse(split(meant))
		if typed == meant {
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", meant, err)
		}
		got, err := registry.Parse(split(typed))
		if err != nil || got.Command != want.Command || !maps.Equal(got.Raw, want.Raw) || got.Format != want.Format {
			t.Errorf("%q is %+v, %s; want %q", typed, got.Raw, told(err), meant)
		}
	}
}

// What acts is not done, and its right command is named; no value is repeated.
func TestNearCommandsThatActAreNamed(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for typed, hint := range map[string]string{
		"client rm 4":                           `the command is "client delete ID"`,
		"client edit 4 -n X":                    `the command is "client update ID [flags]"`,
		"rm client 4":                           `the command is "client delete ID"`,
		"new client":                            `the command is "client create --full-name TEXT --email ADDRESS [flags]"`,
		"company add -n Secret":                 `the command is "company create --name TEXT"`,
		"pay contract 3 100":                    `the command is "contract pay ID AMOUNT [flags]"`,
		"void payment 3":                        `the command is "payment void ID --reason TEXT"`,
		"sign contract 3":                       `the command is "contract sign ID [flags]"`,
		"epev client delete 4 --yes":            `the command is "client delete ID"`,
		"clients delete 4":                      `the command is "client delete ID"`,
		"CLIENT DELETE 4":                       `the command is "client delete ID"`,
		"client\u00a0delete 4":                  `the command is "client delete ID"`,
		"client create --name Kévin -e a@b.c":   "did you mean --full-name?",
		"user create --name Kévin":              "did you mean --full-name?",
		"client update 4 –name Kévin":           "did you mean --full-name?",
		"client update 4 –n Kévin":              "did you mean -n?",
		"client update 4 -n\u00a0Kévin --tel 0": "did you mean -n and --phone?",
		"contract update 3 --paid true":         "did you mean --is-fully-paid?",
		"event create --name Gala":              "did you mean --title?",
		"login --user claire.dubois":            "did you mean --username?",
		"user disable 3":                        `the command is "user deactivate ID [flags]"`,
		"client transfer 3 4":                   `the command is "client reassign ID COMMERCIAL_ID"`,
		"signin":                                `the command is "login --username NAME [flags]"`,
		"user passwd 3":                         `the command is "user update-password ID [flags]"`,
	} {
		inv, err := registry.Parse(split(typed))
		e := sentences.Of(err)
		if e.Kind != model.Usage || e.Hint != hint || strings.Contains(e.Message+e.Hint, "Kévin") || strings.Contains(e.Hint, "Secret") {
			t.Errorf("%q is %+v, %s; want %s", typed, inv.Raw, told(err), hint)
		}
	}
}

// Every entry of the tables leads to something that is there, and hides nothing that is.
func TestNearTablesLeadSomewhere(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for word, meant := range nearCommands {
		if _, found := registry.Lookup(meant); !found {
			t.Errorf("%s leads to %s", word, meant)
		}
		if _, found := registry.Lookup(word); found || slices.Contains(registry.groups, word) {
			t.Errorf("%s is a command", word)
		}
	}
	for word, meant := range registry.nearVerbs {
		verb := strings.Fields(meant)[0]
		if verb != "help" && !slices.ContainsFunc(registry.groups, func(g string) bool { _, found := registry.Lookup(g + " " + verb); return found }) {
			t.Errorf("%s leads to %s", word, meant)
		}
	}
	for word, meant := range nearFlags {
		name, _, _ := strings.Cut(meant, " ")
		if !slices.ContainsFunc(registry.Commands(), func(c Command) bool { return c.Grammar().Flag(name, "") != nil }) {
			t.Errorf("--%s leads to --%s", word, meant)
		}
	}
}

// The flags that every command has stand after help too.
func TestCommonFlagsStandAfterHelp(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(All())
	for line, topic := range map[string]string{
		"help client --no-color": "client", "help --format json": "", "help --no-color client list": "client list",
		"client help list --no-color": "client list", "help client --yes": "client", "help -h": "", "help help": "help", "client -h --no-color": "client",
	} {
		inv, err := registry.Parse(split(line))
		if err != nil || inv.Command.Path != "help" || inv.Raw["topic"] != topic || strings.Contains(line, "json") != (inv.Format == "json") {
			t.Errorf("%s: %+v, %s", line, inv.Raw, told(err))
		}
	}
}
