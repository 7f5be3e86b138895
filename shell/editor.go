package shell

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
	"unicode/utf8"
)

// edit has a person change a text in $VISUAL or $EDITOR, or in the first editor that the machine has. As for git, either
// may be any command of the shell. When ctx ends the editor is told to end too.
func (s *Shell) edit(ctx context.Context, text string) (string, error) {
	if s.Gate != nil {
		return "", errors.New("through ssh no editor is started: type the text here")
	}
	editor := cmp.Or(s.Getenv("VISUAL"), s.Getenv("EDITOR"))
	for _, usual := range []string{"editor", "nano", "vi"} {
		if _, err := exec.LookPath(usual); editor == "" && err == nil {
			editor = usual
		}
	}
	switch {
	case os.Geteuid() == 0 && s.Env.Invoker != 0:
		return "", errors.New("under sudo no editor is started: it would run as root")
	case editor == "":
		return "", errors.New("no editor was found: set EDITOR")
	}
	dir, err := os.MkdirTemp("", "epev-") // which nobody else can enter
	if err != nil {
		return "", fmt.Errorf("the editor has no place for the text: %w", err)
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "text.txt")
	if err := os.WriteFile(file, []byte(text+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("the editor has no place for the text: %w", err)
	}
	cmd := exec.CommandContext(ctx, "sh", "-c", editor+` "$@"`, "sh", file)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Second
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.Stdin, s.Stdout, s.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("the editor failed, and the text is as it was: %w", err)
	}
	edited, err := os.ReadFile(file)
	switch {
	case err != nil:
		return "", fmt.Errorf("what the editor wrote cannot be read: %w", err)
	case !utf8.Valid(edited):
		return "", errors.New("what the editor wrote is not valid UTF-8, and the text is as it was")
	case len(edited) > maxLine:
		return "", fmt.Errorf("what the editor wrote is longer than %d bytes, and the text is as it was", maxLine)
	}
	return string(bytes.TrimRight(edited, "\r\n")), nil
}
