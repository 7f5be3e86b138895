package tabular

import "strings"

// A spreadsheet runs a cell that begins as a formula does. So whoever writes a cell puts a ' before it (OWASP, "CSV injection"). A file may be
// opened with another separator than it was written with, so that holds within a value too. What begins with a ' gets one more, so that reading
// takes away what writing has put there, and nothing else.
const (
	formulaStarts  = "=+-@\t\r\x00"
	cellSeparators = ";,|\t\r\n"
)

// Disarmed returns a value with a ' before each formula: at its start, and after what may separate cells.
func Disarmed(s string) string {
	if s == "" || strings.IndexByte("'"+formulaStarts, s[0]) < 0 && !strings.ContainsAny(s, cellSeparators) {
		return s
	}
	return eachCell(s, func(cell string, first bool, before string) string {
		if begins(cell) && !IsNumber(cell) || first && strings.Trim(cell, "'") == "" && before != "" && strings.Contains("\t\r", before) {
			return "'" + cell
		}
		return cell
	})
}

// Armed returns the value of which Disarmed made s.
func Armed(s string) string {
	if strings.IndexByte(s, '\'') < 0 {
		return s
	}
	return eachCell(s, func(cell string, first bool, before string) string {
		inner, is := strings.CutPrefix(cell, "'")
		if is && (begins(inner) || first && strings.Trim(inner, "'") == "" && before != "" && strings.Contains("\t\r", before)) {
			return inner
		}
		return cell
	})
}

// begins reports whether a formula begins there, behind any number of '.
func begins(cell string) bool {
	cell = strings.TrimLeft(cell, "'")
	return cell != "" && strings.IndexByte(formulaStarts, cell[0]) >= 0
}

// eachCell puts together what change gives for each part of s between separators. It is told whether that is the first one, and what stands
// behind it.
func eachCell(s string, change func(cell string, first bool, before string) string) string {
	var b strings.Builder
	for rest, first := s, true; ; first = false {
		end := strings.IndexAny(rest, cellSeparators)
		if end < 0 {
			b.WriteString(change(rest, first, ""))
			return b.String()
		}
		b.WriteString(change(rest[:end], first, rest[end:end+1]))
		b.WriteByte(rest[end])
		rest = rest[end+1:]
	}
}

// IsNumber reports what a spreadsheet takes for a number and never for a formula: a sign or none, digits, and perhaps a point with digits.
func IsNumber(s string) bool {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		s = s[1:]
	}
	whole, fraction, pointed := strings.Cut(s, ".")
	return isDigits(whole) && (!pointed || isDigits(fraction))
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
