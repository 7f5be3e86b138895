// Package dial knows the numbering plans of the world: it reads a telephone number, tells whether the plan of its
// country has it, and writes it. For what is written with +, digits and punctuation it answers as
// github.com/nyaruka/phonenumbers does, from the same data; a test and a fuzz target hold it to that. The library decodes
// all of its data whenever a program starts, used or not. Here a country's plan is read when a number of it comes by.
package dial

import (
	"slices"
	"strconv"
	"strings"
)

// Number is a number of a country, or of a service that belongs to none.
type Number struct {
	Code     int    // of the country, like 33
	National uint64 // what follows it, but for zeros in front
	Zeros    int    // how many zeros in front belong to the number, as in Italy
}

const (
	home          = 33   // the country whose numbers are written without a code
	abroad        = "00" // is dialled there before the code of another
	shortest      = 2    // digits of a national number
	longest       = 17
	longestCode   = 3
	longestText   = 250
	digitsAndPlus = "+0123456789"
)

// written is how a number may be written, from its first digit or plus sign on.
var written = &pattern{text: `\d{2}|\+*(?:[-(). /]*\d){3,}[-(). /\d]*`}

// Parse reads a number, in which are digits, plus signs and -(). / alone. Without the code of a country it is a French
// one. It may yet be in no plan, which Valid tells.
func Parse(text string) (n Number, ok bool) {
	start := strings.IndexAny(text, digitsAndPlus)
	if start < 0 || len(text) > longestText || strings.Trim(text, digitsAndPlus+"-(). /") != "" || !written.matches(text[start:]) {
		return n, false
	}
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, text)
	if text[start] == '+' {
		if len(digits) <= shortest {
			return n, false
		}
		n.Code, digits = cutCode(digits)
	}
	if n.Code == 0 {
		if n.Code, digits, ok = fromHome(digits); !ok || n.Code == 0 && text[start] == '+' {
			return n, false
		}
	}
	if n.Code == 0 {
		n.Code = home
	}
	plan := plansOf(n.Code)[0]
	if shorter := plan.cutPrefix(digits); plan.mayHave(len(shorter)) || plan.tooLong(len(shorter)) {
		digits = shorter
	}
	if len(digits) < shortest || len(digits) > longest {
		return n, false
	}
	n.Zeros = min(len(digits)-len(strings.TrimLeft(digits, "0")), len(digits)-1)
	n.National, _ = strconv.ParseUint(digits, 10, 64)
	return n, true
}

// cutCode returns the code of a country that digits begin with, and the rest; 0 and all of them where there is none.
func cutCode(digits string) (code int, rest string) {
	for i := 1; i <= min(longestCode, len(digits)); i++ {
		if code, _ := strconv.Atoi(digits[:i]); digits[0] != '0' && plansOf(code) != nil {
			return code, digits[i:]
		}
	}
	return 0, digits
}

// fromHome takes the code of a country from what is dialled at home: 0 where there is none, and not ok where there must
// be one.
func fromHome(digits string) (code int, rest string, ok bool) {
	if rest, found := strings.CutPrefix(digits, abroad); found && !strings.HasPrefix(rest, "0") {
		if len(rest) <= shortest {
			return 0, "", false
		}
		code, rest = cutCode(rest)
		return code, rest, code != 0
	}
	if rest, found := strings.CutPrefix(digits, strconv.Itoa(home)); found {
		plan := plansOf(home)[0]
		rest = plan.cutPrefix(rest)
		if !plan.general.matches(digits) && plan.general.matches(rest) || plan.tooLong(len(digits)) {
			return home, rest, true
		}
	}
	return 0, digits, true
}

// Valid tells whether the plan of some country, or of the service, has the number.
func (n Number) Valid() bool {
	national, plans := n.digits(), plansOf(n.Code)
	for _, plan := range plans {
		if len(plans) > 1 && plan.leading.text != "" {
			if plan.leading.matches(national) {
				return plan.has(national)
			}
		} else if plan.has(national) {
			return true
		}
	}
	return false
}

// ValidIn tells whether the plan of a region (ISO 3166) has the number.
func (n Number) ValidIn(region string) bool {
	plans := plansOf(n.Code)
	i := slices.IndexFunc(plans, func(p *plan) bool { return p.region == region })
	return i >= 0 && plans[i].has(n.digits())
}

// E164 is the number as it is stored, like "+33756789012".
func (n Number) E164() string { return "+" + strconv.Itoa(n.Code) + n.digits() }

// International is the number as people read it, like "+33 7 56 78 90 12".
func (n Number) International() string {
	national := n.digits()
	for _, f := range plansOf(n.Code)[0].formats {
		if (f.leading.text == "" || f.leading.matches(national)) && f.whole.matches(national) {
			national = f.groups().ReplaceAllString(national, f.as)
			break
		}
	}
	return "+" + strconv.Itoa(n.Code) + " " + national
}

func (n Number) digits() string {
	return strings.Repeat("0", n.Zeros) + strconv.FormatUint(n.National, 10)
}

// has tells whether the number is one of those that the plan assigns to somebody.
func (p *plan) has(national string) bool {
	return p.mayBe(national, p.general, p.lengths) && slices.ContainsFunc(p.kinds, func(k kind) bool {
		return p.mayBe(national, k.pattern, k.lengths)
	})
}

func (p *plan) mayBe(national string, form *pattern, lengths []int) bool {
	return (len(lengths) == 0 || slices.Contains(lengths, len(national))) && form.matches(national)
}

// mayHave tells of a length whether the plan has numbers of it that can be dialled from anywhere in the country.
func (p *plan) mayHave(length int) bool {
	return slices.Contains(p.lengths, length) && !slices.Contains(p.local, length)
}

func (p *plan) tooLong(length int) bool {
	return length > p.lengths[len(p.lengths)-1] && !slices.Contains(p.local, length)
}

// cutPrefix takes away what is dialled within the country alone, like the 0 of France, or puts in its place what is
// dialled from abroad. What may be a number as it stands remains one.
func (p *plan) cutPrefix(digits string) string {
	if digits == "" || p.prefix.text == "" {
		return digits
	}
	prefix := p.prefix.regexp()
	groups := prefix.FindStringSubmatchIndex(digits)
	if groups == nil {
		return digits
	}
	rest := digits[groups[1]:]
	if p.instead != "" && groups[len(groups)-2] >= 0 {
		rest = prefix.ReplaceAllString(digits, p.instead)
	}
	if p.general.matches(digits) && !p.general.matches(rest) {
		return digits
	}
	return rest
}
