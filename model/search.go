package model

import (
	"cmp"
	"strings"
)

// A gap is blanks, apostrophes and hyphens, and unsearched are control and format characters that nobody sees. The lists
// are fixed: indexes are built on them.
var (
	gap = Pattern(`[ \t-\r\x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{2800}\x{3000}` + // blanks
		`'\x{60}\x{B4}\x{2B9}\x{2BB}-\x{2BD}\x{2C8}\x{2CA}\x{2CB}\x{55A}\x{5F3}\x{2018}-\x{201B}\x{2032}\x{2035}` + // apostrophes
		`\x{A78B}\x{A78C}\x{FF07}\x{FF40}` +
		`\-\x{58A}\x{5BE}\x{1400}\x{1806}\x{2010}-\x{2015}\x{2043}\x{2212}\x{2E17}\x{2E1A}\x{2E3A}\x{2E3B}\x{2E40}` + // hyphens
		`\x{301C}\x{3030}\x{30A0}\x{FE31}\x{FE32}\x{FE58}\x{FE63}\x{FF0D}\x{10EAD}]+`)
	unsearched = Pattern(`[\x00-\x1F\x7F-\x{9F}\x{AD}\x{61C}\x{115F}\x{1160}\x{180E}\x{200B}-\x{200F}\x{202A}-\x{202E}` +
		`\x{2060}-\x{206F}\x{3164}\x{FEFF}\x{FFA0}\x{FFF9}-\x{FFFB}\x{1BCA0}-\x{1BCA3}\x{1D173}-\x{1D17A}\x{E0000}-\x{E0FFF}]+`)
)

// SearchKey returns the key in which words are looked for: s folded, each gap one blank, and nothing that is unsearched.
// A blank comes before each word, the first one too. The database's function search_key makes the same.
func SearchKey(s string) string {
	s = unsearched().ReplaceAllString(gap().ReplaceAllString(Fold(s), " "), "")
	return " " + strings.Join(strings.Fields(s), " ")
}

// ParseSearch parses the text of a search, which holds a word.
func ParseSearch(field, raw string) (string, error) {
	s, err := ParseText(field, raw, 128)
	if err == nil && len(SearchWords(s)) == 0 {
		return "", wrong(field, raw, "no-word", "", nil)
	}
	return s, err
}

// Word is one word of a search, which must stand somewhere in a record, and what else of a record it may mean.
type Word struct {
	Text   string // as SearchKey writes it
	ID     string // the digits that an id begins with; or empty
	Phone  string // a regular expression that POSIX and PostgreSQL read, of numbers in E.164; or empty
	Amount string // an amount with two decimals; or empty
	Most   string // with Amount: where no cents were written, those with any; else the same
}

// SearchWords returns the words of a search. Those that write one amount ("1 200,50 €") or one telephone number
// ("06 12 34") mean it together. Each is a word of its own that may mean all of it as well.
func SearchWords(text string) []Word {
	parts := strings.Fields(SearchKey(text))
	words := make([]Word, len(parts))
	for i, part := range parts {
		words[i] = numberOf(part)
		words[i].Text = part
		if len(part) <= 10 && part[0] != '0' && digitsOf(part) == part {
			words[i].ID = part
		}
	}
	for i := 0; i < len(parts); i++ {
		for j := min(len(parts), i+maxNumberWords); j > i+1; j-- {
			number := numberOf(strings.Join(parts[i:j], " "))
			if number == (Word{}) {
				continue
			}
			for k := i; k < j; k++ {
				w := &words[k]
				w.Amount, w.Most, w.Phone = cmp.Or(number.Amount, w.Amount), cmp.Or(number.Most, w.Most), cmp.Or(number.Phone, w.Phone)
			}
			i = j - 1
			break
		}
	}
	return words
}

// maxNumberWords is in how many words people write an amount or a telephone number at most: "00 33 6 12 34 56 78", "9 999 999 999,99 €".
const maxNumberWords = 8

// numberOf reads what text may mean as an amount and as a telephone number.
func numberOf(text string) Word {
	w := Word{Phone: phoneOf(text)}
	if a, err := ParseAmount("", text); err == nil {
		w.Amount, w.Most = a.String(), a.String()
		if whole, cents, _ := strings.Cut(w.Amount, "."); cents == "00" && !strings.ContainsAny(text, ".,") {
			w.Most = whole + ".99"
		}
	}
	return w
}

var phoneForm = Pattern(`^(?:\+|\(\+\))?[\d./() ]+$`)

// zeroCodes are the codes of France and of those overseas territories that write a 0 before a number.
const zeroCodes = "33|262|508|590|594|596"

// leastSearchedDigits are how many digits at least mean a part of a telephone number.
const leastSearchedDigits = 3

// phoneOf reads the beginning of a telephone number, with + or 0 before it, or digits from its middle; empty for
// neither. The national zero is not stored, and does not tell which part of France the number is of.
func phoneOf(text string) string {
	if !phoneForm().MatchString(text) {
		return ""
	}
	text = strings.Replace(text, "(0)", "", 1) // +33 (0)6
	international := strings.HasPrefix(text, "+")
	digits := digitsOf(text)
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		international, digits = true, rest
	}
	switch {
	case international && digits != "":
		return `^\+` + digits
	case strings.HasPrefix(digits, "0") && len(digits) > 1:
		national := digits[1:]
		begins := `^(\+(` + zeroCodes + `)` + national
		if strings.HasPrefix(national, "508") { // Saint-Pierre and Miquelon has six digits behind it
			begins += `|\+` + national
		}
		return begins + `|` + digits + `)`
	case !international && len(digits) >= leastSearchedDigits:
		return digits
	}
	return ""
}

// CountDigits returns how many digits there are in a text.
func CountDigits(text string) int { return len(digitsOf(text)) }

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, text)
}
