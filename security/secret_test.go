package security

import (
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

func TestAKeyOfOneRepeatedCharacterSignsNothing(t *testing.T) {
	t.Parallel()
	good := "a key for the tests, and for nothing else at all"
	for _, character := range []string{"x", "0", " ", "é", "€", "\x00", "\xff", "🔑"} {
		bad := strings.Repeat(character, 40)
		err := CheckSecret(bad)
		if model.KindOf(err) != model.Usage || !strings.Contains(sentences.Of(err).Message, "SECRET_KEY is one character") {
			t.Errorf("%q: %v", character, err)
		}
		if _, err := NewKeys(good, "v2", bad, "v1"); err != nil {
			t.Errorf("%q as the previous one: %v", character, err)
		}
	}
	for _, fine := range []string{good, strings.Repeat("x", 40) + "y", "y" + strings.Repeat("x", 40), strings.Repeat("ab", 20)} {
		if err := CheckSecret(fine); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
}
