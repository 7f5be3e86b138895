// Package backup keeps, proves and brings back what the database holds, with PostgreSQL's own programs and in their custom format.
//
// A backup is what pg_dump writes of epev's schema, and a last line that pg_restore passes over. That line tells what was counted
// in the very snapshot that was written, and the sum of it all. So a backup proves itself, whoever carries it where.
package backup

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"epev/data"
	"epev/data/private"
	"epev/model"
	"epev/model/ownfile"
)

// programs are PostgreSQL's for the far end of a connection, of one version.
type programs struct {
	bin   string // their directory
	major int
}

// find returns the programs that serve a server of that version: its own, or else the next newer ones.
func find(ctx context.Context, server int) (programs, error) {
	var best programs
	older := 0
	for dir := range private.Directories(ctx, "pg_dump") {
		major, err := versionIn(ctx, dir)
		switch {
		case err != nil:
		case major == server:
			return programs{dir, major}, nil
		case major < server:
			older = max(older, major)
		case best.bin == "" || major < best.major:
			best = programs{dir, major}
		}
	}
	switch {
	case ctx.Err() != nil:
		return best, ctx.Err()
	case best.bin != "":
		return best, nil
	case older > 0:
		return best, unavailable("dump-too-old", model.Facts{"major": older, "server": server})
	}
	return best, unavailable("no-dump", model.Facts{"server": server})
}

// versionIn returns the major version of the programs in a directory that holds all that are needed.
func versionIn(ctx context.Context, dir string) (major int, err error) {
	for _, name := range []string{"pg_dump", "pg_restore", "createdb", "dropdb", "pg_dumpall", "psql"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			return 0, err
		}
	}
	said, err := exec.CommandContext(ctx, filepath.Join(dir, "pg_dump"), "--version").Output()
	if err == nil {
		_, err = fmt.Sscanf(string(said), "pg_dump (PostgreSQL) %d", &major)
	}
	return major, err
}

// task is one run of a program.
type task struct {
	name   string
	args   []string
	stdin  *os.File
	stdout io.Writer
	line   func(said string) // each line that it tells; nil: nobody listens
	on     *data.Store       // the database; nil: it connects to none
}

// run runs a program and waits for its end. It has no terminal and of the environment no more than it needs. The password
// is in a file that has no name any more, so that neither its command line nor its environment holds it.
func (p programs) run(ctx context.Context, t task) error {
	cmd := exec.CommandContext(ctx, filepath.Join(p.bin, t.name), t.args...)
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + os.Getenv("HOME")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	if t.stdin != nil {
		cmd.Stdin = t.stdin
	}
	cmd.Stdout = t.stdout
	if t.on != nil {
		variables, passfile, err := t.on.Libpq()
		if err != nil {
			return err
		}
		cmd.Env = append(cmd.Env, variables...)
		if passfile != nil {
			name, done, err := lendPassword(cmd, passfile)
			if err != nil {
				return err
			}
			defer done()
			cmd.Env = append(cmd.Env, "PGPASSFILE="+name)
		}
	}
	told, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	var said []string // the last of it
	go func() {
		runtime.LockOSThread() // whose end would otherwise end the program
		defer runtime.UnlockOSThread()
		diesWithUs(cmd)
		if err := cmd.Start(); err != nil {
			ended <- err
			return
		}
		lines := bufio.NewScanner(told)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if said = append(said, lines.Text()); len(said) > 50 {
				said = said[1:]
			}
			if t.line != nil {
				t.line(lines.Text())
			}
		}
		_, _ = io.Copy(io.Discard, told)
		ended <- cmd.Wait()
	}()
	if err = <-ended; err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return &model.Error{Kind: model.Interrupted, Fault: "stopped", Err: ctx.Err()}
	}
	return failure(t.name, said, err)
}

// lendPassword gives a program a file of passwords. On Linux it has no name any more once it is open.
func lendPassword(cmd *exec.Cmd, content []byte) (name string, done func(), err error) {
	f, err := os.CreateTemp("", "epev-")
	if err != nil {
		return "", nil, err
	}
	if _, err := f.Write(content); err != nil {
		return "", nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	if runtime.GOOS != "linux" {
		return f.Name(), func() { f.Close(); os.Remove(f.Name()) }, nil
	}
	if err := os.Remove(f.Name()); err != nil {
		return "", nil, errors.Join(err, f.Close())
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	return "/proc/self/fd/" + strconv.Itoa(2+len(cmd.ExtraFiles)), func() { f.Close() }, nil
}

// failure tells why a program gave up.
func failure(program string, said []string, cause error) error {
	complaint := ""
	for _, line := range said {
		for _, mark := range []string{"error: ", "fatal: "} {
			if _, after, found := strings.Cut(line, mark); found && complaint == "" {
				complaint = after
			}
		}
	}
	err := fmt.Errorf("%s: %w: %s", program, cause, strings.Join(said, "\n"))
	all := strings.Join(said, "\n")
	switch {
	case strings.Contains(all, "permission denied to create database"):
		return &model.Error{Kind: model.Denied, Fault: "may-not-create-databases", Err: err}
	case strings.Contains(all, "could not read from input file: end of file"), strings.Contains(all, "could not uncompress data"):
		return &model.Error{Kind: model.Usage, Field: "file", Fault: "backup-cut", Err: err}
	case strings.Contains(all, "permission denied"), strings.Contains(all, "must be owner"):
		return &model.Error{Kind: model.Denied, Fault: "backup-forbidden", Err: err}
	case ownfile.TellsDiskFull(all):
		return &model.Error{Kind: model.Unavailable, Fault: "backup-disk-full", Err: err}
	}
	if complaint == "" {
		complaint = cause.Error()
	}
	return &model.Error{Kind: model.Unavailable, Fault: "program-gave-up", Facts: model.Facts{"program": program, "said": model.Escape(complaint)}, Err: err}
}

// entries returns the table of contents of an archive, a line each.
func (p programs) entries(ctx context.Context, archive *os.File) ([]string, error) {
	if _, err := archive.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var listed bytes.Buffer
	err := p.run(ctx, task{name: "pg_restore", args: []string{"--list"}, stdin: archive, stdout: &listed})
	var entries []string
	for line := range strings.Lines(listed.String()) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, ";") {
			entries = append(entries, line)
		}
	}
	return entries, err
}

func unavailable(fault model.Fault, facts model.Facts) *model.Error {
	return &model.Error{Kind: model.Unavailable, Fault: fault, Facts: facts}
}
