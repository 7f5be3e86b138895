package model_test

import (
	"testing"

	. "epev/model"
)

// SPEC 4, Values: phones are parsed for France by default, stored E.164, shown in
// international form.
func TestParsePhone(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Phone{
		"":                             "",
		" \u00a0":                      "",
		"07 56 78 90 12":               "+33756789012",
		"0756789012":                   "+33756789012",
		"07.56-78/90 12":               "+33756789012",
		"07\u00a056\u202f78 90 12":     "+33756789012",
		"07\u201156\u201178\u20119012": "+33756789012",
		"(+33) 7 56 78 90 12":          "+33756789012",
		"+33 (0)7 56 78 90 12":         "+33756789012",
		"0033 7 56 78 90 12":           "+33756789012",
		"+33756789012":                 "+33756789012",
		"+44 20 7946 0958":             "+442079460958",
		"+1 (202) 456-1111":            "+12024561111",
		"+39 06 6982 0000":             "+390669820000",
	} {
		if got, err := ParsePhone("phone", raw); err != nil || got != want {
			t.Errorf("ParsePhone(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestParsePhoneRefuses(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"123", "112", "0", "+", "++33756789012", "00 00 00 00 00", "07 56 78 90 1", "07 56 78 90 123",
		"call 07 56 78 90 12", "07 56 78 90 12 ext. 3", "07 56 78 90 12;ext=3", "0800 FLOWERS", "tel:",
		"07 56 78 90 12 / 07 56 78 90 13", "٠٧٥٦٧٨٩٠١٢", "+999 123456789", "\x1b0756789012", "\xff0756789012",
	} {
		got, err := ParsePhone("phone", raw)
		if err == nil {
			t.Errorf("ParsePhone(%q) = %q", raw, got)
			continue
		}
		refused(t, raw, err, "phone", "is not a valid telephone number")
	}
}

func TestPhoneInternational(t *testing.T) {
	t.Parallel()
	for p, want := range map[Phone]string{
		"":                  "",
		"+33756789012":      "+33 7 56 78 90 12",
		"+442079460958":     "+44 20 7946 0958",
		"0756789012":        "+33 7 56 78 90 12", // stored by the predecessor as typed
		"call the office":   "call the office",
		"555-1234 (mobile)": "555-1234 (mobile)",
	} {
		if got := p.International(); got != want {
			t.Errorf("Phone(%q).International() = %q, want %q", p, got, want)
		}
	}
}

func TestPhoneInDatabase(t *testing.T) {
	t.Parallel()
	p := Phone("+33756789012")
	if err := p.Scan(nil); err != nil || p != "" {
		t.Errorf("null scans as %q, %v", p, err)
	}
	if v, err := p.Value(); v != nil || err != nil {
		t.Errorf("no phone is written as %v, %v", v, err)
	}
	for _, src := range []any{"+33756789012", []byte("+33756789012")} {
		if err := p.Scan(src); err != nil || p != "+33756789012" {
			t.Errorf("%T scans as %q, %v", src, p, err)
		}
	}
	if v, err := p.Value(); v != "+33756789012" || err != nil {
		t.Errorf("a phone is written as %v, %v", v, err)
	}
	if err := p.Scan(7); err == nil {
		t.Error("an integer scans as a phone")
	}
}

func FuzzParsePhone(f *testing.F) {
	for _, s := range []string{"07 56 78 90 12", "+52 1 222 123 4567", "+54 9 11 2345 6789", "+39 06 6982 0000", "call me", "+33 (0)7 56 78 90 12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := ParsePhone("phone", raw)
		if err != nil {
			refused(t, raw, err, "phone", "")
			return
		}
		for _, form := range []string{string(p), p.International()} {
			if again, err := ParsePhone("phone", form); err != nil || again != p {
				t.Errorf("ParsePhone(%q) = %q, %q parsed again %q, %v", raw, p, form, again, err)
			}
		}
	})
}
