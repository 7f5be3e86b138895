// Package attacktest reads the tables of testdata/attacks, whose README tells their form, and has the words that their scripts
// need beside those of testdata/script.
package attacktest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// A row is a case of a table.
type row struct {
	name   string
	once   []string // steps of the script that it shares with the rows beside it
	before []string // steps
	tried  []string // steps; the last is the attack unless status is "-"
	status string
	told   string // a regular expression
	effect []string
}

// Scripts writes the scripts of the tables in from into the directory to, and returns their paths. A row has a script of
// its own, but those one after the other that leave the database as it was share one, and with it the database.
func Scripts(from, to string) ([]string, error) {
	tables, err := filepath.Glob(filepath.Join(from, "*.txt"))
	if err != nil {
		return nil, err
	}
	var scripts []string
	for _, path := range tables {
		content, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		table, files := string(content), ""
		if at := archived.FindStringIndex(table); at != nil {
			table, files = table[:at[0]], table[at[0]:]
		}
		rows, err := parse(table)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		for len(rows) > 0 {
			n, text := 1, rows[0].script(true)
			for n < len(rows) && rows[n].beside(rows[n-1]) {
				text += rows[n].script(false)
				n++
			}
			name := strings.TrimSuffix(filepath.Base(path), ".txt") + "-" + strings.Trim(unnamed.ReplaceAllString(rows[0].name, "-"), "-")
			script := filepath.Join(to, name+".txtar")
			if err := os.WriteFile(script, []byte(text+files), 0o600); err != nil {
				return nil, err
			}
			scripts, rows = append(scripts, script), rows[n:]
		}
	}
	return scripts, nil
}

// beside reports whether a row goes on in the script of the one before it.
func (r row) beside(last row) bool {
	if !slices.Equal(r.once, last.once) || !slices.Equal(r.before, last.before) {
		return false
	}
	return len(r.once) > 0 || r.leavesAll() && last.leavesAll()
}

// leavesAll reports whether a row leaves the script's database as it was, and its script to go on.
func (r row) leavesAll() bool {
	return slices.Contains(r.effect, "unchanged") && !slices.ContainsFunc(slices.Concat(r.before, r.tried), func(step string) bool {
		return strings.HasPrefix(step, "needs ") || strings.HasPrefix(step, "disk ")
	})
}

// archived is where the files of a table begin.
var archived = regexp.MustCompile(`(?m)^-- .* --$`)

// unnamed is what stands in no file's name.
var unnamed = regexp.MustCompile(`[^\pL\pN]+`)

// parse reads the rows of a table.
func parse(text string) ([]row, error) {
	var rows []row
	var once, before []string
	begun := false // since the last row called once
	names := map[string]bool{}
	for line := range strings.SplitSeq(joined.ReplaceAllString(text, " "), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line+" ", " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch head := len(cells) == 2; {
		case head && cells[0] == "once":
			once, before, begun = steps(cells[1]), nil, false
			continue
		case head && cells[0] == "before":
			if before = steps(cells[1]); begun {
				once = nil
			}
			continue
		}
		if len(cells) != 4 {
			return nil, fmt.Errorf("%q: %d cells in place of 4", line, len(cells))
		}
		if names[cells[0]] {
			return nil, fmt.Errorf("two rows are called %q", cells[0])
		}
		names[cells[0]], begun = true, true
		r := row{name: cells[0], once: once, before: before, tried: steps(cells[1]), effect: steps(cells[3])}
		r.status, r.told, _ = strings.Cut(cells[2], " ")
		rows = append(rows, r)
	}
	return rows, nil
}

// joined is the end of a line that goes on in the next.
var joined = regexp.MustCompile(`\n[ \t]+`)

func steps(cell string) []string {
	var all []string
	for step := range strings.SplitSeq(cell, " ; ") {
		if step = strings.TrimSpace(step); step != "" {
			all = append(all, step)
		}
	}
	return all
}

// setting is a step that sets a variable.
var setting = regexp.MustCompile(`^env(?:file)? '?(\w+)\b`)

// script is the row in testscript's language: the first of its script makes the database, and each puts the environment back.
func (r row) script(first bool) string {
	lines := []string{"# " + r.name}
	if first {
		lines = append(lines, r.once...)
	}
	for _, step := range r.before {
		if first || !strings.HasPrefix(step, "database ") {
			lines = append(lines, step)
		}
	}
	var back []string
	for _, step := range r.tried {
		if set := setting.FindStringSubmatch(step); set != nil {
			name := set[1]
			lines = append(lines, "env KEPT_"+name+"=$"+name)
			back = append(back, "env "+name+"=$KEPT_"+name)
		}
	}
	tried, attack := r.tried, []string(nil)
	if r.status != "-" {
		last := len(tried) - 1
		told := "'" + strings.ReplaceAll(strings.TrimSpace(r.told), "'", "''") + "'"
		attack = []string{"told " + r.status + " " + told + " " + tried[last]}
		if r.status == "0" {
			attack = []string{"exits 0 " + tried[last], "stdout " + told}
		}
		tried = tried[:last]
	}
	lines = append(lines, tried...)
	if slices.Contains(r.effect, "unchanged") {
		lines = append(lines, "dump .before")
	}
	lines = append(lines, attack...)
	for _, step := range r.effect {
		if step == "unchanged" {
			lines = append(lines, "dump .after", "cmp .after .before")
			continue
		}
		lines = append(lines, step)
	}
	return strings.Join(append(lines, back...), "\n") + "\n"
}
