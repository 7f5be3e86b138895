package model

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"unicode/utf8"

	"epev/model/dial"
)

// Phone is a telephone number in E.164 form, like "+33756789012". The empty Phone is none,
// which the database holds as null. A predecessor's database may hold anything.
type Phone string

// ParsePhone parses a number that exists in its country's numbering plan: that of France, its overseas departments and
// collectivities included, or any other's with the international prefix "+". An empty raw is no phone. What a paste
// brings along is dropped; an extension or a second number is refused by name, because E.164 cannot hold it.
func ParsePhone(field, raw string) (Phone, error) {
	s := plain(raw)
	if s == "" {
		return "", nil
	}
	number, territories := parsePhone(s)
	if number == nil {
		return "", phoneError(field, raw, territories)
	}
	return Phone(number.E164()), nil
}

// International returns the number as people read it, like "+33 7 56 78 90 12", and a stored
// value that is no valid number unchanged.
func (p Phone) International() string {
	// A French number in E.164 has one form, which is written at once.
	if s := string(p); len(s) == len("+33756789012") && strings.HasPrefix(s, "+33") && strings.Trim(s[1:], "0123456789") == "" && s[3] != '0' {
		return s[:3] + " " + s[3:4] + " " + s[4:6] + " " + s[6:8] + " " + s[8:10] + " " + s[10:]
	}
	if number, _ := parsePhone(plain(string(p))); number != nil {
		return number.International()
	}
	return string(p)
}

// Scan reads a text column, null as no phone.
func (p *Phone) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*p = ""
	case string:
		*p = Phone(v)
	case []byte:
		*p = Phone(v)
	default:
		return fmt.Errorf("scan phone: unexpected %T", src)
	}
	return nil
}

// Value writes no phone as null.
func (p Phone) Value() (driver.Value, error) {
	if p == "" {
		return nil, nil
	}
	return string(p), nil
}

// overseas are the French territories with a numbering plan of their own (ISO 3166). Those of the first group
// write their numbers as the mainland does; the others have six or eight digits.
var overseas = []struct {
	region, name string
	code         int
}{
	{"GP", "Guadeloupe", 590}, {"BL", "Guadeloupe", 590}, {"MF", "Guadeloupe", 590}, {"MQ", "Martinique", 596},
	{"GF", "French Guiana", 594}, {"RE", "Réunion", 262}, {"YT", "Mayotte", 262},
	{"PM", "Saint-Pierre-et-Miquelon", 508}, {"NC", "New Caledonia", 687}, {"PF", "French Polynesia", 689}, {"WF", "Wallis and Futuna", 681},
}

// phoneLabel is what stands before a number on a web page or a card: "tel:", "Tél. :".
var phoneLabel = Pattern(`^(?i:t[eé]l|callto)(?: ?\.)? ?:(?://)? ?`)

// parsePhone returns the number that s, which is plain, writes, or nil. Where the number may be that of several
// territories, it returns them too. Letters are never digits here, nor is a number dug out of a text: whatever is not
// the writing of one number is refused.
func parsePhone(s string) (number *dial.Number, territories []string) {
	s = phoneLabel().ReplaceAllString(strings.Join(strings.Fields(s), " "), "")
	if strings.Count(s, "+") > 1 {
		return nil, nil
	}
	n, ok := dial.Parse(s)
	switch {
	case !ok:
		return nil, nil
	case n.Code == france:
		return frenchNumber(n, !strings.Contains(s, "+"))
	case !n.Valid():
		return nil, nil
	}
	return &n, nil
}

const france, saintPierre = 33, 508

// frenchNumber returns the number under the plan that it belongs to: a number of an overseas territory may look
// like one of the mainland that nobody has. Those that begin with 08 are the same in all of France. Only a
// bare number, without the country's code, may be one of six or eight digits.
func frenchNumber(number dial.Number, bare bool) (found *dial.Number, territories []string) {
	mainland := number.Valid()
	if (bare || number.National >= 100_000_000) && !(mainland && number.National/100_000_000 == 8) {
		for _, territory := range overseas {
			n := dial.Number{Code: territory.code, National: number.National}
			if territory.code == saintPierre && n.National/1_000_000 == saintPierre {
				n.National %= 1_000_000 // the mainland dials 0508 before it
			}
			if n.ValidIn(territory.region) && (found == nil || found.Code != territory.code) {
				found, territories = &n, append(territories, territory.name)
			}
		}
	}
	switch {
	case len(territories) == 1:
		return found, nil
	case mainland:
		return &number, nil
	}
	return nil, territories
}

// phoneError says why raw is no phone: that it is more than one, where it begins with one.
func phoneError(field, raw string, territories []string) *Error {
	if territories != nil {
		return wrong(field, raw, "several-territories", "phone-of-a-territory", Facts{"territories": territories})
	}
	s := phoneLabel().ReplaceAllString(plain(raw), "")
	for i := min(len(s), longestPhone) - 1; i > 0; i-- {
		if '0' <= s[i] && s[i] <= '9' || !utf8.RuneStart(s[i]) {
			continue // a number does not end within its digits
		}
		if first, _ := parsePhone(s[:i]); first == nil {
			continue
		}
		rest := strings.Trim(s[i:], " .-()")
		digits := CountDigits(rest)
		switch {
		case digits > maxExtension || digits > 0 && strings.HasPrefix(rest, "/"):
			return wrong(field, raw, "two-telephone-numbers", "", nil)
		case digits > 0 && (rest[0] < '0' || rest[0] > '9'):
			return wrong(field, raw, "extension", "", nil)
		case digits == 0 && rest != "":
			return wrong(field, raw, "more-than-a-telephone-number", "", nil)
		}
		break
	}
	return wrong(field, raw, "not-a-telephone-number", "phone", nil)
}

// An extension has so many digits at most; and what is longer than a number ever is is not taken apart.
const maxExtension, longestPhone = 6, 64
