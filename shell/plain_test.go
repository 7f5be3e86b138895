package shell

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// A terminal that obeys nothing, or that nobody knows, is sent text alone; it edits its own lines.
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
					for _, unwanted := range []string{"\x1b", "Sunny-Terrace-7"} {
						if before, _, found := strings.Cut(s.Wrote(), unwanted); found {
							t.Errorf("%q was written: %q", unwanted, before)
						}
					}
				})
				return s
			}
			s := open("")
			s.ready()
			s.Send("whoami\n")
			s.Shows("Please login first.", "Log in now? [Y/n]")
			s.Send("\n")
			s.Shows("Username:")
			s.Send("claire.dubois\n")
			s.Shows("Password:")
			s.Send("Sunny-Terace\x08\x08\x7f\x7frrace-7\r")
			s.Shows("Welcome Claire Dubois", "Session until")
			s.ready()
			s.Send("help\n") // more than the screen holds, without a pager
			s.Shows("help COMMAND explains one")
			s.ready()
			s.Send("client view 99\n")
			s.Shows("client 99 not found")
			s.ready()
			s.Send("clear\n")
			s.Shows("epic> clear\nepic>")
			s.Send("client create\n")
			s.Shows("who the client is", "Full name:")
			s.Send(fmt.Sprintf("Léo Été %d\n", i))
			s.Shows("Email:")
			s.Send("nobody\n")
			s.Shows("is not valid")
			s.Send(fmt.Sprintf("leo%d@example.fr\n\n\n\n\n", i)) // typed ahead
			s.Shows(fmt.Sprintf("created: Léo Été %d.", i))
			s.ready()
			s.Send("client list \\\n")
			s.Until("the line's rest", func() bool { return strings.TrimSpace(s.Line()) == ">" })
			s.Send("--search l\u00e9o\n")
			s.Shows("ID  Full name")
			s.ready()
			s.Send("nonsens")
			s.Shows("epic> nonsens")
			s.Send("\x03")
			s.Shows("nonsens^C")
			s.ready()
			s.Send("client create\n")
			s.Until("the question", func() bool { return s.Line() == "Full name:" })
			s.Send("Nobody")
			s.Until("the answer", func() bool { return s.Line() == "Full name: Nobody" })
			s.Send("\x03")
			s.Shows("interrupted")
			s.ready()
			s.Send("client delete 9\n")
			s.Shows("Delete client 9 (Kevin Costa)? [y/N]")
			s.Send("n\n")
			s.Shows("cancelled")
			s.ready()
			s.Send("login -u claire.dubois\n")
			s.Until("the question", func() bool { return s.Line() == "Password:" })
			s.Send("\x03")
			s.ready()
			s.Send("\x04")
			<-s.Ended
			if err := s.cmd.Wait(); err != nil {
				t.Error(err)
			}
			single := open("claire.dubois", "client", "delete", "9")
			single.Shows("Delete client 9 (Kevin Costa)? [y/N]")
			single.Send("\x03")
			<-single.Ended
			if single.cmd.Wait(); single.cmd.ProcessState.ExitCode() != 130 {
				t.Errorf("status %d", single.cmd.ProcessState.ExitCode())
			}
		})
	}
}
