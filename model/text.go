// Package model holds what epev is about, apart from any technology. It has the entities, the value types with their
// parsers, the errors that a person can act upon, and who may reach what.
//
// A parser takes the name of the field (a flag or argument, without dashes) and what a person typed. It returns a value
// that need not be checked again, or an *Error of kind Usage with the fault, the field, the value and the accepted form
// (SPEC 4, "Values").
package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ParseText parses a required text: raw in NFC without surrounding blanks, at most max characters (max 0: no limit). A
// text without any visible character counts as empty. Control characters, line breaks included, and those that override
// or isolate the direction of text are refused, as is anything but UTF-8; all else is kept as typed.
func ParseText(field, raw string, max int) (string, error) {
	s, err := ParseOptionalText(field, raw, max)
	if err == nil && s == "" {
		return "", empty(field, "text")
	}
	return s, err
}

// ParseOptionalText is ParseText for a text that may be empty, which clears the field.
func ParseOptionalText(field, raw string, max int) (string, error) {
	if !utf8.ValidString(raw) {
		return "", wrong(field, raw, "not-utf-8", "", nil)
	}
	s := trim(raw)
	if err := refuseControls(field, s); err != nil {
		return "", err
	}
	if !Visible(s) {
		return "", nil
	}
	if n := utf8.RuneCountInString(s); max > 0 && n > max {
		return "", tooLong(field, raw, n, max)
	}
	return s, nil
}

// ParseName is ParseText for a text by which people tell records apart, and which is unique therefore: an
// invisible character is refused.
func ParseName(field, raw string, max int) (string, error) {
	s, err := ParseText(field, raw, max)
	if i := strings.IndexFunc(s, isInvisible); err == nil && i >= 0 {
		r, _ := utf8.DecodeRuneInString(s[i:])
		return "", wrong(field, raw, "invisible-character", "", Facts{"character": r})
	}
	return s, err
}

// lineEnds are the line ends of every system, and tabs, as they are stored.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n", "\v", "\n", "\f", "\n", "\t", " ")

// ParseLongText is ParseOptionalText for a text of any number of lines, such as notes. Lines end with "\n"
// however they came, and without blanks before it; a tab is a blank.
func ParseLongText(field, raw string, max int) (string, error) {
	if utf8.ValidString(raw) {
		raw = lineEnds.Replace(raw)
	}
	lines := strings.Split(raw, "\n")
	for i, line := range lines {
		if err := refuseControls(field, line); err != nil {
			return "", err
		}
		lines[i] = strings.TrimRightFunc(line, unicode.IsSpace)
	}
	s, err := ParseOptionalText(field, strings.Join(lines, ""), 0)
	if s == "" {
		return "", err
	}
	if s = trim(strings.Join(lines, "\n")); max > 0 && utf8.RuneCountInString(s) > max {
		return "", tooLong(field, raw, utf8.RuneCountInString(s), max)
	}
	return s, nil
}

// refuseControls refuses what a terminal would obey, or a line of text cannot hold.
func refuseControls(field, s string) error {
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029':
			return wrong(field, s, "line-break", "", Facts{"character": r})
		case unicode.IsControl(r):
			return wrong(field, s, "control-character", "", Facts{"character": r})
		case isBidiControl(r):
			return wrong(field, s, "bidi-control", "", Facts{"character": r})
		}
	}
	return nil
}

// trim returns s in NFC without surrounding blanks.
func trim(s string) string { return strings.TrimSpace(norm.NFC.String(s)) }

// Pasted returns a value that is neither free text nor a name as it was meant. That is in NFC, without the blanks of any
// kind and the marks of direction and such that a paste brings along around it.
func Pasted(s string) string {
	return strings.TrimFunc(norm.NFC.String(s), func(r rune) bool { return unicode.IsSpace(r) || isFormat(r) })
}

// plain is Pasted for a value of digits and signs. Within it marks mean nothing either; a blank of any kind is a
// blank, and a hyphen of any kind a hyphen.
func plain(s string) string {
	if isASCII(s) {
		return strings.TrimSpace(s)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Zs, r):
			return ' '
		case '\u2010' <= r && r <= '\u2013' || r == '\u2212':
			return '-'
		case isFormat(r):
			return -1
		}
		return r
	}, Pasted(s))
}

// Visible reports whether there is anything to be seen of a text.
func Visible(s string) bool { return strings.ContainsFunc(s, isVisible) }

// isVisible is false for blanks and for what shows nothing, such as the zero-width space.
func isVisible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) && !isInvisible(r) }

// isInvisible reports what takes part in a text and shows nothing, or nothing by itself. These are the default-ignorable
// characters of Unicode, marks of direction and Hangul fillers among them, and the empty Braille pattern. Two names that
// differ in these alone look the same.
func isInvisible(r rune) bool {
	return r >= 0x80 && (isFormat(r) || r == '\u2800' || r == '\U0001D159' || r == '\U00016FE4' ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector))
}

// isFormat reports the invisible characters that are no letters: marks of direction, zero-width blanks, the
// byte-order mark.
func isFormat(r rune) bool {
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// empty says that a required value was left out.
func empty(field string, accepts Form) *Error { return wrong(field, "", "empty", accepts, nil) }

// notValid says that raw, which may be empty, is none of the forms that the field accepts.
func notValid(field, raw string, accepts Form) *Error {
	if trim(raw) == "" {
		return empty(field, accepts)
	}
	return wrong(field, raw, "not-valid", accepts, nil)
}

func tooLong(field, raw string, n, max int) *Error {
	return wrong(field, raw, "too-long", "", Facts{"length": n, "most": max})
}
