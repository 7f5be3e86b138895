package data

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lib/pq"

	"epev/commands/sentences"
	"epev/model"
	queries "epev/sql"
)

// Every rule that errors are told by is one that the schema makes.
func TestRulesAreOfTheSchema(t *testing.T) {
	t.Parallel()
	var schema strings.Builder
	err := fs.WalkDir(queries.Migrations, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(queries.Migrations, path)
		schema.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	schema.WriteString(queries.Rules)
	for _, d := range resources {
		for name, r := range d.rules {
			if !regexp.MustCompile(`'(` + d.table + `_` + name + `|` + name + `|` + d.table + `_` + name + `_(lower_key|key|fkey|taken))'|CONSTRAINT ` + d.table + `_` + name + `(_key|_fkey)? `).MatchString(schema.String()) {
				t.Errorf("%s of %s is no rule of the schema", name, d.table)
			}
			if told := sentences.Of(&model.Error{Fault: r.fault, Try: []string{r.try}}); r.field == "" || told.Message == "" || told.Hint == "" {
				t.Errorf("%s says too little: %+v", name, r)
			}
		}
	}
	for _, match := range regexp.MustCompile(`'(\w+(_key|_fkey|_taken|_check))'`).FindAllStringSubmatch(queries.Rules, -1) {
		name := match[1]
		if strings.HasPrefix(name, "role_permission_") {
			continue // whose rows no command gives
		}
		if told := broken(name); told.Fault == "breaks-a-constraint" || told.Field == "" || sentences.Of(told).Hint == "" {
			t.Errorf("nobody is told what %s means: %+v", name, told)
		}
	}
}

// A look-up that starts nothing may come before the private database is made. Nobody gave its address, and db-create makes it.
func TestAPrivateDatabaseThatIsNotMadeYetHasNoSchema(t *testing.T) {
	t.Parallel()
	s := &Store{cfg: Config{Start: func(context.Context) error { return nil }}}
	err := s.translate(t.Context(), &connectError{"socket/epev", &pq.Error{Code: "3D000"}})
	e, ok := errors.AsType[*model.Error](err)
	if !ok || e.Kind != model.Unavailable || e.Fault != "no-schema" || !slices.Equal(e.Try, []string{"db-create"}) {
		t.Errorf("%v", err)
	}
}

func TestTranslate(t *testing.T) {
	t.Parallel()
	s := &Store{target: "db.example.org:5432/epev"}
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for _, test := range []struct {
		ctx  context.Context
		err  error
		kind model.Kind
		says string
	}{
		{t.Context(), nil, 0, ""},
		{t.Context(), errors.New("x"), model.Internal, ""},
		{t.Context(), &pq.Error{Code: "22P02"}, model.Internal, ""},
		{t.Context(), ErrStale, model.Conflict, "changed by someone else meanwhile"},
		{t.Context(), &pq.Error{Code: "57014"}, model.Unavailable, "longer than 25s"},
		{done, &pq.Error{Code: "57014"}, model.Interrupted, "interrupted"},
		{t.Context(), &pq.Error{Code: "55P03"}, model.Conflict, "the same record"},
		{t.Context(), &pq.Error{Code: "40P01"}, model.Conflict, "others change"},
		{t.Context(), &pq.Error{Code: "23514", Constraint: "something_else"}, model.Conflict, "something_else"},
		{t.Context(), &connectError{s.target, &pq.Error{Code: "28P01", Message: "s3cret"}}, model.Unavailable, "db.example.org:5432/epev refuses"},
		{t.Context(), &connectError{s.target, &pq.Error{Code: "3D000"}}, model.Unavailable, "no such database: db.example.org:5432/epev"},
		{t.Context(), &connectError{s.target, pq.ErrSSLNotSupported}, model.Unavailable, "the database at db.example.org:5432/epev offers no encryption"},
		{t.Context(), &pq.Error{Code: "53300"}, model.Unavailable, "no connection left"},
		{t.Context(), &pq.Error{Code: "53200"}, model.Unavailable, "no memory left"},
		{t.Context(), &pq.Error{Code: "53400"}, model.Unavailable, "reached a limit"},
		{t.Context(), &pq.Error{Code: "58030"}, model.Unavailable, "cannot be read or written"},
		{t.Context(), &pq.Error{Code: "XX001"}, model.Unavailable, "is damaged"},
		{t.Context(), &pq.Error{Code: "XX002"}, model.Unavailable, "is damaged"},
		{t.Context(), &pq.Error{Code: "25006"}, model.Unavailable, "can only be read"},
	} {
		err := test.err
		if err != nil && !errors.Is(err, ErrStale) {
			err = fmt.Errorf("do something: %w", err)
		}
		got := s.translate(test.ctx, err)
		if model.KindOf(got) != test.kind || got != nil && !strings.Contains(sentences.Of(got).Message, test.says) {
			t.Errorf("%v became %v (kind %d), want kind %d: %s", test.err, got, model.KindOf(got), test.kind, test.says)
		}
		if !errors.Is(got, test.err) || got != nil && strings.Contains(got.Error()+sentences.Of(got).Message, "s3cret") {
			t.Errorf("%v became %v", test.err, got)
		}
	}
}
