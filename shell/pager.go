package shell

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"epev/model"
)

// Page writes text on the terminal out. What does not fit in height lines goes through $PAGER, or through less where
// $PAGER is empty. As for psql and git, $PAGER may be any command of the shell. Without a pager, or when it cannot be
// run, epev pages by itself. Leaving the pager before the end is no error. When ctx ends, the pager is told to end too,
// and the terminal is as it was. In a pipeline only its shell can be told, so Page waits for the other programs. Under
// sudo less alone is run, restricted: $PAGER would run as root.
func Page(ctx context.Context, out *os.File, text []byte, height int, getenv func(string) string) error {
	pager := cmp.Or(strings.TrimSpace(getenv("PAGER")), defaultPager())
	lent := os.Geteuid() == 0 && getenv("SUDO_UID") != "" && getenv("SUDO_UID") != "0"
	if lent {
		pager = defaultPager()
	}
	if height <= 0 || bytes.Count(text, []byte("\n")) < height || pager == "cat" {
		_, err := out.Write(text)
		return err
	}
	if pager == "" {
		return pageItself(ctx, out, text)
	}
	cmd := programOf(ctx, pager, getenv, lent, "FRX")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, out
	if before, err := term.GetState(int(out.Fd())); err == nil {
		defer term.Restore(int(out.Fd()), before)
	}
	_ = cmd.Run() // what matters of its error is in ctx and ProcessState
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if status := cmd.ProcessState; status == nil || status.ExitCode() == 126 || status.ExitCode() == 127 {
		// It was not found, by us or by the shell: nothing of the text was shown.
		return pageItself(ctx, out, text)
	}
	return nil // a pager's own status says nothing about the text: less ends with 2 on Ctrl-C
}

// programOf returns what a line of the shell's runs. Where it is lent to somebody else no command, log or key file of theirs is
// used, which less would do as root. less are the options of that pager for whoever chose none.
func programOf(ctx context.Context, line string, getenv func(string) string, lent bool, less string) *exec.Cmd {
	var cmd *exec.Cmd
	if strings.ContainsAny(line, "|&;<>()$`\\\"'*?[#~=%\n") {
		cmd = exec.CommandContext(ctx, "sh", "-c", line)
		cmd.Cancel = func() error { return nil }
	} else {
		words := strings.Fields(line)
		cmd = exec.CommandContext(ctx, words[0], words[1:]...)
		// SIGTERM lets a program put the terminal right; the wait is for one that does not obey.
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = time.Second
	}
	cmd.Env = os.Environ()
	if lent { // no command, log or key file of the caller's is used, which less would do as root
		cmd.Env = slices.DeleteFunc(cmd.Env, func(pair string) bool { return strings.HasPrefix(pair, "LESS") })
		getenv = func(string) string { return "" }
		cmd.Env = append(cmd.Env, "LESSSECURE=1", "LESSKEY=/dev/null", "LESSKEYIN=/dev/null", "LESSHISTFILE=-")
	}
	// less shows colours, and leaves at once what fits after all, only when it is asked to. In the C locale it shows
	// accents only when it is told of UTF-8.
	if own := getenv("LESS"); own != "" {
		less = "-R " + own
	}
	cmd.Env = append(cmd.Env, "LESS="+less)
	if getenv("LESSCHARSET") == "" {
		cmd.Env = append(cmd.Env, "LESSCHARSET=utf-8")
	}
	return cmd
}

// runnable refuses a line of the shell's whose program is not there, before anything is done. What a shell itself makes of its line
// is only known as it runs.
func runnable(line string) error {
	cmd := programOf(context.Background(), line, os.Getenv, false, "")
	if cmd.Err == nil {
		return nil
	}
	reason := why(cmd.Err)
	if errors.Is(cmd.Err, exec.ErrNotFound) {
		reason = "there is no such program"
	}
	return model.Errorf(model.Usage, "the program %s cannot be run: %s", cmd.Args[0], reason).WithHint("check its name")
}

// runProgram has a program of the shell's read a text. It tells how the program ended, where that was not with 0. One that
// ends before it has read all has seen enough.
func runProgram(ctx context.Context, line string, text []byte, out *os.File, getenv func(string) string, lent bool) (ended string, err error) {
	cmd := programOf(ctx, line, getenv, lent, "FRXS")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(text), out, out
	if before, err := term.GetState(int(out.Fd())); err == nil {
		defer term.Restore(int(out.Fd()), before)
	}
	err = cmd.Run()
	status := cmd.ProcessState
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case status == nil:
		return "", model.Errorf(model.Usage, "the program %s cannot be run: %s", cmd.Args[0], why(err)).WithHint("check its name")
	case status.ExitCode() > 0:
		return fmt.Sprintf("status %d", status.ExitCode()), nil
	case status.ExitCode() < 0:
		return status.String(), nil
	}
	return "", nil
}

// defaultPager returns the pager for a person who chose none, empty where there is none.
func defaultPager() string {
	if _, err := exec.LookPath("less"); err != nil {
		return ""
	}
	return "less -FRX"
}
