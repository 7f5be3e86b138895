package sql

import "strings"

// kind is what a part of a statement is, as far as parameters are concerned.
type kind int

const (
	other      kind = iota // an operator, a bracket, a colon
	blank                  // white space
	comment                // from -- to the end of the line, or between /* and */
	literal                // in quotes of any kind
	identifier             // a word, or a number
	parameter              // @name
	positional             // $1
	ambiguous              // an operator that ends with @ and a word right behind it, or a $ alone
	open                   // a literal or a comment without its end
)

// token tells what s, which is not empty, begins with, and how many bytes of it that is. It reads SQL as PostgreSQL does,
// except that there an @ right before a name is an operator.
func token(s string) (kind, int) {
	switch c := s[0]; {
	case strings.HasPrefix(s, "--"):
		return comment, length(s, func(c byte) bool { return c != '\n' && c != '\r' })
	case strings.HasPrefix(s, "/*"):
		return nested(s)
	case isBlank(c):
		return blank, length(s, isBlank)
	case c == '\'' || c == '"':
		return quoted(s, 0, false)
	case len(s) > 1 && (c == 'e' || c == 'E') && s[1] == '\'':
		return quoted(s, 1, true)
	case isWord(c):
		return identifier, length(s, func(c byte) bool { return isWord(c) || c == '$' })
	case c == '$':
		return dollar(s)
	case strings.IndexByte(operators, c) >= 0:
		return operator(s)
	}
	return other, 1
}

const operators = "+-*/<>=~!@#%^&|`?"

// operator reads the characters that PostgreSQL takes together. A comment ends them.
func operator(s string) (kind, int) {
	n := 1
	for n < len(s) && strings.IndexByte(operators, s[n]) >= 0 && !strings.HasPrefix(s[n:], "--") && !strings.HasPrefix(s[n:], "/*") {
		n++
	}
	if s[n-1] != '@' || n == len(s) || !isWord(s[n]) || isDigit(s[n]) {
		return other, n
	}
	n += length(s[n:], isWord)
	if s[0] == '@' && isWord(s[1]) {
		return parameter, n
	}
	return ambiguous, n
}

// quoted reads to the quote that closes the one at begin; a doubled one does not, nor one behind a \ where that escapes.
func quoted(s string, begin int, escapes bool) (kind, int) {
	quote := s[begin]
	for i := begin + 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] == quote && i+1 < len(s) && s[i+1] == quote:
			i++
		case s[i] == quote:
			return literal, i + 1
		}
	}
	return open, len(s)
}

// dollar reads $1, or from $tag$ to the next $tag$.
func dollar(s string) (kind, int) {
	if digits := length(s[1:], isDigit); digits > 0 {
		return positional, 1 + digits
	}
	tag := 1 + length(s[1:], isWord)
	if tag == len(s) || s[tag] != '$' {
		return ambiguous, 1
	}
	tag++
	end := strings.Index(s[tag:], s[:tag])
	if end < 0 {
		return open, len(s)
	}
	return literal, tag + end + tag
}

// nested reads a comment. Others may be in it.
func nested(s string) (kind, int) {
	depth := 0
	for i := 0; i+1 < len(s); {
		switch s[i : i+2] {
		case "/*":
			depth++
			i += 2
		case "*/":
			depth--
			i += 2
			if depth == 0 {
				return comment, i
			}
		default:
			i++
		}
	}
	return open, len(s)
}

// length counts the bytes at the beginning of s that belong.
func length(s string, belongs func(byte) bool) int {
	n := 0
	for n < len(s) && belongs(s[n]) {
		n++
	}
	return n
}

func isBlank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isWord(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || isDigit(c) || c >= 0x80
}
