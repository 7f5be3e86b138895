package model

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Email is an e-mail address as its owner writes it, like "Anna.Martin@example.com".
// Two addresses are the same when their keys are.
type Email string

// The limits of an address and of its part before the @ (RFC 5321, 4.5.3.1 and erratum 1690).
const maxAddress, maxLocalPart = 254, 64

// ParseEmail parses an address alone, without a display name, of at most max characters:
// the limit of the column, 128 for clients and 255 for users.
func ParseEmail(field, raw string, max int) (Email, error) {
	s := trim(raw)
	local, domain, _ := strings.Cut(s, "@")
	if !isLocalPart(local) || !isDomain(domain) {
		return "", notValid(field, raw).WithHint("write the address alone, like anna.martin@example.com")
	}
	if n, max := utf8.RuneCountInString(s), min(max, maxAddress); n > max {
		return "", tooLong(field, n, max)
	}
	if len(local) > maxLocalPart {
		return "", Invalid(field, "%s has %d bytes before the @, more than the %d allowed", field, len(local), maxLocalPart).
			WithHint("check the address: no mail server takes it")
	}
	return Email(s), nil
}

// Key returns what addresses are compared by: they are unique whatever their case.
func (e Email) Key() string { return strings.ToLower(string(e)) }

// isLocalPart accepts the dot-atom of RFC 5322, with the letters of RFC 6531, and not the
// quoted form, which nobody has and which hides blanks.
func isLocalPart(s string) bool {
	for atom := range strings.SplitSeq(s, ".") {
		if atom == "" || strings.ContainsFunc(atom, func(r rune) bool {
			return !isAlphanumeric(r) && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r)
		}) {
			return false
		}
	}
	return true
}

// isDomain accepts a host name of two labels or more (RFC 1123, letters of any script); a
// last label of digits would be an IP address.
func isDomain(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' ||
			strings.ContainsFunc(label, func(r rune) bool { return !isAlphanumeric(r) && r != '-' }) {
			return false
		}
	}
	return strings.ContainsFunc(labels[len(labels)-1], unicode.IsLetter)
}

func isAlphanumeric(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N) }
