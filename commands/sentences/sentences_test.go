package sentences

import (
	"go/ast"
	"go/build"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

// sources checks the types of epev's packages, which it imports from source. Others stay empty: what is of their types is
// passed over.
type sources struct {
	files    *token.FileSet
	packages map[string]*types.Package
	spelled  map[string]map[string]string // where the literals of a type of model's are, by the type and by their values
	made     []string                     // where words are made
}

func (s *sources) Import(path string) (*types.Package, error) {
	if p := s.packages[path]; p != nil {
		return p, nil
	}
	dir, own := strings.CutPrefix(path, "epev/")
	if !own {
		s.packages[path] = types.NewPackage(path, filepath.Base(path))
		s.packages[path].MarkComplete()
		return s.packages[path], nil
	}
	found, err := build.ImportDir("../../"+dir, 0)
	if err != nil {
		return nil, err
	}
	var parsed []*ast.File
	for _, name := range found.GoFiles {
		file, err := parser.ParseFile(s.files, filepath.Join(found.Dir, name), nil, 0)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, file)
	}
	info := types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: s, Error: func(error) {}}
	s.packages[path], _ = config.Check(path, s.files, parsed, &info)
	if path == "epev/commands/sentences" {
		return s.packages[path], nil
	}
	for e, typed := range info.Types {
		literal, is := e.(*ast.BasicLit)
		if name, ok := strings.CutPrefix(typed.Type.String(), "epev/model."); is && ok && s.spelled[name] != nil {
			s.spelled[name][constant.StringVal(typed.Value)] = s.files.Position(literal.Pos()).String()
		}
	}
	if strings.HasPrefix(path, "epev/commands") {
		return s.packages[path], nil
	}
	for _, file := range parsed {
		ast.Inspect(file, func(n ast.Node) bool { s.makesWords(n, &info); return true })
	}
	return s.packages[path], nil
}

// makesWords notes a node that makes words for people: one of model's makers of sentences, or a text with a blank in an
// Error or in its Facts. The commands to try are data, and a cause is for the log.
func (s *sources) makesWords(n ast.Node, info *types.Info) {
	note := func(n ast.Node) { s.made = append(s.made, s.files.Position(n.Pos()).String()) }
	switch n := n.(type) {
	case *ast.Ident:
		maker, is := info.Uses[n].(*types.Func)
		if is && maker.Pkg() != nil && maker.Pkg().Path() == "epev/model" && slices.Contains([]string{"Errorf", "Invalid", "WithHint", "WithTry"}, n.Name) {
			note(n)
		}
	case *ast.CompositeLit:
		if typed := info.Types[n].Type; typed == nil || typed.String() != "epev/model.Error" && typed.String() != "epev/model.Facts" {
			return
		}
		for _, element := range n.Elts {
			pair, _ := element.(*ast.KeyValueExpr)
			if name, is := pair.Key.(*ast.Ident); is && (name.Name == "Try" || name.Name == "Err") {
				continue
			}
			ast.Inspect(pair.Value, func(n ast.Node) bool {
				if literal, is := n.(*ast.BasicLit); is && literal.Kind == token.STRING && strings.Contains(literal.Value, " ") {
					note(literal)
				}
				return true
			})
		}
	}
}

// read checks the packages that tell faults. Those below the commands tell nothing else.
func read(t *testing.T) *sources {
	t.Helper()
	all := &sources{token.NewFileSet(), map[string]*types.Package{}, map[string]map[string]string{"Fault": {}, "Form": {}}, nil}
	for _, path := range []string{"data", "data/private", "security", "commands"} {
		if _, err := all.Import("epev/" + path); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestNoWordsAreMadeBelowTheCommands(t *testing.T) {
	t.Parallel()
	all := read(t)
	for _, at := range all.made {
		t.Errorf("%s: words are made here", at)
	}
	for kind, literals := range all.spelled {
		for text, at := range literals {
			if strings.Contains(text, " ") {
				t.Errorf("%s: the %s %q is more than a name", at, kind, text)
			}
		}
	}
}

func TestEachFaultHasItsSentenceAndEachFormIsTold(t *testing.T) {
	t.Parallel()
	literals := read(t).spelled
	told := map[string]map[string]bool{"Fault": {}, "Form": {}}
	for fault, s := range english {
		told["Fault"][string(fault)] = s.said != ""
	}
	for form, text := range forms {
		told["Form"][string(form)] = text != ""
	}
	for kind, sentences := range told {
		delete(literals[kind], "")
		if len(literals[kind]) == 0 {
			t.Errorf("there is no %s", kind)
		}
		for text, at := range literals[kind] {
			if !sentences[text] {
				t.Errorf("%s: the %s %q has no sentence", at, kind, text)
			}
		}
		for text := range sentences {
			if literals[kind][text] == "" {
				t.Errorf("the %s %q is nowhere", kind, text)
			}
		}
	}
}

// What staff know from the predecessor does (SPEC 7).
func TestNoSentenceEndsWithAFullStop(t *testing.T) {
	t.Parallel()
	for fault, s := range english {
		if strings.HasSuffix(s.said, ".") && fault != "no-session" || strings.HasSuffix(s.next, ".") {
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
		{"have it signed first, with {try}", nothing("x list"), ""},
		{"leave a out, or move b with {try}", nothing("x list"), "leave a out"},
		{"{try} mends the first; {try2} shows them", nothing("x list"), `"y list" shows them`},
		{"{try2} shows them; {try} mends it", nothing("x list"), `"y list" shows them`},
		{"yours is own; look at it again with {try}, then repeat the command", nothing("x list"), "yours is own"},
		{"it stays: {try} moves it", nothing("x list"), "it stays"},
		{"the value {odd} is one; use {try}", nothing("x list"), `the value "a; b, or c: d" is one`},
		{"{try}, or {try2}, or {try3}", nothing("y list", "z list"), `"x list"`},
		{"say {odd} with {try}", nothing("x list"), ""},
		{`an open "no quote`, nothing("x list"), `an open "no quote`},
		{`nothing "quoted; here" goes`, nothing("x list"), `nothing "quoted; here" goes`},
		{"did you mean {named}?", nothing(), `did you mean "x list"?`},
		{"did you mean {named}?", nothing("x list"), ""},
	} {
		e := (&model.Error{Facts: model.Facts{"odd": `"a; b, or c: d"`}}).WithTry(c.hint, "x list", "y list", "z list")
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
