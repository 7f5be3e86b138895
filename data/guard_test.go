package data_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	queries "epev/sql"
)

// SPEC 6: all SQL sits in .sql files with $n parameters. Whatever runs a statement is given one of
// package sql by name, or a parameter of a function that is held to the same.
func TestNoSQLFromStrings(t *testing.T) {
	t.Parallel()
	statement := regexp.MustCompile(`(?i)^\s*(select|insert|update|delete|with|create|alter|drop|truncate|grant|revoke|set|lock|copy|begin|commit|rollback|savepoint)\s+\S`)
	// Functions that run a statement, and which of their arguments it is.
	runs := map[string]int{"get": 2, "list": 2, "few": 2, "each": 2, "count": 2, "write": 3, "changed": 5, "run": 1,
		"Exec": 0, "ExecContext": 1, "Query": 0, "QueryContext": 1, "QueryRow": 0, "QueryRowContext": 1,
		"GetContext": -1, "SelectContext": -1, "Queryx": 0, "QueryxContext": 1, "QueryRowx": 0, "QueryRowxContext": 1,
		"NamedExec": 0, "NamedExecContext": 1, "NamedQuery": 0, "NamedQueryContext": 1, "MustExec": 0, "MustExecContext": 1,
		"Prepare": 0, "PrepareContext": 1, "Preparex": 0, "PreparexContext": 1}
	for name, file := range sources(t, "..") {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BasicLit:
				if n.Kind == token.STRING && statement.MatchString(strings.Trim(n.Value, "`\"")) && looksLikeSQL(n.Value) {
					t.Errorf("%s holds SQL: %s", name, n.Value)
				}
			case *ast.CallExpr:
				i, ok := runs[calledName(n)]
				if !ok {
					break
				}
				for j, argument := range n.Args {
					if (i < 0 || i == j) && builtFromStrings(argument) {
						t.Errorf("%s: %s is given a statement put together from strings", name, calledName(n))
					}
				}
			}
			return true
		})
	}
}

// TRAPS: database/sql repeats a statement on the bare handle after a lost connection, so that a write
// could happen twice. Only what can be repeated, or must stand alone, is run there.
func TestNoWriteOnTheBareHandle(t *testing.T) {
	t.Parallel()
	allowed := map[string]bool{
		"database.go": true, // CREATE DATABASE and DROP DATABASE cannot be in a transaction
		"migrate.go":  true, // the one transaction that changes the schema
		"schema.go":   true, // the version of the schema, which is only read
	}
	for path, file := range sources(t, ".") {
		if allowed[filepath.Base(path)] || strings.HasPrefix(path, "testdb") || strings.HasPrefix(path, "private") {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			selector, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !isBareHandle(selector.X) {
				return true
			}
			switch name := selector.Sel.Name; {
			case strings.Contains(name, "Exec"), strings.Contains(name, "Query"), strings.Contains(name, "Prepare"), strings.HasPrefix(name, "Begin"),
				name == "GetContext", name == "SelectContext":
				t.Errorf("%s: %s on the bare handle", path, name)
			}
			return true
		})
	}
	for path, text := range statements(t) {
		noun, file := filepath.Split(path)
		if noun == "schema/" || noun == "database/" {
			continue
		}
		reads := regexp.MustCompile(`^(view|view_by_name|list|count|exists|references|holding|last_assigner|authorise|credentials|status|hold|lock|alone|open)\b`).MatchString(file)
		writes := regexp.MustCompile(`(?mi)\b(insert into|update \w+( \w+)? set|delete from)\b`).MatchString(text)
		if reads && writes && path != "session/open" {
			t.Errorf("%s writes, though it is named like a read", path)
		}
	}
}

// Columns are named: what a statement yields does not depend on what the table became.
func TestStatementsNameTheirColumns(t *testing.T) {
	t.Parallel()
	star := regexp.MustCompile(`(?i)(select|returning|,)\s+(distinct\s+)?(\w+\.)?\*`)
	for path, text := range statements(t) {
		if strings.HasPrefix(path, "schema/") {
			continue
		}
		if star.MatchString(text) {
			t.Errorf("%s: select *", path)
		}
		if strings.HasSuffix(strings.TrimSpace(text), ";") {
			t.Errorf("%s ends with a semicolon: a statement is sent alone", path)
		}
	}
}

// statements returns the text of every query by its path, as client/list, and that of every file of the schema by its own.
func statements(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, q := range queries.All() {
		texts[strings.Replace(q.Name(), ".", "/", 1)] = q.Text()
	}
	root := os.DirFS("../sql")
	err := fs.WalkDir(root, ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(path, "schema/") {
			return err
		}
		text, err := fs.ReadFile(root, path)
		texts[path] = string(text)
		return err
	})
	if err != nil || len(texts) < 50 {
		t.Fatalf("%d files, %v", len(texts), err)
	}
	return texts
}

// sources parses the Go files under dir that are not tests.
func sources(t *testing.T, dir string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.Contains(path, "testdb") || strings.HasSuffix(filepath.Dir(path), "test") { // what helps tests alone
			return err
		}
		files[path], err = parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		return err
	})
	if err != nil || len(files) < 10 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}

func calledName(call *ast.CallExpr) string {
	fun := call.Fun
	if generic, ok := fun.(*ast.IndexExpr); ok {
		fun = generic.X
	}
	switch fun := fun.(type) {
	case *ast.Ident:
		return fun.Name
	case *ast.SelectorExpr:
		return fun.Sel.Name
	}
	return ""
}

// builtFromStrings reports whether an argument is a literal, a concatenation or a formatted string.
func builtFromStrings(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Kind == token.STRING && looksLikeSQL(e.Value)
	case *ast.BinaryExpr:
		return e.Op == token.ADD
	case *ast.CallExpr:
		return strings.HasPrefix(calledName(e), "Sprint") || calledName(e) == "Join" || calledName(e) == "Replace"
	}
	return false
}

// looksLikeSQL tells a statement from an English sentence.
func looksLikeSQL(literal string) bool {
	return regexp.MustCompile(`(?i)\b(from\s+\w+\s+(where|join|order|limit)|insert into\s+\w+|update\s+\w+\s+set|delete from\s+\w+|select\s+[\w*,. ]+\s+from\s+\w+|create (table|index|schema|database)|drop (table|index|schema|database)|savepoint|set (local|search_path))\b`).MatchString(literal)
}

func isBareHandle(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "db"
	case *ast.SelectorExpr:
		return e.Sel.Name == "db" || e.Sel.Name == "DB" && isBareHandle(e.X)
	}
	return false
}
