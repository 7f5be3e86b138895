package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// ParseUsername parses the name that a new or renamed user logs in with: letters, digits and ". _ -", from min to max
// characters. One of them at least is a letter: else the name would be taken for an id. Names that a database already
// holds are not bound to it.
func ParseUsername(field, raw string, min, max int) (string, error) {
	s := trim(raw)
	n := utf8.RuneCountInString(s)
	switch {
	case s == "" || strings.ContainsFunc(s, func(r rune) bool {
		return isInvisible(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}):
		return "", notValid(field, raw, "username")
	case !strings.ContainsFunc(s, unicode.IsLetter):
		return "", wrong(field, raw, "no-letter", "", nil)
	case n < min:
		return "", wrong(field, raw, "username-too-short", "", Facts{"length": n, "least": min, "most": max})
	case n > max:
		return "", tooLong(field, raw, n, max)
	}
	return s, nil
}
