package model

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Phone is a telephone number in E.164 form, like "+33756789012". The empty Phone is none,
// which the database holds as null. A predecessor's database may hold anything.
type Phone string

// ParsePhone parses a number that exists in its country's numbering plan: France's, or any
// other's with the international prefix "+". An empty raw is no phone. An extension is
// refused, because E.164 cannot hold it.
func ParsePhone(field, raw string) (Phone, error) {
	number, err := parsePhone(raw)
	if err != nil {
		return "", Invalid(field, "%s %s is not a valid telephone number", field, quote(raw)).
			WithHint("write it like 07 56 78 90 12, or with + and the country like +44 20 7946 0958")
	}
	if number == nil {
		return "", nil
	}
	return Phone(phonenumbers.Format(number, phonenumbers.E164)), nil
}

// International returns the number as people read it, like "+33 7 56 78 90 12", and a stored
// value that is no valid number unchanged.
func (p Phone) International() string {
	// A French number in E.164 has one form; the library takes a hundred times as long to find it.
	if s := string(p); len(s) == len("+33756789012") && strings.HasPrefix(s, "+33") && strings.Trim(s[1:], "0123456789") == "" && s[3] != '0' {
		return s[:3] + " " + s[3:4] + " " + s[4:6] + " " + s[6:8] + " " + s[8:10] + " " + s[10:]
	}
	number, err := parsePhone(string(p))
	if err != nil || number == nil {
		return string(p)
	}
	return phonenumbers.Format(number, phonenumbers.INTERNATIONAL)
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

// parsePhone returns nil for an empty raw. The library digs a number out of any text, and turns
// letters into digits; so whatever is not the writing of one number is refused before.
func parsePhone(raw string) (*phonenumbers.PhoneNumber, error) {
	raw = strings.Join(strings.Fields(raw), " ") // no-break spaces too
	if raw == "" {
		return nil, nil
	}
	if strings.Count(raw, "+") > 1 || strings.ContainsFunc(raw, func(r rune) bool {
		return !strings.ContainsRune("+0123456789 .-()/\u2010\u2011", r)
	}) {
		return nil, phonenumbers.ErrNotANumber
	}
	number, err := phonenumbers.Parse(raw, "FR")
	if err != nil {
		return nil, err
	}
	if !phonenumbers.IsValidNumber(number) {
		return nil, phonenumbers.ErrNotANumber
	}
	return number, nil
}
