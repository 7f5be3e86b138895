// Package model holds what epev is about, apart from any technology: the entities, the value
// types with their parsers, the errors that a person can act upon, and who may reach what.
//
// A parser takes the name of the field (a flag or argument, without dashes) and what a person
// typed, and returns either a value that need not be checked again or an *Error of kind Usage
// that names the field, quotes the value and hints at the accepted form (SPEC 4, "Values").
package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ParseText parses a required text: raw in NFC without surrounding blanks, at most max
// characters (max 0: no limit). A text without any visible character counts as empty.
// Control characters, line breaks included, and those that override or isolate the direction
// of text are refused, as is anything but UTF-8; all else is kept as typed.
func ParseText(field, raw string, max int) (string, error) {
	s, err := ParseOptionalText(field, raw, max)
	if err == nil && s == "" {
		return "", empty(field).WithHint("write at least one visible character")
	}
	return s, err
}

// ParseOptionalText is ParseText for a text that may be empty, which clears the field.
func ParseOptionalText(field, raw string, max int) (string, error) {
	if !utf8.ValidString(raw) {
		return "", Invalid(field, "%s %s is not valid UTF-8", field, quote(raw)).
			WithHint("type it again, or save the script as UTF-8")
	}
	s := trim(raw)
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			return "", Invalid(field, "%s contains the control character %U", field, r).
				WithHint("write it on one line, without %U", r)
		case isBidiControl(r):
			return "", Invalid(field, "%s contains %U, which changes the direction of text", field, r).
				WithHint("write it without %U", r)
		}
	}
	if !strings.ContainsFunc(s, isVisible) {
		return "", nil
	}
	if n := utf8.RuneCountInString(s); max > 0 && n > max {
		return "", tooLong(field, n, max)
	}
	return s, nil
}

// trim returns s in NFC without surrounding blanks.
func trim(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// isVisible is false for blanks and for format characters such as the zero-width space.
func isVisible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// empty says that a required value was left out.
func empty(field string) *Error { return Invalid(field, "%s is empty", field) }

// notValid says that raw, which may be empty, is none of the forms that the field accepts.
func notValid(field, raw string) *Error {
	if trim(raw) == "" {
		return empty(field)
	}
	return Invalid(field, "%s %s is not valid", field, quote(raw))
}

func tooLong(field string, n, max int) *Error {
	return Invalid(field, "%s has %d characters, more than the %d allowed", field, n, max).
		WithHint("shorten it to %d characters", max)
}

// quote shows raw within a message: trimmed, on one line, safe on a terminal, and cut where
// someone pasted a whole file.
func quote(raw string) string {
	const most = 60
	s := strings.TrimSpace(raw)
	n := 0
	for i := range s {
		if n == most {
			s = s[:i] + "…"
			break
		}
		n++
	}
	return `"` + Escape(s) + `"`
}
