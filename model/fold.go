package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// ligatures are the letters that Unicode does not decompose into a base and a mark, though
// people type them with the keys of the base.
var ligatures = strings.NewReplacer(
	"œ", "oe", "æ", "ae", "ß", "ss", "ø", "o", "đ", "d", "ð", "d", "ł", "l", "ħ", "h",
	"ŧ", "t", "þ", "th", "ı", "i", "ĳ", "ij", "ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi",
	"ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st",
)

// Fold returns the key under which s is searched and completed: lower case, without accents
// and ligatures, so that "Œuvre d'Élan" and "oeuvre d'elan" are the same. A byte that is no UTF-8 is U+FFFD: behind one,
// norm leaves a letter with its accent.
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(strings.ToValidUTF8(s, "\uFFFD")))
	return ligatures.Replace(s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
