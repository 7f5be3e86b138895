package model_test

import (
	"encoding/json"
	"strings"
	"testing"

	. "epev/model"
)

// SPEC 4, Values: amounts are exact decimals, two places, up to 9999999999.99.
func TestParseAmount(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"0":                           "0.00",
		"1200":                        "1200.00",
		"1200.5":                      "1200.50",
		"1200.50":                     "1200.50",
		"1200,50":                     "1200.50",
		"1 200,50":                    "1200.50",
		"1\u00a0200,50\u00a0€":        "1200.50",
		"1\u202f200\u202f300.05 €":    "1200300.05",
		" 12€ ":                       "12.00",
		"007":                         "7.00",
		"0.01":                        "0.01",
		"0.1":                         "0.10",
		"9999999999.99":               "9999999999.99",
		"9 999 999 999,99":            "9999999999.99",
		strings.Repeat("0", 99) + "1": "1.00",
	} {
		if got, err := ParseAmount("total-amount", raw); err != nil || got.String() != want {
			t.Errorf("ParseAmount(%q) = %v, %v; want %s", raw, got, err, want)
		}
	}
}

func TestParseAmountRefuses(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                        "is empty",
		"  ":                      "is empty",
		"€":                       `"€" is not valid`,
		"1e3":                     `"1e3" is not valid`,
		"NaN":                     "is not valid",
		"Infinity":                "is not valid",
		"0x10":                    "is not valid",
		"1_000":                   "is not valid",
		"+5":                      "is not valid",
		"1,200.50":                "is not valid",
		"1.200,50":                "is not valid",
		"1 20":                    "is not valid",
		"1  200":                  "is not valid",
		"1200 300":                "is not valid",
		"1.":                      "is not valid",
		".5":                      "is not valid",
		"$5":                      "is not valid",
		"5 EUR EUR":               "is not valid",
		"€5€":                     "is not valid",
		"5 €€":                    "is not valid",
		"١٢":                      "is not valid",
		"12\x1b":                  `"12\x1b" is not valid`,
		"12\xff":                  `"12\xff" is not valid`,
		"-1":                      `"-1" is negative`,
		"-0.001":                  "is negative",
		"0.001":                   `"0.001" has more than two decimals`,
		"1,200":                   "has more than two decimals",
		"1.200":                   "has more than two decimals",
		"10000000000":             "is too large",
		"99999999999":             "is too large",
		strings.Repeat("9", 1000): "is too large",
	} {
		_, err := ParseAmount("total-amount", raw)
		refused(t, raw, err, "total-amount", want)
	}
}

func TestAmountForms(t *testing.T) {
	t.Parallel()
	for cents, want := range map[int64]struct{ plain, french string }{
		0:            {"0.00", "0,00 €"},
		5:            {"0.05", "0,05 €"},
		99999:        {"999.99", "999,99 €"},
		120050:       {"1200.50", "1 200,50 €"},
		-120050:      {"-1200.50", "-1 200,50 €"},
		999999999999: {"9999999999.99", "9 999 999 999,99 €"},
	} {
		a := AmountOf(cents)
		if a.String() != want.plain || a.French() != strings.ReplaceAll(want.french, " ", "\u00a0") {
			t.Errorf("%d cents: %q, %q; want %q, %q", cents, a.String(), a.French(), want.plain, want.french)
		}
		if b, err := json.Marshal(a); err != nil || string(b) != `"`+want.plain+`"` {
			t.Errorf("%d cents in JSON: %s, %v", cents, b, err)
		}
	}
}

func TestAmountArithmetic(t *testing.T) {
	t.Parallel()
	parse := func(raw string) Amount {
		a, err := ParseAmount("amount", raw)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	// 0.30 - 0.10 is what floats get wrong.
	if got := parse("0.30").Sub(parse("0.1")); !got.Equal(AmountOf(20)) {
		t.Errorf("0.30 - 0.10 = %v", got)
	}
	if !parse("5").Equal(parse("5,00")) || parse("5").Cmp(parse("5.01")) != -1 || parse("5").Cmp(AmountOf(499)) != 1 {
		t.Error("5 is 5.00, less than 5.01 and more than 4.99")
	}
	if !(Amount{}).IsZero() || !parse("7").Sub(parse("7.00")).IsZero() || parse("0.01").IsZero() {
		t.Error("IsZero is true for nothing left only")
	}
	if (Amount{}).String() != "0.00" {
		t.Errorf("the zero Amount is %v", Amount{})
	}
}

func TestAmountInDatabase(t *testing.T) {
	t.Parallel()
	var a Amount
	if err := a.Scan([]byte("9999999999.99")); err != nil || a.String() != "9999999999.99" {
		t.Errorf("scanned %v, %v", a, err)
	}
	if v, err := a.Value(); err != nil || v != "9999999999.99" {
		t.Errorf("written as %v, %v", v, err)
	}
	for _, src := range []any{nil, "x"} {
		if err := a.Scan(src); err == nil {
			t.Errorf("scanned %v", src)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	for _, s := range []string{"1200", "1200.50", "1 200,50", "1\u202f200,5 €", "1e3", "NaN", "-1", "0.001", "1,200.50"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		a, err := ParseAmount("amount", raw)
		if err != nil {
			refused(t, raw, err, "amount", "")
			return
		}
		for _, form := range []string{a.String(), a.French()} {
			if again, err := ParseAmount("amount", form); err != nil || !again.Equal(a) || again.String() != a.String() {
				t.Errorf("ParseAmount(%q) = %v, %q parsed again %v, %v", raw, a, form, again, err)
			}
		}
		if a.Cmp(Amount{}) < 0 || a.Cmp(AmountOf(9999999999_99)) > 0 {
			t.Errorf("ParseAmount(%q) = %v", raw, a)
		}
	})
}

func TestAnAmountOfMoreDecimalsIsShownAndKeptWhole(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string][2]string{"0.0000001": {"0.0000001", "0,0000001\u00A0€"}, "-1200.505": {"-1200.505", "-1\u00A0200,505\u00A0€"},
		"100.0000": {"100.00", "100,00\u00A0€"}, "7": {"7.00", "7,00\u00A0€"}, "1200.5": {"1200.50", "1\u00A0200,50\u00A0€"}} {
		var a Amount
		if err := a.Scan(raw); err != nil {
			t.Fatal(err)
		}
		if stored, err := a.Value(); err != nil || stored != want[0] || a.String() != want[0] || a.French() != want[1] {
			t.Errorf("%s: stored %v %v, %q, %q", raw, stored, err, a.String(), a.French())
		}
	}
}
