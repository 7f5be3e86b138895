package commands

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
	"epev/security"
)

func TestEachPermissionIsToldInWordsOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := make(map[string]string)
	for _, code := range security.Codes() {
		text := meaning(code)
		if text == "" || strings.Contains(text, "%") {
			t.Errorf("meaning(%s) = %q", code, text)
		}
		if twin, ok := seen[text]; ok {
			t.Errorf("%s and %s are both %q", code, twin, text)
		}
		seen[text] = code
	}
	for code, want := range map[string]string{
		"client:update:own":    "change the clients whose commercial you are",
		"client:update":        "change any of the clients",
		"role:assign":          "grant permissions to roles and revoke them",
		"client:update:nobody": "unknown, grants nothing",
	} {
		if got := meaning(code); got != want {
			t.Errorf("meaning(%s) = %q, want %q", code, got, want)
		}
	}
}

// SPEC 5, rule 4: a denial names the code that was needed and whose it is.
func TestADenialNamesTheCodeThatWasNeededAndWhoseItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		d    denial
		hint string
	}{
		{denial{what: "update client 8", needed: []requirement{{"client:update", []string{"management"}}},
			held: []string{"client:update:own"}, reason: "client 8 belongs to claire.dubois"},
			"needs client:update (held by management); yours is client:update:own and client 8 belongs to claire.dubois"},
		{denial{what: "create an event", needed: []requirement{{"event:create", nil}, {"event:create:own_client", []string{"commercial", "sales"}}}},
			"needs event:create:own_client (held by commercial and sales)"},
		{denial{what: "update client 8", needed: []requirement{{"client:update", nil}, {"client:update:own", nil}}},
			"needs client:update (held by no role)"},
		{denial{what: "delete yourself", reason: "nobody may delete their own account"}, "nobody may delete their own account"},
		{denial{what: "fly", held: []string{"a:b", "c:d"}}, "yours are a:b and c:d"},
		{denial{what: "fly", held: []string{"a:b", "c:d"}, reason: "it rains"}, "yours are a:b and c:d, and it rains"},
		{denial{what: "fly"}, ""},
	} {
		err := c.d.err()
		var e *model.Error
		if !errors.As(err, &e) || e.Kind != model.Denied {
			t.Fatalf("%+v = %v", c.d, err)
		}
		if want := fmt.Sprintf("You don't have permission to %s", c.d.what); e.Message != want || e.Hint != c.hint {
			t.Errorf("%+v = %q, hint %q; want %q, hint %q", c.d, e.Message, e.Hint, want, c.hint)
		}
	}
}

func TestANounThatDoesNotTellAScopeIsRefused(t *testing.T) {
	t.Parallel()
	n := makeClientNoun()
	n.scopes = map[string]string{"own": "whose commercial you are"}
	if lacks := n.lacks(); !slices.Contains(lacks, "scope assigned") {
		t.Errorf("it lacks %q", lacks)
	}
}
