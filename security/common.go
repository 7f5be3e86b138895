package security

import (
	"bufio"
	"compress/gzip"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"epev/model"
)

// commonPasswords are the passwords that are tried first, compressed. They stand one a line, in lower case and without
// accents, from the frequency lists of zxcvbn and the French words and first names of zxcvbn-ts (common/LICENSE).
// It costs nothing before somebody sets a password.
//
//go:embed common/passwords.gz
var commonPasswords string

// CheckUncommon returns a Usage error for a password that everybody tries first. That is one of the list, also in other
// case, with digits and signs around it, with digits and signs for letters, written twice or backwards. It is asked when
// a password is set, and never at a login.
func CheckUncommon(password string) error {
	looked := variants(password)
	common := slices.ContainsFunc(looked, isRun)
	list, err := gzip.NewReader(strings.NewReader(commonPasswords))
	if err == nil {
		lines := bufio.NewScanner(list)
		for !common && lines.Scan() {
			common = slices.Contains(looked, lines.Text())
		}
		err = lines.Err()
	}
	if err != nil {
		return fmt.Errorf("read the list of common passwords: %w", err)
	}
	if common {
		return badPassword("password-common", nil)
	}
	return nil
}

// The digits and signs that people write for letters; a 1 is either of two.
var (
	asI = strings.NewReplacer("0", "o", "1", "i", "!", "i", "|", "l", "3", "e", "€", "e", "4", "a", "@", "a", "5", "s", "$", "s", "6", "g", "7", "t", "+", "t", "8", "b", "9", "g")
	asL = strings.NewReplacer("1", "l", "!", "l")
)

// variants returns what the password may have been made from.
func variants(password string) []string {
	whole := model.Fold(password)
	isLetter := func(r rune) bool { return 'a' <= r && r <= 'z' }
	isOther := func(r rune) bool { return !isLetter(r) }
	bare := strings.TrimRightFunc(whole, isOther)
	found := []string{whole, bare, strings.TrimFunc(whole, isOther)}
	for _, text := range slices.Clone(found) {
		for _, read := range []string{asI.Replace(text), asI.Replace(asL.Replace(text))} {
			found = append(found, read, strings.TrimFunc(read, isOther))
		}
	}
	for _, text := range slices.Clone(found) {
		if half := len(text) / 2; len(text)%2 == 0 && text[:half] == text[half:] {
			found = append(found, text[:half], strings.TrimFunc(text[:half], isOther))
		}
		reversed := []rune(text)
		slices.Reverse(reversed)
		found = append(found, string(reversed))
	}
	// A few letters around digits that are common themselves.
	if digits := strings.TrimFunc(whole, func(r rune) bool { return r < '0' || r > '9' }); len(digits) >= len(whole)-3 {
		found = append(found, digits)
	}
	slices.Sort(found)
	return slices.DeleteFunc(slices.Compact(found), func(text string) bool { return len(text) < 4 })
}

// isRun reports whether a text of two characters or more repeats one, or follows the alphabet or the digits.
func isRun(text string) bool {
	step := int(text[1]) - int(text[0])
	for i := range len(text) - 1 {
		if int(text[i+1])-int(text[i]) != step {
			return false
		}
	}
	return -1 <= step && step <= 1
}
