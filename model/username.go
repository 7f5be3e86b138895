package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseUsername parses the name that a new or renamed user logs in with: letters, digits and
// ". _ -", from min to max characters, of which one at least is a letter: else it would be taken for an id.
// Names that a database already holds are not bound to it.
func ParseUsername(field, raw string, min, max int) (string, error) {
	s := trim(raw)
	n := utf8.RuneCountInString(s)
	switch {
	case s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return isInvisible(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}):
		return "", notValid(field, raw).WithHint("use letters, digits and . _ - only")
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return "", Invalid(field, "%s %s has no letter, and would be taken for an id", field, quote(raw)).WithHint("use one letter at least")
	case n < min:
		return "", Invalid(field, "%s %s has %s, fewer than the %d required", field, quote(raw), Count(int64(n), "character"), min).
			WithHint("use from %d to %d characters", min, max)
	case n > max:
		return "", tooLong(field, n, max)
	}
	return s, nil
}
