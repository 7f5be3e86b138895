package data_test

import (
	"fmt"
	"go/ast"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	queries "epev/sql"
)

// calls reads from the source with which arguments each query is called.
type calls struct {
	t         *testing.T
	functions map[string]*ast.FuncDecl // those that return arguments
	called    map[string]bool
}

// Functions that run a query: which argument it is, and which one holds its own. Those without are given what stands here.
var (
	running = map[string][2]int{"get": {2, 3}, "list": {2, 3}, "few": {2, 3}, "write": {3, 4}, "changed": {5, 6}, "execute": {2, 3}, "asked": {2, 3}, "each": {2, 3}}
	given   = map[string]struct {
		query int
		names []string
	}{"run": {1, nil}, "copyAll": {2, nil}}
)

// A parameter that a call does not give, or an argument that its query does not take, would fail only once it is run. Those of
// a resource's queries are held to the same by TestEachResourceGivesItsQueriesWhatTheyTake.
func TestEachCallGivesItsQueryWhatItTakes(t *testing.T) {
	t.Parallel()
	files := sources(t, ".")
	c := calls{t, map[string]*ast.FuncDecl{}, map[string]bool{}}
	for _, file := range files {
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Type.Results != nil {
				if first, ok := f.Type.Results.List[0].Type.(*ast.Ident); ok && first.Name == "args" {
					c.functions[f.Name.Name] = f
				}
			}
		}
	}
	for path, file := range files {
		for _, d := range file.Decls {
			in, _ := d.(*ast.FuncDecl)
			ast.Inspect(d, func(n ast.Node) bool { return c.inspect(path, in, n) })
		}
	}
	for _, q := range queries.All() {
		if !c.called[q.Name()] {
			t.Errorf("nothing is seen to call %s", q.Name())
		}
	}
}

func (c calls) inspect(path string, in *ast.FuncDecl, n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CompositeLit:
		switch name, _ := n.Type.(*ast.Ident); {
		case name != nil && (name.Name == "resource" || name.Name == "Private"):
			ast.Inspect(n, func(n ast.Node) bool {
				q, ok := queryOf(n)
				if ok && name.Name == "Private" {
					c.check(path, q, nil)
				}
				if ok {
					c.called[q] = true
				}
				return true
			})
			return false
		}
	case *ast.CallExpr:
		name := calledName(n)
		if at, ok := running[name]; ok {
			if q, ok := queryOf(n.Args[at[0]]); ok {
				c.check(path, q, c.names(in, n.Args[at[1]]))
			}
		}
		if g, ok := given[name]; ok {
			if q, ok := queryOf(n.Args[g.query]); ok {
				c.check(path, q, g.names)
			}
		}
		if s, ok := n.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "Text" {
			if q, ok := queryOf(s.X); ok {
				c.check(path, q, nil)
			}
		}
	}
	return true
}

// check compares the names of a call's arguments with those of the query's parameters.
func (c calls) check(path, name string, names []string) {
	c.called[name] = true
	for _, q := range queries.All() {
		if q.Name() != name {
			continue
		}
		slices.Sort(names)
		if taken := slices.Sorted(slices.Values(q.Parameters())); !slices.Equal(slices.Compact(names), taken) {
			c.t.Errorf("%s: %s takes %v and is given %v", path, name, taken, names)
		}
		return
	}
	c.t.Errorf("%s: there is no query %s", path, name)
}

// queryOf reads queries.Client.ListByCompany as client.list_by_company.
func queryOf(n ast.Node) (string, bool) {
	query, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	noun, ok := query.X.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	from, ok := noun.X.(*ast.Ident)
	if !ok || from.Name != "queries" {
		return "", false
	}
	var name strings.Builder
	for i, r := range query.Sel.Name {
		if i > 0 && strings.ToUpper(string(r)) == string(r) {
			name.WriteByte('_')
		}
		name.WriteRune(r)
	}
	return strings.ToLower(noun.Sel.Name + "." + name.String()), true
}

// names are those of the arguments that an expression gives.
func (c calls) names(in *ast.FuncDecl, e ast.Expr) (names []string) {
	switch e := e.(type) {
	case *ast.CompositeLit:
		for _, element := range e.Elts {
			key, ok := element.(*ast.KeyValueExpr).Key.(*ast.BasicLit)
			if !ok {
				c.t.Errorf("an argument's name in %s is not written out", in.Name)
				continue
			}
			name, err := strconv.Unquote(key.Value)
			if err != nil {
				c.t.Error(err)
			}
			names = append(names, name)
		}
		return names
	case *ast.CallExpr:
		if s, ok := e.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "and" {
			for _, some := range append([]ast.Expr{s.X}, e.Args...) {
				names = append(names, c.names(in, some)...)
			}
			return names
		}
		if calledName(e) == "reachOf" {
			of, err := strconv.Unquote(e.Args[0].(*ast.BasicLit).Value)
			if err != nil {
				c.t.Error(err)
			}
			return []string{of + "_any", of + "_own", of + "_assigned"}
		}
		if f := c.functions[calledName(e)]; f != nil {
			return c.returned(f)
		}
	case *ast.Ident:
		if e.Name == "nil" {
			return nil
		}
		for _, value := range assigned(in, e.Name) {
			names = append(names, c.names(in, value)...)
		}
		if names != nil {
			return names
		}
	}
	c.t.Errorf("%s gives arguments that cannot be read: %s", in.Name, fmt.Sprintf("%T", e))
	return nil
}

// returned are the names of the arguments that a function returns first, which are the same at each return, or none.
func (c calls) returned(f *ast.FuncDecl) (names []string) {
	ast.Inspect(f, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false // what it returns is its own
		}
		if r, ok := n.(*ast.ReturnStmt); ok && len(r.Results) > 0 {
			switch here := c.names(f, r.Results[0]); {
			case names == nil:
				names = here
			case here != nil && !maps.Equal(setOf(names), setOf(here)):
				c.t.Errorf("%s returns arguments %v and %v", f.Name, names, here)
			}
		}
		return true
	})
	return names
}

func setOf(names []string) map[string]bool {
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set
}

// assigned are what a function assigns to a variable.
func assigned(f *ast.FuncDecl, name string) (values []ast.Expr) {
	ast.Inspect(f, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok {
			for i, to := range a.Lhs {
				if id, ok := to.(*ast.Ident); ok && id.Name == name && (i < len(a.Rhs) || i == 0) {
					values = append(values, a.Rhs[i])
				}
			}
		}
		return true
	})
	return values
}
