package commands

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"epev/commands/tabular"
	"epev/model"
	"epev/model/ownfile"
)

// refusedLines are the lines that an import refuses, on their way to a file beside the one that is imported. A nil one keeps none.
type refusedLines struct {
	*ownfile.Draft
	dir  *os.Root
	path string
	csv  *csv.Writer
	// columns is how many there are, and at that of the reasons; -1: behind all.
	columns, at int
}

// keeping begins the file of refused lines, where they are to be kept. It refuses one that is there.
func (in importing) keeping() (*refusedLines, error) {
	if !in.keepGood {
		return nil, nil
	}
	path := strings.TrimSuffix(in.file, filepath.Ext(in.file)) + ".refused.csv"
	unwritable := func(err error) error {
		why := err
		if failed, ok := errors.AsType[*fs.PathError](err); ok {
			why = failed.Err
		}
		return model.Invalid("keep-good", "%s, where the refused lines would be, cannot be written: %v", path, why).WithHint("move the file to a directory of yours first")
	}
	dir, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return nil, unwritable(err)
	}
	if _, err := dir.Lstat(filepath.Base(path)); err == nil {
		_ = dir.Close()
		return nil, model.Invalid("keep-good", "%s, where the refused lines would be, is there already", path).WithHint("move it away")
	}
	draft, err := ownfile.NewDraft(dir, filepath.Base(path), os.Geteuid(), os.Getegid())
	if err != nil {
		_ = dir.Close()
		return nil, unwritable(err)
	}
	return &refusedLines{Draft: draft, dir: dir, path: path}, nil
}

// begin empties the file: an import may be attempted again.
func (k *refusedLines) begin() error {
	if k == nil {
		return nil
	}
	if err := k.Truncate(0); err != nil {
		return err
	}
	_, err := k.Seek(0, 0)
	k.csv = csv.NewWriter(k.Draft)
	return err
}

// header writes the names of the columns, and that of the reasons behind them. What opened the file that is imported shall open this one.
func (k *refusedLines) header(t *tabular.Table) {
	if k == nil {
		return
	}
	if k.csv.Comma = ','; t.Comma != 0 {
		k.csv.Comma = t.Comma
	}
	if t.Marked {
		_, _ = k.WriteString("\uFEFF")
	}
	names := t.Header
	k.at, k.columns = -1, len(names)
	for i, name := range names {
		if columnKey(name) == reasonColumn {
			k.at = i
		}
	}
	k.write(names, reasonColumn)
}

// add writes a line with its reason, in the place of the one that it was refused for before.
func (k *refusedLines) add(cells []string, why string) error {
	if k == nil {
		return nil
	}
	k.write(cells, why)
	return k.csv.Error()
}

func (k *refusedLines) write(cells []string, reason string) {
	if k.at < 0 { // before what is too much
		cells = slices.Insert(padded(cells, k.columns), k.columns, reason)
	} else {
		cells = padded(cells, k.columns)
		cells[k.at] = reason
	}
	var line []string
	for _, cell := range cells {
		line = append(line, tabular.Disarmed(cell))
	}
	_ = k.csv.Write(line) // a failure comes to light at the end
}

// padded are the cells, and empty ones behind them, so that there are that many at least.
func padded(cells []string, least int) []string {
	cells = slices.Clone(cells)
	for len(cells) < least {
		cells = append(cells, "")
	}
	return cells
}

// give gives the file its name, once all else is done. It takes the place of no other one.
func (k *refusedLines) give() error {
	defer k.drop()
	k.csv.Flush()
	err := k.csv.Error()
	if err == nil {
		err = k.Give(func(draft, name string) error {
			if _, err := k.dir.Lstat(name); err == nil {
				return errors.New("a file of that name came meanwhile")
			}
			return k.dir.Rename(draft, name)
		})
	}
	if err == nil {
		return nil
	}
	return model.Errorf(model.Unavailable, "the refused lines could not be written to %s, and the others are imported: %v", k.path, err).
		WithHint("import the same file again with --on-conflict skip --dry-run to see them")
}

// drop takes away what has no name of its own.
func (k *refusedLines) drop() {
	if k != nil {
		k.Drop()
		_ = k.dir.Close()
	}
}
