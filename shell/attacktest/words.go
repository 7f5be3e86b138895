package attacktest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "github.com/lib/pq"
	"github.com/rogpeppe/go-internal/testscript"

	"epev/commands"
	"epev/data"
	"epev/security"
)

// Words are what the tables say beside the words of testdata/script.
var Words = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"enter": enter, "token": token, "holds": holds, "killed": killed,
	"plant": plant, "harmless": harmless, "tame": tame, "cells": cells, "fed": fed, "sentry": sentry, "sent": sent,
}

func usage(ts *testscript.TestScript, right bool, text string) {
	if !right {
		ts.Fatalf("usage: %s", text)
	}
}

// enter opens a session as a login does, in the file where epev looks for it, under the key of all tests.
func enter(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "enter USERNAME")
	run := filepath.Join(ts.Getenv("WORK"), ".run", args[0])
	ts.Check(errors.Join(os.RemoveAll(run), os.MkdirAll(run, 0o700)))
	ts.Setenv("XDG_RUNTIME_DIR", run)
	store, err := data.Open(data.Config{DSN: ts.Getenv("DATABASE_URL")})
	ts.Check(err)
	defer store.Close()
	file := security.NewSessionFile(ts.Getenv)
	ts.Check(os.RemoveAll(file.Path))
	sessions := &commands.Sessions{
		Store: store, File: &file, Now: time.Now, AccessLife: 30 * time.Minute, RefreshLife: 24 * time.Hour,
		Keys: func() (*security.Keys, error) { return security.NewKeys(ts.Getenv("TEST_KEY"), "v1", "", "") },
	}
	ts.Check(sessions.OpenAs(context.Background(), args[0]))
}

// token changes the access token in the session file, which it writes as it is.
func token(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "token CHANGE…")
	path := security.NewSessionFile(ts.Getenv).Path
	content, err := os.ReadFile(path)
	ts.Check(err)
	content, err = forge(content, args, ts.Getenv("TEST_KEY"), time.Now())
	ts.Check(err)
	ts.Check(os.WriteFile(path, content, 0o600))
}

func holds(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "holds 'SQL CONDITION'")
	db, err := sql.Open("postgres", ts.Getenv("OWNER_URL")) // shells may not read all
	ts.Check(err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec("SET search_path = epic_events")
	ts.Check(err)
	var holds sql.NullBool
	ts.Check(db.QueryRow("SELECT " + args[0]).Scan(&holds))
	if !holds.Bool {
		ts.Fatalf("it does not hold that %s", args[0])
	}
}

// most is how many system calls that write a killed command has at most.
const most = 500

// wasKilled is how KilledAt exits when it did what its name says.
const wasKilled = 99

func killed(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "killed 'COMMAND' 'COMMAND'")
	victim, heir := strings.Fields(args[0]), strings.Fields(args[1])
	for n := 1; ; n++ {
		err := ts.Exec("killed-at", append([]string{strconv.Itoa(n)}, victim...)...)
		died := err != nil && strings.HasSuffix(err.Error(), fmt.Sprint("exit status ", wasKilled))
		if err != nil && !died || died && n == most {
			ts.Fatalf("%q before its call %d that writes: %v", args[0], n, err)
		}
		if err := ts.Exec(heir[0], heir[1:]...); err != nil {
			ts.Fatalf("%q after %q was killed before its call %d that writes: %v", args[1], args[0], n, err)
		}
		if !died {
			usage(ts, n > 10, "killed needs a command that writes")
			ts.Logf("it was killed before each of %d calls", n-1)
			return
		}
	}
}

// cutAround is a change's two sides.
func cutAround(change string) (name, value string, err error) {
	name, value, found := strings.Cut(change, "=")
	if !found || slices.Contains([]string{"", "h."}, name) {
		return "", "", fmt.Errorf("%q is no change of a token", change)
	}
	return name, value, nil
}
