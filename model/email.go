package model

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Email is an e-mail address as its owner writes it, like "Anna.Martin@example.com".
// Two addresses are the same when their keys are.
type Email string

// The limits of an address and of its part before the @ (RFC 5321, 4.5.3.1 and erratum 1690).
const maxAddress, maxLocalPart = 254, 64

// mailto is what stands before an address that was copied from a link, and the subject and such behind it.
var mailto = Pattern(`^(?i:mailto):([^?]*)(?:\?.*)?$`)

// ParseEmail parses an address alone, without a display name, of at most max characters:
// the limit of the column, 128 for clients and 255 for users. What a paste brings along is dropped.
func ParseEmail(field, raw string, max int) (Email, error) {
	s := Pasted(raw)
	if m := mailto().FindStringSubmatch(s); m != nil {
		s = Pasted(m[1])
	}
	local, domain, _ := strings.Cut(s, "@")
	if !isLocalPart(local) || !isDomain(domain) {
		return "", notValid(field, raw, "email")
	}
	if n, max := utf8.RuneCountInString(s), min(max, maxAddress); n > max {
		return "", tooLong(field, raw, n, max)
	}
	if len(local) > maxLocalPart {
		return "", wrong(field, raw, "local-part-too-long", "", Facts{"length": len(local), "most": maxLocalPart})
	}
	return Email(s), nil
}

// Key returns what addresses are compared by. They are one whatever the case, and whether the domain is written
// in letters of any script or in its ASCII form (RFC 5891).
func (e Email) Key() string {
	local, domain, _ := strings.Cut(strings.ToLower(string(e)), "@")
	if ascii, err := idna.Lookup.ToASCII(domain); err == nil {
		domain = ascii
	}
	return local + "@" + domain
}

// Forms returns how the mailbox may be written: as it is, and with its domain in either form of IDNA.
func (e Email) Forms() []string {
	ascii := e.Key()
	local, domain, _ := strings.Cut(ascii, "@")
	unicode, _ := idna.Lookup.ToUnicode(domain) // with an error it is what could be read
	return []string{string(e), ascii, local + "@" + unicode}
}

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
	if _, err := idna.Lookup.ToASCII(s); err != nil {
		return false
	}
	return strings.ContainsFunc(labels[len(labels)-1], unicode.IsLetter)
}

func isAlphanumeric(r rune) bool {
	return unicode.In(r, unicode.L, unicode.M, unicode.N) && !isInvisible(r)
}
