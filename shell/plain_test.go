package shell

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// A terminal that obeys nothing, or of which nobody says what it obeys, is sent text alone; it edits its own lines.
func TestPlainTerminal(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	for i, setting := range []string{"TERM=dumb", "TERM=", ""} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			open := func(username string, args ...string) *terminal {
				t.Helper()
				env := slices.DeleteFunc(epevEnv(t, t.TempDir(), dsn, username), func(v string) bool {
					return strings.HasPrefix(v, "TERM=") || strings.HasPrefix(v, "PAGER=")
				})
				if setting != "" {
					env = append(env, setting)
				}
				s := openTerminal(t, 60, 40, env, os.Args[0], args...)
				t.Cleanup(func() {
					s.mu.Lock()
					defer s.mu.Unlock()
					for _, unwanted := range []string{"\x1b", "Sunny-Terrace-7"} {
						if at := bytes.Index(s.written, []byte(unwanted)); at >= 0 {
							t.Errorf("%q was written: %q", unwanted, s.written[:at])
						}
					}
				})
				return s
			}
			s := open("")
			s.ready()
			s.send("whoami\n")
			s.shows("Please login first.", "Log in now? [Y/n]")
			s.send("\n")
			s.shows("Username:")
			s.send("claire.dubois\n")
			s.shows("Password:")
			s.send("Sunny-Terace\x08\x08\x7f\x7frrace-7\r")
			s.shows("Welcome Claire Dubois", "Session until")
			s.ready()
			s.send("help\n") // more than the screen holds, without a pager
			s.shows("help COMMAND explains one")
			s.ready()
			s.send("client view 99\n")
			s.shows("client 99 not found")
			s.ready()
			s.send("clear\n")
			s.ready()
			s.send("client create\n")
			s.shows("who the client is", "Full name:")
			s.send(fmt.Sprintf("Léo Été %d\n", i))
			s.shows("Email:")
			s.send("nobody\n")
			s.shows("is not valid")
			s.send(fmt.Sprintf("leo%d@example.fr\n\n\n\n\n", i)) // typed ahead
			s.shows(fmt.Sprintf("created: Léo Été %d.", i))
			s.ready()
			s.send("client list \\\n")
			s.until("the line's rest", func() bool { return strings.TrimSpace(s.line()) == ">" })
			s.send("--search l\u00e9o\n")
			s.shows("Full name")
			s.ready()
			s.send("nonsens")
			s.shows("epic> nonsens")
			s.send("\x03")
			s.shows("nonsens^C")
			s.ready()
			s.send("client create\n")
			s.until("the question", func() bool { return s.line() == "Full name:" })
			s.send("Nobody")
			s.until("the answer", func() bool { return s.line() == "Full name: Nobody" })
			s.send("\x03")
			s.shows("interrupted")
			s.ready()
			s.send("client delete 9\n")
			s.shows("Delete client 9 (Kevin Costa)? [y/N]")
			s.send("n\n")
			s.shows("cancelled")
			s.ready()
			s.send("login -u claire.dubois\n")
			s.until("the question", func() bool { return s.line() == "Password:" })
			s.send("\x03")
			s.ready()
			s.send("\x04")
			<-s.ended
			if err := s.cmd.Wait(); err != nil {
				t.Error(err)
			}
			single := open("claire.dubois", "client", "delete", "9")
			single.shows("Delete client 9 (Kevin Costa)? [y/N]")
			single.send("\x03")
			<-single.ended
			if single.cmd.Wait(); single.cmd.ProcessState.ExitCode() != 130 {
				t.Errorf("status %d", single.cmd.ProcessState.ExitCode())
			}
		})
	}
}
