package shell

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"epev/commands"
	"epev/data/testdb/needs"
	"epev/shell/complete"
)

// openShell runs a shell in a terminal, in a directory with a script, where epev is a program and completed.
func openShell(t *testing.T, dsn, name string, args ...string) *terminal {
	t.Helper()
	path := needs.Program(t, name)
	s := openTerminal(t, 100, 30, shellEnv(t, dsn), "/bin/sh", append([]string{"-c", `cd "$HOME" && exec "$0" "$@"`, path}, args...)...)
	prompt := func() { t.Helper(); s.Until("a shell's prompt", func() bool { return s.Line() == "$" }) }
	prompt()
	return s
}

func shellEnv(t *testing.T, dsn string) []string {
	t.Helper()
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, "first day.txt"), []byte("whoami\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, `it's "mine".txt`), []byte("whoami\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "with blank"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{home, filepath.Join(home, "with blank")} {
		if err := os.Symlink(must(os.Executable()), filepath.Join(dir, "epev")); err != nil {
			t.Fatal(err)
		}
	}
	env := slices.DeleteFunc(epevEnv(t, home, dsn, "admin.root"), func(v string) bool { return strings.HasPrefix(v, "PATH=") })
	return append(env, "PATH="+home+":"+os.Getenv("PATH"), "PS1=$ ", "BASH_SILENCE_DEPRECATION_WARNING=1")
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestCompletionInBash(t *testing.T) {
	t.Parallel()
	s := openShell(t, openOffice(t), "bash", "--norc", "--noprofile", "-i")
	s.completes("source <(epev completion bash); alias e=epev as-json='epev --format json'; complete -F _epev e as-json", []completed{
		{"epev cli", "epev client "},
		{"epev client re", "epev client reassign "},
		{"epev client view élod", "epev client view 1 "},
		{`epev client view "élod`, `epev client view "1" `},
		{"epev client list --company-id=horl", "epev client list --company-id=1 "},
		{`epev client list --company-id="horl`, `epev client list --company-id="1" `},
		{`epev client list --company-id='horl`, `epev client list --company-id='1' `},
		{`epev client list --company-id "générale d'`, `epev client list --company-id "1" `},
		{`epev client list --company-id=société\ gén`, `epev client list --company-id=1 `},
		{`epev client list "--company-id=horl`, `epev client list "--company-id=1" `},
		{"epev client list --columns full_n", "epev client list --columns full_name"},
		{`epev client list --columns="id,full_n`, `epev client list --columns="id,full_name"`},
		{"epev role grant commercial client:delete:", "epev role grant commercial client:delete:assigned "},
		{`epev role grant commercial "client:delete:`, `epev role grant commercial "client:delete:assigned" `},
		{`epev role grant commercial 'client:delete:`, `epev role grant commercial 'client:delete:assigned' `},
		{"./epev cli", "./epev client "},
		{"~/epev cli", "~/epev client "},
		{`with\ blank/epev cli`, `with\ blank/epev client `},
		{"e cli", "e client "},
		{"as-json client view élod", "as-json client view 1 "},
		{"true; epev cli", "true; epev client "},
		{"X=1 epev cli", "X=1 epev client "},
		{`epev -f "fir`, `epev -f "first day.txt" `},
		{`epev -f 'fir`, `epev -f 'first day.txt' `},
		{`epev -f first\ d`, `epev -f first\ day.txt `},
		{`epev -f "./fir`, `epev -f "./first day.txt" `},
		{`epev -f "it's`, `epev -f "it's \"mine\".txt" `},
		{`epev -f it\'s`, `epev -f it\'s\ \"mine\".txt `},
		{"epev --format j", "epev --format json "},
		{"epev --format=j", "epev --format=json "},
		{`epev --format="j`, `epev --format="json" `},
		{"epev -f fir", `epev -f first\ day.txt `},
		{"epev demo --as sup", "epev demo --as support "},
		{"epev nothing of th", "epev nothing of th"},
	})
	// Several: the list tells who they are, and what was typed stays.
	s.Send("epev client view kev\t\t")
	s.Shows("8  (Kévin Cousin · Startup SAS)", "9  (Kevin Costa)", "\n$ epev client view kev")
	s.Send("\x15epev client v\x01\x0b")
}

func TestCompletionInZsh(t *testing.T) {
	t.Parallel()
	s := openShell(t, openOffice(t), "zsh", "-f", "-i")
	s.completes("autoload -U compinit && compinit -u -D && source <(epev completion zsh); alias e=epev as-json='epev --format json'", []completed{
		{"epev cli", "epev client "},
		{"epev client view élod", "epev client view 1 "},
		{"epev client list --company-id=horl", "epev client list --company-id=1 "},
		{`epev client list --company-id="horl`, `epev client list --company-id=1 `},
		{`epev client list --company-id='horl`, `epev client list --company-id=1 `},
		{`epev client list --company-id "générale d'`, `epev client list --company-id "1" `},
		{`epev client list --company-id=société\ gén`, `epev client list --company-id=1 `},
		{`epev client list "--company-id=horl`, `epev client list "--company-id=1" `},
		{`epev client view "élod`, `epev client view "1" `},
		{"epev client list --columns full_n", "epev client list --columns full_name"},
		{`epev client list --columns="id,full_n`, `epev client list --columns=id,full_name`},
		{`epev role grant commercial "client:delete:`, `epev role grant commercial "client:delete:assigned" `},
		{"./epev cli", "./epev client "},
		{"~/epev cli", "~/epev client "},
		{`with\ blank/epev cli`, `with\ blank/epev client `},
		{`"with blank/epev" cli`, `"with blank/epev" client `},
		{`'./with blank/epev' client view élod`, `'./with blank/epev' client view 1 `},
		{"e cli", "e client "},
		{"as-json client view élod", "as-json client view 1 "},
		{"true; epev cli", "true; epev client "},
		{"X=1 epev cli", "X=1 epev client "},
		{`epev -f "fir`, `epev -f "first day.txt" `},
		{`epev -f 'fir`, `epev -f 'first day.txt' `},
		{`epev -f first\ d`, `epev -f first\ day.txt `},
		{`epev -f "it's`, `epev -f "it's \"mine\".txt" `},
		{`epev -f it\'s`, `epev -f it\'s\ \"mine\".txt `},
		{`epev --format="j`, `epev --format=json `},
		{"epev role grant commercial client:delete:", "epev role grant commercial client:delete:assigned "},
		{"epev --format j", "epev --format json "},
		{"epev -f fir", `epev -f first\ day.txt `},
	})
	s.Send("epev client view kev\t")
	s.Shows("8  Kévin Cousin · Startup SAS", "9  Kevin Costa", "\n$ epev client view 8")
	s.Send("\t")
	s.Shows("\n$ epev client view 9")
}

// A completed is a line before and after a Tab.
type completed struct{ typed, line string }

// completes loads a completion into a shell, and presses Tab behind lines.
func (s *terminal) completes(load string, lines []completed) {
	s.T.Helper()
	s.Send(load + "; clear; echo ready\r")
	s.Until("the completion loaded", func() bool { return strings.HasPrefix(s.Text(), "ready\n$") && s.Line() == "$" })
	for _, c := range lines {
		s.Send(c.typed)
		s.Shows("$ " + c.typed)
		tab, line := "\t", c.line
		if line == c.typed { // what comes behind the Tab shows that it had no effect, not merely none yet
			tab, line = "\tx", line+"x"
		}
		s.Send(tab)
		want := "$ " + line
		s.Until(want, func() bool {
			line, x := s.At()
			return line == strings.TrimRight(want, " ") && x == len([]rune(want))
		})
		s.Send("\x05\x15")
		s.Until("an empty line", func() bool { return s.Line() == "$" })
	}
}

// fish shows what begins with the text that was typed, and so finds no record by its name.
func TestCompletionInFish(t *testing.T) {
	t.Parallel()
	s := openShell(t, openOffice(t), "fish", "--no-config", "-C", "set -g fish_autosuggestion_enabled 0; function fish_prompt; printf '$ '; end")
	s.completes("epev completion fish | source; alias e=epev; alias as-json='epev --format json'", []completed{
		{"epev cli", "epev client "},
		{"epev client re", "epev client reassign "},
		{`epev "cli`, `epev "client" `},
		{"epev --format=j", "epev --format=json "},
		{`epev --format="j`, `epev --format="json" `},
		{"epev client list --columns full_n", "epev client list --columns full_name "},
		{"epev client list --columns id,full_n", "epev client list --columns id,full_name "},
		{"epev role grant commercial client:delete:", "epev role grant commercial client:delete:assigned "},
		{`epev role grant commercial "client:delete:`, `epev role grant commercial "client:delete:assigned" `},
		{"./epev cli", "./epev client "},
		{"~/epev cli", "~/epev client "},
		{"with\\ blank/epev cli", "with\\ blank/epev client "},
		{"e cli", "e client "},
		{"as-json cli", "as-json client "},
		{"true; epev cli", "true; epev client "},
		{"epev --format j", "epev --format json "},
		{"epev -f fir", `epev -f first\ day.txt `},
		{`epev -f "fir`, `epev -f "first day.txt" `},
		{`epev -f it\'s`, `epev -f it\'s\ \"mine\".txt `},
	})
	s.Send("epev client view 1\t")
	s.Shows("Élodie Nguyễn · Société Générale d'Horlogerie", "山田 太郎 · 株式会社エピック・イベント")
}

// Options, demo and the rest of a line are told apart, however unfinished they are.
func TestCompletionOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		words []string
		rest  []string
		as    string
		offer []string
	}{
		{[]string{""}, nil, "", []string{"demo"}},
		{[]string{"cl"}, nil, "", nil},
		{[]string{"--for"}, nil, "", []string{"--format"}},
		{[]string{"--format", "c"}, nil, "", []string{"csv"}},
		{[]string{"--format", "json", "client", ""}, []string{"client"}, "", nil},
		{[]string{"demo", "--as", "support", "client", "v"}, []string{"client"}, "support", nil},
		{[]string{"demo", "--as=support", "cl"}, nil, "support", nil},
		{[]string{"demo", "--res"}, nil, "management", []string{"--reset"}},
		{[]string{"demo", "--reset", "--as", "c"}, nil, "management", []string{"commercial"}},
		{[]string{"--bogus", "client", "v"}, []string{"client"}, "", nil},
		{[]string{"--format=c"}, nil, "", []string{"--format=csv"}},
		{[]string{"demo", "--as=m"}, nil, "management", []string{"--as=management"}},
		{nil, nil, "", []string{"demo"}},
	} {
		o, _, err := ParseOptions(append([]string{completeWord, "zsh"}, test.words...))
		var offered []string
		if len(o.Complete.Words) == 0 {
			var reply strings.Builder
			complete.New(commands.NewRegistry(nil), &commands.Env{}, nil, nil).Reply(&reply, o.Complete, o.grammar(), o.Demo == nil)
			for line := range strings.Lines(reply.String()) {
				value, _, _ := strings.Cut(line, "\x1f")
				offered = append(offered, value)
			}
		}
		as := ""
		if o.Demo != nil {
			as = o.Demo.As
		}
		if err != nil || !slices.Equal(o.Complete.Words, test.rest) || as != test.as || !slices.Equal(offered, test.offer) {
			t.Errorf("%q: words %q as %q, offered %q, %v", test.words, o.Complete.Words, as, offered, err)
		}
	}
}
