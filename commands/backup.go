package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"epev/data"
	"epev/data/backup"
	"epev/model"
)

// backups is the directory of the home where a backup goes of which nobody says where to.
const backups = "backups"

// lastBackups is the file of the home that tells which backup of each database was the last.
const lastBackups = "backups.json"

// lastBackup is what that file tells.
type lastBackup struct {
	Path string    `json:"path"`
	Made time.Time `json:"made"`
}

type backingUp struct {
	to   string
	keep int
}

func backupCommands() []Command {
	path := func(name, format, help string, required bool) Param {
		return Param{Name: name, Positional: true, Required: required, Format: format, Help: help, Source: &Source{Local: true, Path: true}}
	}
	return []Command{
		Define(Spec[backingUp]{Run: backUp, Command: Command{
			Path: "db-backup", Help: "Write all that the database holds to a file, whole or not at all", Example: "db-backup --keep 7",
			Access: Anyone(), Apart: true, Host: true},
			Fields: []Field[backingUp]{
				field(path("file", "FILE|DIR", "a file that is not there yet, or a directory; without it, the directory backups in EPEV_HOME", false), func(in *backingUp) *string { return &in.to }, anything),
				field(Param{Name: "keep", Format: "N", Unasked: true, Help: "how many backups of this database stay in the directory, this one counted"},
					func(in *backingUp) *int { return &in.keep }, parseKeep),
			}}),
		Define(Spec[string]{Run: verifyBackup, Command: Command{
			Path: "db-verify", Help: "Prove that a backup restores whole, in a database of its own that goes again", Example: "db-verify epev.dump",
			Access: Anyone(), Apart: true, Host: true},
			Fields: []Field[string]{field(path("file", "FILE", "the backup", true), itself[string], anything)}}),
		Define(Spec[string]{Run: restoreBackup, Confirm: confirmRestore, Command: Command{
			Path: "db-restore", Help: "Put what a backup holds in the place of the database", Example: "db-restore epev.dump --yes",
			Access: Anyone(), Apart: true, Host: true},
			Fields: []Field[string]{field(path("file", "FILE", "the backup", true), itself[string], anything)}}),
		upgradeCommand(),
	}
}

// outsideScripts refuses a command within the one transaction of a script, which would not see what it does.
func outsideScripts(e *Act, command string) error {
	if e.Store == e.Sessions.Store {
		return nil
	}
	return model.Errorf(model.Usage, "%s does its work outside of a script's one transaction", command).
		WithTry("run {try} on its own, or without --atomic", command)
}

func parseKeep(field, raw string) (int, error) {
	n, err := strconv.Atoi(raw)
	if err != nil || n < 1 || n > 100_000 {
		return 0, model.Invalid(field, "--keep %s is no number of backups", model.Escape(raw)).WithHint("give 1 or more, or leave it out to keep all")
	}
	return n, nil
}

// atHome puts the home directory in for ~, where no shell has done so.
func atHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// planOf says where a backup goes.
func planOf(e *Act, in backingUp) (plan backup.Plan, err error) {
	plan = backup.Plan{Keep: in.keep, UID: os.Geteuid(), GID: os.Getegid(), Now: e.Now()}
	if in.to == "" {
		plan.UID, plan.GID = e.Home.UID, e.Home.GID
		plan.Dir, err = e.Home.Directory(backups)
		return plan, err
	}
	if in.to == "-" {
		return plan, model.Invalid("file", "a backup is not written to standard output").WithHint("give a file or a directory")
	}
	path, err := filepath.Abs(atHome(in.to))
	if err != nil {
		return plan, err
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		plan.Dir = path
		return plan, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist), strings.HasSuffix(in.to, "/"):
		return plan, model.Invalid("file", "there is no directory %s", model.Escape(path)).WithHint("make it, or give another place")
	case in.keep > 0:
		return plan, model.Invalid("keep", "--keep is for a directory, and %s is a file", model.Escape(in.to)).WithHint("give a directory, or leave --keep out")
	}
	plan.Dir, plan.Name = filepath.Dir(path), filepath.Base(path)
	return plan, nil
}

func backUp(ctx context.Context, e *Act, in backingUp) (Result, error) {
	if err := outsideScripts(e, "db-backup"); err != nil {
		return Result{}, err
	}
	plan, err := planOf(e, in)
	if err != nil {
		return Result{}, err
	}
	show, end := e.progress("writing the backup")
	made, err := backup.Make(ctx, e.Store, plan, show)
	end()
	if err != nil {
		return Result{}, err
	}
	if err := e.noteBackup(lastBackup{made.Path, plan.Now}); err != nil {
		e.Tell("the backup is made, but that it was cannot be noted for doctor: " + err.Error())
	}
	removed := ""
	if n := len(made.Removed); n > 0 {
		removed = fmt.Sprintf("; %s removed", model.Count(int64(n), "older backup"))
	}
	return Result{
		Message: fmt.Sprintf("Backup written to %s: %s of %s%s.", model.Escape(made.Path), model.Count(made.Held.Rows(), "row"), model.Count(int64(len(made.Held.Tables)), "table"), removed),
		Table: single("backups", []string{"path", "bytes", "rows", "tables", "schema_version", "removed"}, made.Path, made.Bytes, made.Held.Rows(),
			int64(len(made.Held.Tables)), made.Held.Version, int64(len(made.Removed))),
	}, nil
}

// single is a table of one record.
func single(name string, columns []string, values ...Value) *Table {
	t := &Table{Name: name, Single: true, Rows: [][]Value{values}}
	for _, c := range columns {
		t.Columns = append(t.Columns, Column{Name: c, Title: Capital(strings.ReplaceAll(c, "_", " "))})
	}
	return t
}

// target tells the databases apart of which backups are noted.
func (e *Env) target() string {
	if e.Private != nil {
		return "private/" + e.Database
	}
	at := e.Sessions.Store.Address()
	return fmt.Sprintf("%s:%d/%s", at.Host, at.Port, at.Database)
}

func (e *Env) backupsNoted() map[string]lastBackup {
	noted := map[string]lastBackup{}
	if content, err := e.Home.ReadFile(lastBackups); err == nil {
		_ = json.Unmarshal(content, &noted) // a file that is damaged tells of none
	}
	return noted
}

func (e *Env) noteBackup(last lastBackup) error {
	noted := e.backupsNoted()
	noted[e.target()] = last
	content, err := json.MarshalIndent(noted, "", "  ")
	if err != nil {
		return err
	}
	return e.Home.WriteFile(lastBackups, append(content, '\n'))
}

// openBackup opens the file that a person names.
func openBackup(path string) (*backup.File, error) { return backup.Open(atHome(path)) }

// ofWhen tells when a backup was made, where it says so.
func ofWhen(e *Act, made time.Time) string {
	if made.IsZero() {
		return ""
	}
	return " of " + e.showTime(made)
}

func verifyBackup(ctx context.Context, e *Act, path string) (Result, error) {
	if err := outsideScripts(e, "db-verify"); err != nil {
		return Result{}, err
	}
	f, err := openBackup(path)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	show, end := e.progress("restoring into a scratch database")
	proof, err := backup.Verify(ctx, e.Store, f, show)
	end()
	if err != nil {
		return Result{}, err
	}
	e.tellLeft(proof)
	compared := "as it says of itself"
	if !proof.Compared {
		compared = "but it does not say what it held, so that nothing was compared"
	}
	return Result{
		Message: fmt.Sprintf("The backup%s restores whole: %s, %s.", ofWhen(e, proof.Made), amounts(proof.Held), compared),
		Table:   proved(proof),
	}, nil
}

// amounts tells how much a database holds.
func amounts(h data.Held) string {
	return fmt.Sprintf("%s of %s under %s", model.Count(h.Rows(), "row"), model.Count(int64(len(h.Tables)), "table"), model.Count(int64(len(h.Rules)), "rule"))
}

func proved(proof backup.Proof) *Table {
	var made Value
	if !proof.Made.IsZero() {
		made = proof.Made
	}
	return single("backups", []string{"made", "rows", "tables", "rules", "schema_version", "compared"}, made, proof.Held.Rows(),
		int64(len(proof.Held.Tables)), int64(len(proof.Held.Rules)), proof.Held.Version, proof.Compared)
}

// tellLeft tells which roles were granted something in the backup and are not here.
func (e *Act) tellLeft(proof backup.Proof) {
	for _, role := range proof.Left {
		e.Tell(fmt.Sprintf("the backup grants something to the database role %s, which is not on this server", model.Escape(role)))
	}
}

// confirmRestore asks before records go; a database without any goes unasked.
func confirmRestore(ctx context.Context, e *Act, path string) (string, error) {
	if err := outsideScripts(e, "db-restore"); err != nil {
		return "", err
	}
	f, err := openBackup(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := e.Store.Info(ctx)
	if err != nil {
		return "", err
	}
	occupied, err := e.Store.Occupied(ctx)
	if err == nil {
		err = backup.Replaceable(occupied, info.Database)
	}
	if err != nil || occupied.Tables == 0 {
		return "", err
	}
	return fmt.Sprintf("All that the database %s holds goes, and what the backup%s holds comes in its place. Go on?", info.Database, ofWhen(e, f.Made())), nil
}

func restoreBackup(ctx context.Context, e *Act, path string) (Result, error) {
	if err := outsideScripts(e, "db-restore"); err != nil {
		return Result{}, err
	}
	f, err := openBackup(path)
	if err != nil {
		return Result{}, err
	}
	defer f.Close()
	show, end := e.progress("restoring the backup")
	proof, err := backup.Restore(ctx, e.Store, f, show)
	end()
	if err != nil {
		return Result{}, err
	}
	e.tellLeft(proof)
	result := Result{
		Message: fmt.Sprintf("The database holds what the backup%s holds: %s.", ofWhen(e, proof.Made), amounts(proof.Held)),
		Table:   proved(proof),
	}
	if proof.Held.Version < data.NewestVersion() {
		e.Tell(fmt.Sprintf("its schema is of version %d; db-create brings it to %d", proof.Held.Version, data.NewestVersion()))
		result.Next, result.Does = "db-create", "brings it up to date"
	}
	return result, nil
}
