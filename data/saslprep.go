package data

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// prepared returns a password as PostgreSQL keeps it for SCRAM (RFC 4013): "²" is "2", for one. For every other way to
// log in lib/pq is right to send it as it is. A password that the rules do not take counts as it is.
func prepared(password string) string {
	mapped := strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune("\u00ad\u034f\u1806\u180b\u180c\u180d\u200b\u200c\u200d\u2060\ufeff", r), r >= '\ufe00' && r <= '\ufe0f':
			return -1
		case r > unicode.MaxASCII && unicode.Is(unicode.Zs, r):
			return ' '
		}
		return r
	}, password)
	result := norm.NFKC.String(mapped)
	prohibited := func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Co, unicode.Cs, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar
	}
	if result == "" || strings.ContainsFunc(result, prohibited) {
		return password
	}
	return result
}
