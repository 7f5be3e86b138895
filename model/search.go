package model

import (
	"cmp"
	"regexp"
	"strings"
)

// SearchKey returns the key in which words are looked for: s folded, each row of blanks, apostrophes and hyphens of
// whatever kind one blank, and nothing that is invisible. A blank comes before each word, the first one too. The
// database's function search_key makes the same.
func SearchKey(s string) string {
	return " " + strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case isGap(r):
			return ' '
		case isUnsearched(r):
			return -1
		}
		return r
	}, Fold(s))), " ")
}

// isGap is true for blanks, apostrophes and hyphens. The list is fixed: indexes are built on it.
func isGap(r rune) bool {
	switch {
	case r == ' ', '\t' <= r && r <= '\r', r == 0x85, r == 0xA0, r == 0x1680, 0x2000 <= r && r <= 0x200A,
		r == 0x2028, r == 0x2029, r == 0x202F, r == 0x205F, r == 0x2800, r == 0x3000: // blanks
	case r == '\'', r == '`', r == 0xB4, r == 0x2B9, 0x2BB <= r && r <= 0x2BD, r == 0x2C8, r == 0x2CA, r == 0x2CB, r == 0x55A,
		r == 0x5F3, 0x2018 <= r && r <= 0x201B, r == 0x2032, r == 0x2035, r == 0xA78B, r == 0xA78C, r == 0xFF07, r == 0xFF40: // apostrophes
	case r == '-', r == 0x58A, r == 0x5BE, r == 0x1400, r == 0x1806, 0x2010 <= r && r <= 0x2015, r == 0x2043, r == 0x2212, r == 0x2E17,
		r == 0x2E1A, r == 0x2E3A, r == 0x2E3B, r == 0x2E40, r == 0x301C, r == 0x3030, r == 0x30A0, r == 0xFE31, r == 0xFE32, r == 0xFE58,
		r == 0xFE63, r == 0xFF0D, r == 0x10EAD: // hyphens
	default:
		return false
	}
	return true
}

// isUnsearched is true for control and format characters that nobody sees. The list is fixed: indexes are built on it.
func isUnsearched(r rune) bool {
	switch {
	case r < ' ', 0x7F <= r && r <= 0x9F, r == 0xAD, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x180E, 0x200B <= r && r <= 0x200F,
		0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x206F, r == 0x3164, r == 0xFEFF, r == 0xFFA0, 0xFFF9 <= r && r <= 0xFFFB,
		0x1BCA0 <= r && r <= 0x1BCA3, 0x1D173 <= r && r <= 0x1D17A, 0xE0000 <= r && r <= 0xE0FFF:
		return true
	}
	return false
}

// ParseSearch parses the text of a search, which holds a word.
func ParseSearch(field, raw string) (string, error) {
	s, err := ParseText(field, raw, 128)
	if err == nil && len(SearchWords(s)) == 0 {
		return "", wrong(field, raw, NoWord, "", nil)
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
		words[i] = Word{Text: part, Phone: phoneOf(part)}
		words[i].Amount, words[i].Most = amountOf(part)
		if len(part) <= 10 && part[0] != '0' && digitsOf(part) == part {
			words[i].ID = part
		}
	}
	for i := 0; i < len(parts); i++ {
		for j := min(len(parts), i+maxNumberWords); j > i+1; j-- {
			number := strings.Join(parts[i:j], " ")
			amount, most := amountOf(number)
			phone := phoneOf(number)
			if amount == "" && phone == "" {
				continue
			}
			for k := i; k < j; k++ {
				words[k].Amount, words[k].Most = cmp.Or(amount, words[k].Amount), cmp.Or(most, words[k].Most)
				words[k].Phone = cmp.Or(phone, words[k].Phone)
			}
			i = j - 1
			break
		}
	}
	return words
}

// maxNumberWords is in how many words people write an amount or a telephone number at most: "00 33 6 12 34 56 78", "9 999 999 999,99 €".
const maxNumberWords = 8

// amountOf reads an amount that was searched; empty for none.
func amountOf(text string) (amount, most string) {
	a, err := ParseAmount("", text)
	if err != nil {
		return "", ""
	}
	amount = a.String()
	if whole, cents, _ := strings.Cut(amount, "."); cents == "00" && !strings.ContainsAny(text, ".,") {
		return amount, whole + ".99"
	}
	return amount, amount
}

var phoneForm = regexp.MustCompile(`^(?:\+|\(\+\))?[\d./() ]+$`)

// zeroCodes are the codes of France and of those overseas territories that write a 0 before a number.
const zeroCodes = "33|262|508|590|594|596"

// leastSearchedDigits are how many digits at least mean a part of a telephone number.
const leastSearchedDigits = 3

// phoneOf reads the beginning of a telephone number, with + or 0 before it, or digits from its middle; empty for
// neither. The national zero is not stored; of which part of France it is the zero does not tell.
func phoneOf(text string) string {
	if !phoneForm.MatchString(text) {
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
