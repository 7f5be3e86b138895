package tabular

import (
	"strings"
	"testing"
)

func TestFormulasAreDisarmedAndArmedAgain(t *testing.T) {
	t.Parallel()
	for value, disarmed := range map[string]string{
		"":                        "",
		"plain":                   "plain",
		"it's":                    "it's",
		"'quoted'":                "'quoted'",
		"=1+1":                    "'=1+1",
		"'=1+1":                   "''=1+1",
		"-5":                      "-5",
		"+33612345678":            "+33612345678",
		"'+33612345678":           "''+33612345678",
		"-Tiret":                  "'-Tiret",
		"Menu :\n- pain\n- vin":   "Menu :\n'- pain\n'- vin",
		"a;=b,@c|d":               "a;'=b,'@c|d",
		"\tx":                     "'\tx",
		"'\tx":                    "''\tx",
		"'":                       "'",
		"l'heure, 'sans formule'": "l'heure, 'sans formule'",
	} {
		if got := Disarmed(value); got != disarmed {
			t.Errorf("%q is disarmed as %q, want %q", value, got, disarmed)
		}
		if got := Armed(disarmed); got != value {
			t.Errorf("%q is armed as %q, want %q", disarmed, got, value)
		}
	}
}

// FuzzDisarmed disarms values: no cell of them begins as a formula does, and armed again they are what they were.
func FuzzDisarmed(f *testing.F) {
	for _, seed := range []string{"=1", "'=1", "a\n-b", "\t'=", "''", "-1,-x", "'\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		disarmed := Disarmed(value)
		for cell := range strings.FieldsFuncSeq(disarmed, func(r rune) bool { return strings.ContainsRune(cellSeparators, r) }) {
			if strings.IndexByte(formulaStarts, cell[0]) >= 0 && !IsNumber(cell) {
				t.Fatalf("%q became %q", value, disarmed)
			}
		}
		if got := Armed(disarmed); got != value {
			t.Fatalf("%q became %q, and that %q", value, disarmed, got)
		}
	})
}
