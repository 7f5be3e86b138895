package model

import "testing"

// TRAPS: a numeric column can hold NaN, which no decimal type scans. It is a value of its own, and written back as it was.
func TestAmountsThatAreNoNumbersAreValues(t *testing.T) {
	t.Parallel()
	var all []Amount
	for _, word := range []string{"-Infinity", "-1.00", "0.00", "9999999999.99", "Infinity", "NaN"} { // in PostgreSQL's order
		var a Amount
		if err := a.Scan([]byte(word)); err != nil || a.String() != word {
			t.Errorf("scanned %q as %v, %v", word, a, err)
		}
		if v, err := a.Value(); err != nil || v != word {
			t.Errorf("%s is written as %v, %v", word, v, err)
		}
		if json, err := a.MarshalJSON(); err != nil || string(json) != `"`+word+`"` {
			t.Errorf("%s in JSON: %s, %v", word, json, err)
		}
		all = append(all, a)
	}
	all = append(all, NoAmount())
	for i, a := range all {
		for j, b := range all {
			if got := a.Cmp(b); got != min(1, max(-1, i-j)) {
				t.Errorf("%v is to %v as %d", a, b, got)
			}
			if a.Equal(b) != (i == j) {
				t.Errorf("%v equals %v: %t", a, b, a.Equal(b))
			}
		}
		if odd := i == 0 || i >= 4; a.IsNumber() == odd || odd && (a.IsZero() || a.French() != a.String() || a.Sub(AmountOf(1)).String() != "NaN") {
			t.Errorf("%v is a number: %t; zero: %t; %q", a, a.IsNumber(), a.IsZero(), a.French())
		}
	}
	if v, err := NoAmount().Value(); err != nil || v != nil || NoAmount().String() != "" {
		t.Errorf("no amount is written as %v, %v", v, err)
	}
	var a Amount
	if err := a.Scan([]byte("1.00")); err != nil || !a.IsNumber() {
		t.Errorf("scanned %v, %v", a, err)
	}
}
