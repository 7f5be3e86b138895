package security

import (
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"
)

func TestAKeyOfFewCharactersSignsNothing(t *testing.T) {
	t.Parallel()
	good := "a key for the tests, and for nothing else at all"
	for _, part := range []string{"x", "0", " ", "é", "€", "\x00", "\xff", "🔑", "ab", "é ", "12345"} {
		bad := strings.Repeat(part, 40)
		err := CheckSecret(bad)
		if model.KindOf(err) != model.Usage || !strings.Contains(sentences.Of(err).Message, "SECRET_KEY has too few different characters") {
			t.Errorf("%q: %v", part, err)
		}
		if _, err := NewKeys(good, "v2", bad, "v1"); err != nil {
			t.Errorf("%q as the previous one: %v", part, err)
		}
	}
	for _, fine := range []string{good, strings.Repeat("x", 40) + "12345", strings.Repeat("0f1e2d", 6), "71828182845904523536028747135266"} {
		if err := CheckSecret(fine); err != nil {
			t.Errorf("%q: %v", fine, err)
		}
	}
}
