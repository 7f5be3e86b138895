package sentences

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"epev/model"
)

func TestALongValueIsCut(t *testing.T) {
	t.Parallel()
	got := quoted(strings.Repeat("é", 1_000_000))
	if want := `"` + strings.Repeat("é", 60) + `…"`; got != want {
		t.Errorf("quoted = %d characters", utf8.RuneCountInString(got))
	}
	if got := quoted(" " + strings.Repeat("é", 60) + " "); strings.Contains(got, "…") {
		t.Errorf("quoted cuts 60 characters: %s", got)
	}
}

// declared returns the constants of a type of model's in all packages, by their values.
func declared(t *testing.T, kind string) map[string]token.Position {
	t.Helper()
	all, files := map[string]token.Position{}, token.NewFileSet()
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			name := ""
			switch typed := spec.Type.(type) {
			case *ast.Ident:
				name = typed.Name
			case *ast.SelectorExpr:
				name = typed.Sel.Name
			}
			for _, value := range spec.Values {
				if literal, ok := value.(*ast.BasicLit); ok && name == kind {
					text, err := strconv.Unquote(literal.Value)
					if err != nil {
						t.Fatal(err)
					}
					if before, twice := all[text]; twice {
						t.Errorf("%s: %q is that of %s too", files.Position(literal.Pos()), text, before)
					}
					all[text] = files.Position(literal.Pos())
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("no %s is declared", kind)
	}
	return all
}

func TestEachFaultHasItsSentence(t *testing.T) {
	t.Parallel()
	faults := declared(t, "Fault")
	for fault, at := range faults {
		if english[model.Fault(fault)].said == "" {
			t.Errorf("%s: %q has no sentence", at, fault)
		}
	}
	for fault := range english {
		if _, ok := faults[string(fault)]; !ok {
			t.Errorf("the fault %q is declared nowhere", fault)
		}
	}
}

func TestEachFormIsTold(t *testing.T) {
	t.Parallel()
	accepted := declared(t, "Form")
	for form, at := range accepted {
		if forms[model.Form(form)] == "" {
			t.Errorf("%s: %q is not told", at, form)
		}
	}
	for form := range forms {
		if _, ok := accepted[string(form)]; !ok {
			t.Errorf("the form %q is declared nowhere", form)
		}
	}
}

// What staff know from the predecessor does (SPEC 7).
func TestNoSentenceEndsWithAFullStop(t *testing.T) {
	t.Parallel()
	for fault, s := range english {
		if strings.HasSuffix(s.said, ".") && fault != model.NoSession || strings.HasSuffix(s.next, ".") {
			t.Errorf("%s: %q; %q", fault, s.said, s.next)
		}
	}
}

func TestAHintNamesNoCommandThatItsReaderMayNotRun(t *testing.T) {
	t.Parallel()
	nothing := func(refused ...string) func(string) bool {
		return func(command string) bool { return !slices.Contains(refused, command) }
	}
	for _, c := range []struct {
		hint   string
		mayRun func(string) bool
		want   string
	}{
		{"do a; {try} shows b", nothing(), `do a; "x list" shows b`},
		{"do a; {try} shows b", nothing("x list"), "do a"},
		{"{try} shows b; do a", nothing("x list"), "do a"},
		{"{try} shows b", nothing("x list"), ""},
		{"do a, or run {try}", nothing("x list"), "do a"},
		{"one of a, b: {try} shows them", nothing("x list"), "one of a, b"},
		{"{try} does a, or {try2}", nothing("y list"), `"x list" does a`},
		{"{try} does a, or {try2}", nothing("x list"), ""},
		{"usage: {usage}", nothing(), "usage: x list"},
		{"do a; usage: {usage}", nothing("x list"), "do a"},
	} {
		e := (&model.Error{}).WithTry(c.hint, "x list", "y list")
		if got := hint(e, Reader{MayRun: c.mayRun}); got != c.want {
			t.Errorf("%q becomes %q, want %q", c.hint, got, c.want)
		}
	}
}

func TestACommandIsNamedAsItIsTyped(t *testing.T) {
	t.Parallel()
	e := model.Missing("client", 7)
	if got := message(e); got != "client 7 not found" {
		t.Error(got)
	}
	if got := hint(e, Reader{}); got != `"client list" shows those you may view` {
		t.Error(got)
	}
	if got := hint(e, Reader{Program: "epev demo"}); got != `"epev demo client list" shows those you may view` {
		t.Error(got)
	}
}
