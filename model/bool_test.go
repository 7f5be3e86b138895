package model_test

import (
	"strconv"
	"testing"

	. "epev/model"
)

// SPEC 4, Values: booleans are true/false, yes/no, y/n, 1/0, also oui/non.
func TestParseBool(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"true": true, "YES": true, " y ": true, "1": true, "Oui": true,
		"false": false, "No": false, "N": false, "0": false, "non": false,
	} {
		if got, err := ParseBool("is-signed", raw); err != nil || got != want {
			t.Errorf("ParseBool(%q) = %t, %v; want %t", raw, got, err, want)
		}
	}
	for raw, want := range map[string]string{
		"": "is empty", "maybe": `"maybe" is not valid`, "2": "is not valid", "truee": "is not valid", "y\x00": `"y\x00" is not valid`,
	} {
		_, err := ParseBool("is-signed", raw)
		refused(t, raw, err, "is-signed", want)
	}
}

func FuzzParseBool(f *testing.F) {
	for _, s := range []string{"true", " OUI\u200b", "0", "", "nein", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		got, err := ParseBool("is-signed", raw)
		if err != nil {
			refused(t, raw, err, "is-signed", "")
			return
		}
		if again, err := ParseBool("is-signed", strconv.FormatBool(got)); err != nil || again != got {
			t.Errorf("ParseBool(%q) = %t, parsed again %t, %v", raw, got, again, err)
		}
	})
}
