package model

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Escape returns s so that a terminal shows it and obeys nothing in it. It is the one writer for data: tables, errors,
// prompts, completion and titles all go through it. C0, C1, ESC and DEL become \x1b and the like; tab, line feed and
// carriage return \t, \n and \r. Characters that override or isolate the direction of text become <U+202E>, and bytes
// that are not UTF-8 \xff. All else, a backslash included, stays as it is. Escaping twice is the same as once.
func Escape(s string) string {
	return EscapeFunc(s, isUnsafe, func(r rune, raw string) string {
		switch {
		case isBidiControl(r):
			return fmt.Sprintf("<%U>", r)
		case lineEscapes[r] != "":
			return lineEscapes[r]
		case r == utf8.RuneError:
			r = rune(raw[0])
		}
		return fmt.Sprintf(`\x%02x`, r)
	})
}

// EscapeCopy returns s as one field of PostgreSQL's COPY text format, which COPY reads back as s. Tab,
// line feed, carriage return and backslash become \t, \n, \r and \\. Whatever else a terminal would obey
// becomes \x1b and the like, a byte each.
func EscapeCopy(s string) string {
	unsafe := func(r rune) bool { return r == '\\' || isUnsafe(r) }
	return EscapeFunc(s, unsafe, func(r rune, raw string) (shown string) {
		if shown = lineEscapes[r]; shown != "" {
			return shown
		}
		for _, c := range []byte(raw) {
			shown += fmt.Sprintf(`\x%02x`, c)
		}
		return shown
	})
}

// Short returns what was given, or came from a file, as it is shown within a message: safe on a terminal, and cut where
// somebody pasted a whole file.
func Short(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most]) + "…"
	}
	return Escape(s)
}

// Quoted is Short of a value without the blanks around it, in quotes.
func Quoted(value string) string { return `"` + Short(strings.TrimSpace(value)) + `"` }

var lineEscapes = map[rune]string{'\t': `\t`, '\n': `\n`, '\r': `\r`, '\\': `\\`}

// EscapeFunc returns s with each unsafe character, and each byte that is not UTF-8, replaced by what show gives for it;
// raw are its bytes.
func EscapeFunc(s string, unsafe func(rune) bool, show func(r rune, raw string) string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, unsafe) {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		raw := s[:size]
		s = s[size:]
		if unsafe(r) || r == utf8.RuneError && size == 1 {
			raw = show(r, raw)
		}
		b.WriteString(raw)
	}
	return b.String()
}

func isUnsafe(r rune) bool { return unicode.IsControl(r) || isBidiControl(r) }

// isBidiControl reports the embeddings, overrides and isolates of Unicode's bidirectional
// algorithm, which can make a text read as another. The marks U+200E, U+200F and U+061C only
// hint at a direction, belong to right-to-left writing, and are let through.
func isBidiControl(r rune) bool {
	return '\u202A' <= r && r <= '\u202E' || '\u2066' <= r && r <= '\u2069'
}
