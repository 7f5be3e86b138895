package shell

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"epev/commands"
	"epev/model"
)

// Under sudo a result goes to no file, and to no program but less alone: each would be root's for whoever called sudo.
func TestUnderSudoAResultGoesToNoFileAndToLessAlone(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	registry := commands.NewRegistry(commands.All())
	inv, err := registry.Parse([]string{"client", "list"})
	if err != nil {
		t.Fatal(err)
	}
	s := &Shell{Registry: registry, Env: &commands.Env{Person: commands.Person{Invoker: 1000}}, atPrompt: true}
	s.Options.Format = "table"
	file := filepath.Join(t.TempDir(), "clients.csv")
	for _, to := range []commands.Sink{{File: file}, {Program: "cat"}, {Program: "less /etc/shadow"}, {Program: "less; id"}, {Program: "./less"}, {Program: "less -o x"}} {
		if out, err := s.open(inv, to); model.KindOf(err) != model.Denied || !strings.Contains(err.Error(), "as root") {
			t.Errorf("%+v: %+v, %v", to, out, err)
		}
	}
	if found, err := os.ReadDir(filepath.Dir(file)); err != nil || len(found) > 0 {
		t.Errorf("%v is there: %v", found, err)
	}
	if out, err := s.open(inv, commands.Sink{Program: "less"}); err != nil || out.pipe != "less" {
		t.Errorf("less: %+v, %v", out, err)
	}
	s.Env.Invoker = 0
	for _, to := range []commands.Sink{{File: file}, {Program: "less -S"}} {
		out, err := s.open(inv, to)
		if err != nil {
			t.Errorf("%+v without sudo: %v", to, err)
		}
		out.close()
	}
}

// A result that cannot be written as a whole leaves the file as it was, and nothing beside it.
func TestAFileIsWholeOrAsItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "clients.csv")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	k, err := openFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.WriteString("half"); err != nil {
		t.Fatal(err)
	}
	k.drop()
	if content, err := os.ReadFile(path); err != nil || string(content) != "before" {
		t.Errorf("%q, %v", content, err)
	}
	k, err = openFile(path)
	if err == nil {
		_, err = k.WriteString("whole")
	}
	if err != nil {
		t.Fatal(err)
	}
	// What takes its name meanwhile is not replaced.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := k.give(); err == nil || !strings.Contains(err.Error(), "it is a directory") {
		t.Errorf("a directory is replaced: %v", err)
	}
	if found, err := os.ReadDir(dir); err != nil || len(found) != 1 {
		t.Errorf("%v is left, %v", found, err)
	}
}
