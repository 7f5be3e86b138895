package model_test

import (
	"strings"
	"testing"

	. "epev/model"
)

// SPEC 2: the length of a username is a policy.
func TestParseUsername(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		" anna.martin ":        "anna.martin",
		"A_b-9":                "A_b-9",
		"zoe\u0301e":           "zo\u00e9e",
		strings.Repeat("é", 8): strings.Repeat("é", 8),
	} {
		if got, err := ParseUsername("username", raw, 4, 8+3); err != nil || got != want {
			t.Errorf("ParseUsername(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	for raw, want := range map[string]string{
		"":                      "is empty",
		"anna martin":           "is not valid",
		"anna@home":             "is not valid",
		"anna\x1b":              `"anna\x1b" is not valid`,
		"anna\u200b":            "is not valid",
		"anna\xff":              "is not valid",
		"b":                     `"b" has 1 character, fewer than the 5 required`,
		"bob":                   `"bob" has 3 characters, fewer than the 5 required`,
		strings.Repeat("é", 65): "65 characters, more than the 64 allowed",
	} {
		_, err := ParseUsername("username", raw, 5, 64)
		refused(t, raw, err, "username", want)
	}
}

func FuzzParseUsername(f *testing.F) {
	f.Add("anna.martin")
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := ParseUsername("username", raw, 5, 64)
		if err != nil {
			refused(t, raw, err, "username", "")
			return
		}
		if again, err := ParseUsername("username", s, 5, 64); err != nil || again != s {
			t.Errorf("ParseUsername(%q) = %q, parsed again %q, %v", raw, s, again, err)
		}
	})
}
