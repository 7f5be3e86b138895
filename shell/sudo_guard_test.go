package shell

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"epev/commands"
)

// Under sudo less is run with nothing of the caller's: a preprocessor, a key file, a log.
func TestUnderSudoLessRunsNothingOfTheCaller(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can be under sudo")
	}
	binary, err := realEpev()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	programs, told, mark := filepath.Join(home, "bin"), filepath.Join(home, "told"), filepath.Join(home, "mark")
	if err := os.Mkdir(programs, 0o700); err != nil {
		t.Fatal(err)
	}
	less := "#!/bin/sh\nenv | grep ^LESS >" + told + "\ncat\n"
	if err := os.WriteFile(filepath.Join(programs, "less"), []byte(less), 0o700); err != nil {
		t.Fatal(err)
	}
	env := slices.DeleteFunc(realEnv(t, home, "host=/nowhere dbname=none user=none"), func(v string) bool {
		return strings.HasPrefix(v, "PATH=") || strings.HasPrefix(v, "PAGER=")
	})
	env = append(env, "PATH="+programs+":"+os.Getenv("PATH"), "SUDO_UID=65534", "SUDO_GID=65534", "PAGER=touch "+mark,
		"LESSOPEN=|touch "+mark, "LESSCLOSE=touch "+mark, "LESSEDIT=touch "+mark, "LESSKEY="+mark, "LESSHISTFILE="+mark, "LESS=-o"+mark)
	s := openTerminal(t, 80, 10, env, "/bin/sh", "-c", `"$0" help; echo "[left]"`, binary)
	s.Shows("[left]")
	got, err := os.ReadFile(told)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(got), mark) || !strings.Contains(string(got), "LESSSECURE=1") {
		t.Errorf("less is given %s", got)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a program of the caller's ran")
	}
}

// Under sudo no editor of the caller's choice is run as root.
func TestUnderSudoNoEditorOfTheCallerIsRun(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can be under sudo")
	}
	mark := filepath.Join(t.TempDir(), "mark")
	for _, name := range []string{"EDITOR", "VISUAL"} {
		s := &Shell{Env: &commands.Env{Person: commands.Person{Invoker: 1000}}, Getenv: func(asked string) string {
			if asked == name {
				return "touch " + mark + ";"
			}
			return ""
		}}
		if text, err := s.edit(t.Context(), "text"); err == nil || text != "" || !strings.Contains(err.Error(), "under sudo no editor is started") {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the caller's editor ran")
	}
}
