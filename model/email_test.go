package model_test

import (
	"strings"
	"testing"

	. "epev/model"
)

// SPEC 4, Values: e-mail addresses are checked, trimmed, compared case-insensitively.
func TestParseEmail(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Email{
		" anna@example.com\n":                      "anna@example.com",
		"Anna.Martin+epic@Mail.Example.co.uk":      "Anna.Martin+epic@Mail.Example.co.uk",
		"o'brien_1@xn--caf-dma.fr":                 "o'brien_1@xn--caf-dma.fr",
		"rene\u0301@cafe\u0301.fr":                 "ren\u00e9@caf\u00e9.fr",
		"a@b.co":                                   "a@b.co",
		"info@डाटा.भारत":                           "info@डाटा.भारत", // letters with marks
		"1@2.travel":                               "1@2.travel",
		strings.Repeat("a", 64) + "@" + "exam.com": Email(strings.Repeat("a", 64) + "@exam.com"),
	} {
		if got, err := ParseEmail("email", raw, 128); err != nil || got != want {
			t.Errorf("ParseEmail(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
	if a, b := Email("Anna@Example.COM"), Email("anna@example.com"); a.Key() != b.Key() {
		t.Errorf("keys %q and %q differ", a.Key(), b.Key())
	}
}

func TestParseEmailRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"anna", "@", "a@", "@b.fr", "a@b", "a@@b.fr", "a@b@c.fr", "Anna <a@b.fr>", "<a@b.fr>",
		"https:a@b.fr/c", "a b@c.fr", "a@b c.fr", "a@b.fr\x1b", "a\u202e@b.fr", "a@b\u200b.fr",
		".a@b.fr", "a.@b.fr", "a..b@c.fr", "a@.fr", "a@b.", "a@b.fr.", "a@b..fr", "a@-b.fr", "a@b-.fr",
		"a@1.2.3.4", "a@[1.2.3.4]", `"a b"@c.fr`, "a@b_c.fr", "a,b@c.fr", "a@b.fr,c@d.fr", "a\xff@b.fr",
		"a@" + strings.Repeat("b", 64) + ".fr",
	} {
		_, err := ParseEmail("email", raw, 255)
		refused(t, raw, err, "email", "is not valid")
	}
	_, err := ParseEmail("email", " ", 128)
	refused(t, " ", err, "email", "is empty")

	for raw, why := range map[string]string{
		strings.Repeat("a", 65) + "@b.fr":                                 "email has 65 bytes before the @, more than the 64 allowed",
		strings.Repeat("é", 33) + "@b.fr":                                 "email has 66 bytes before the @, more than the 64 allowed",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 94) + "fr":   "email has 255 characters, more than the 254 allowed",
		strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 130) + "fra": "email has 328 characters, more than the 254 allowed",
	} {
		_, err := ParseEmail("email", raw, 255)
		refused(t, raw, err, "email", why)
	}

	long := "a@" + strings.Repeat("b.", 62) + "fra" // 129
	_, err = ParseEmail("email", long, 128)
	refused(t, long, err, "email", "129 characters, more than the 128 allowed")
	if _, err := ParseEmail("email", long[:128], 128); err != nil {
		t.Errorf("128 characters: %v", err)
	}
}

func FuzzParseEmail(f *testing.F) {
	f.Add(" Anna@Example.com")
	f.Add("rene\u0301@cafe\u0301.fr")
	f.Fuzz(func(t *testing.T, raw string) {
		e, err := ParseEmail("email", raw, 128)
		if err != nil {
			refused(t, raw, err, "email", "")
			return
		}
		if again, err := ParseEmail("email", string(e), 128); err != nil || again != e {
			t.Errorf("ParseEmail(%q) = %q, parsed again %q, %v", raw, e, again, err)
		}
		if strings.Count(string(e), "@") != 1 || Escape(string(e)) != string(e) {
			t.Errorf("ParseEmail let %q through", e)
		}
	})
}
