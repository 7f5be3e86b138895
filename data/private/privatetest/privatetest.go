// Package privatetest gives tests a PostgreSQL of their own: real, empty, quick to come and
// sure to go.
package privatetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"epev/data/private"
	"epev/data/testdb/needs"
)

// Start starts a throw-away server, which does without fsync, in dir, or for "" in a new temporary directory. stop ends
// it and removes its files; another call does nothing. Should the test binary end without calling stop, by a panic,
// os.Exit or a signal, a process that watches it does the same. Any number of test binaries may do this at once, as
// root or as an ordinary user. The first on a machine makes a cluster in the user's cache directory, and all copy it.
func Start(dir string) (address private.Address, stop func(), err error) {
	ctx := context.Background()
	seed, err := template(ctx)
	if err != nil {
		return private.Address{}, nil, fmt.Errorf("template of the test servers: %w", err)
	}
	if dir == "" {
		dir, err = os.MkdirTemp("", "epev-test-")
	} else {
		dir, err = filepath.Abs(dir)
	}
	if err != nil {
		return private.Address{}, nil, err
	}
	server := private.New(private.Home{Dir: dir, UID: os.Geteuid(), GID: os.Getegid()}, nil)
	server.Volatile, server.Cluster = true, func(dir string) error { return needs.Copy(seed, dir) }
	if err := server.Start(ctx); err != nil {
		return private.Address{}, nil, err
	}
	status, err := server.Status(ctx)
	if err == nil {
		var release func()
		release, err = watch(status.PID, filepath.Dir(status.Data))
		stop = func() {
			server.Stop(ctx)
			os.RemoveAll(filepath.Dir(status.Data))
			os.Remove(dir) // leaves it where the caller has put files there
			release()
		}
	}
	if err != nil {
		server.Stop(ctx)
		return private.Address{}, nil, err
	}
	return server.Address(), stop, nil
}

// template returns the data directory of a stopped server, made once for this user.
func template(ctx context.Context) (string, error) {
	cache, err := os.UserCacheDir()
	if err == nil {
		err = os.MkdirAll(cache, 0o700)
	}
	if err != nil { // nobody has no home
		cache = os.TempDir()
	}
	home := private.Home{Dir: filepath.Join(cache, "epev-test-"+strconv.Itoa(os.Geteuid())), UID: os.Geteuid(), GID: os.Getegid()}
	if err := home.Make(); err != nil {
		return "", err
	}
	lock, err := os.Open(home.Dir)
	if err != nil {
		return "", err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", err
	}
	server := private.New(home, nil)
	server.Volatile = true
	status, err := server.Status(ctx)
	if err != nil {
		return "", err
	}
	if status.Version == 0 {
		if err := server.Start(ctx); err != nil {
			return "", err
		}
	}
	_, err = server.Stop(ctx)
	return status.Data, err
}

// watch leaves a process behind that waits until this one has ended, then kills the server
// and removes its files. release tells it that this has been done.
func watch(pid int, dir string) (release func(), err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	// The pipe ends without a line when the last process that has its other end has ended.
	cmd := exec.Command("/bin/sh", "-c", `read done || { kill -QUIT "$1"; while kill -0 "$1"; do sleep 0.05; done; rm -rf "$2"; rmdir "${2%/*}"; }`,
		"sh", strconv.Itoa(pid), dir)
	cmd.Dir = "/"
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // Ctrl-C ends the tests, not the watch
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return func() {
		w.WriteString("done\n")
		w.Close()
		cmd.Wait()
	}, nil
}
