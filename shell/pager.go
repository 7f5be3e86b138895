package shell

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"
)

// Page writes text on the terminal out. What does not fit in height lines goes through $PAGER,
// which as for psql and git is a command of the shell, or through less where $PAGER is empty;
// without a pager, or when it cannot be run, the text is written as it is. Leaving the pager
// before the end is no error. When ctx ends, the pager is told to, and the terminal is as it was.
func Page(ctx context.Context, out *os.File, text []byte, height int, getenv func(string) string) error {
	pager := cmp.Or(strings.TrimSpace(getenv("PAGER")), defaultPager())
	if height <= 0 || bytes.Count(text, []byte("\n")) < height || pager == "" || pager == "cat" {
		_, err := out.Write(text)
		return err
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", pager)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, os.Stderr
	cmd.Env = os.Environ()
	// less shows colours, and leaves at once what fits after all, only when it is asked to; and
	// accents in the C locale only when it is told of UTF-8.
	for name, value := range map[string]string{"LESS": "FRX", "LESSCHARSET": "utf-8"} {
		if getenv(name) == "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	// SIGTERM lets a pager put the terminal right; the wait is for one that does not obey.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Second

	if before, err := term.GetState(int(out.Fd())); err == nil {
		defer term.Restore(int(out.Fd()), before)
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if status := cmd.ProcessState; status == nil || status.ExitCode() == 126 || status.ExitCode() == 127 {
		// The shell did not find it, or there is no shell: nothing of the text was shown.
		_, err = out.Write(text)
		return err
	}
	return nil // a pager's own status says nothing about the text: less ends with 2 on Ctrl-C
}

// defaultPager returns the pager for a person who chose none, empty where there is none.
func defaultPager() string {
	if _, err := exec.LookPath("less"); err != nil {
		return ""
	}
	return "less -FRX"
}
