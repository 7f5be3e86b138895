package attacktest

import (
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/testscript"

	"epev/commands/tabular"
)

// plant runs the statements of a file in the database, as somebody does who has it and psql.
func plant(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "plant FILE")
	db, err := sql.Open("postgres", ts.Getenv("OWNER_URL"))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(ts.ReadFile(args[0]))
	ts.Check(err)
}

// harmless runs a script in every format of text. Whatever it shows of the database, a terminal obeys nothing in it, and
// a spreadsheet runs none of it.
func harmless(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "harmless SCRIPT")
	for _, format := range []string{"table", "json", "csv", "tsv", "markdown"} {
		err := ts.Exec("epev", "--format", format, "-f", args[0])
		out, said := ts.ReadFile("stdout"), ts.ReadFile("stderr")
		if err != nil {
			ts.Fatalf("%s: %v: %s", format, err, said)
		}
		shown := map[string]string{"standard error": said, "standard output": out}
		switch format {
		case "csv": // holds what there is, byte for byte; each cell is looked at by itself
			delete(shown, "standard output")
			checkCells(ts, out, ',')
		case "tsv":
			checkCells(ts, strings.ReplaceAll(out, `"`, ""), '\t')
			shown["standard output"] = strings.ReplaceAll(out, "\t", " ")
		case "json":
			checkJSON(ts, out)
		}
		for where, text := range shown {
			if obeyed := Obeyed(text); obeyed != "" {
				ts.Fatalf("%s, %s: a terminal would obey %s", format, where, obeyed)
			}
		}
	}
}

// cells fails where a file of csv has a cell that a spreadsheet runs.
func cells(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "cells FILE…")
	for _, file := range args {
		checkCells(ts, ts.ReadFile(file), ',')
	}
}

// checkCells fails where a cell begins as a formula does.
func checkCells(ts *testscript.TestScript, text string, comma rune) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes = comma, -1, comma == '\t'
	records, err := r.ReadAll()
	ts.Check(err)
	for _, record := range records {
		for _, cell := range record {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) && !tabular.IsNumber(cell) {
				ts.Fatalf("a spreadsheet would run %q", cell)
			}
		}
	}
}

func checkJSON(ts *testscript.TestScript, text string) {
	for d := json.NewDecoder(strings.NewReader(text)); d.More(); {
		var value any
		ts.Check(d.Decode(&value))
	}
}

// tame fails where what came from a terminal (raw NAME FILE) holds what the terminal obeys, but what epev says to it.
func tame(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "tame FILE")
	own := regexp.MustCompile(`\x1b\[[0-9;?]*[A-DJKRhlmnsu]|\x1b[78DM]|\r`)
	if obeyed := Obeyed(own.ReplaceAllString(ts.ReadFile(args[0]), "")); obeyed != "" {
		ts.Fatalf("the terminal obeyed %s", obeyed)
	}
}

// Obeyed returns the first character of a text that a terminal obeys or that turns what is read around, with what is
// beside it; line ends are none. It is empty where there is none.
func Obeyed(text string) string {
	if !utf8.ValidString(text) {
		return "what is no UTF-8"
	}
	for i, r := range text {
		if r != '\n' && unicode.IsControl(r) || '\u202a' <= r && r <= '\u202e' || '\u2066' <= r && r <= '\u2069' {
			return fmt.Sprintf("%U in %q", r, text[max(0, i-40):min(len(text), i+40)])
		}
	}
	return ""
}

// fed runs a script of the lines, each of them once with every odd text in the place of BYTE. Nothing that is said is obeyed by a
// terminal, and nothing is unexpected.
func fed(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 0, "fed LINE…")
	var script strings.Builder
	for _, line := range args {
		for _, text := range odd() {
			script.WriteString(strings.ReplaceAll(line, "BYTE", text) + "\n")
		}
	}
	ts.Check(os.WriteFile(ts.MkAbs(".fed"), []byte(script.String()), 0o600))
	if err := ts.Exec("epev", "--keep-going", "--no-color", "-f", ".fed"); err == nil {
		ts.Fatalf("nothing of it was refused")
	}
	said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	if obeyed := Obeyed(said); obeyed != "" {
		ts.Fatalf("a terminal would obey %s", obeyed)
	}
	if strings.Contains(said, "unexpected error") {
		ts.Fatalf("something was unexpected:\n%s", said)
	}
}

// odd are the texts that fed feeds: every C0 and C1 character, the marks that turn the direction, sequences that a terminal
// obeys, and bytes that are no UTF-8.
func odd() []string {
	all := []string{"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\x1b]52;c;ZXZpbA==\a", "\x1b]0;owned\a",
		"\x1b[2J", "\xff", "\x9b31m", "\xc3", "\xed\xa0\x80", "\x7f"}
	for r := rune(0); r < 0xa0; r++ {
		if unicode.IsControl(r) {
			all = append(all, string(r))
		}
	}
	return all
}
