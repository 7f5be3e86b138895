package model_test

import (
	"strconv"
	"strings"
	"testing"

	. "epev/model"
)

// SPEC 4: an ID is a positive integer.
func TestParseID(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{"1": 1, " 42 ": 42, "007": 7, "2147483647": 2147483647} {
		if got, err := ParseID("ID", raw); err != nil || got != want {
			t.Errorf("ParseID(%q) = %d, %v; want %d", raw, got, err, want)
		}
	}
	for raw, want := range map[string]string{
		"":                       "is empty",
		"abc":                    `"abc" is not a whole number`,
		"1.5":                    "is not a whole number",
		"1e3":                    "is not a whole number",
		"+5":                     "is not a whole number",
		"0x1":                    "is not a whole number",
		"1_0":                    "is not a whole number",
		"1 0":                    "is not a whole number",
		"-":                      "is not a whole number",
		"--1":                    "is not a whole number",
		"٣":                      "is not a whole number",
		"1\x1b":                  `"1\x1b" is not a whole number`,
		"0":                      `"0" is too small`,
		"-3":                     `"-3" is negative`,
		"-99999999999":           "is negative",
		"2147483648":             "is too large",
		strings.Repeat("9", 100): "is too large",
	} {
		_, err := ParseID("ID", raw)
		refused(t, raw, err, "ID", want)
	}
}

func TestParseCount(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{"0": 0, "150": 150, "2147483647": 2147483647} {
		if got, err := ParseCount("participant-count", raw); err != nil || got != want {
			t.Errorf("ParseCount(%q) = %d, %v; want %d", raw, got, err, want)
		}
	}
	for raw, want := range map[string]string{"-1": "is negative", "2147483648": "is too large", "many": "is not a whole number"} {
		_, err := ParseCount("participant-count", raw)
		refused(t, raw, err, "participant-count", want)
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("42")
	f.Add("-1")
	f.Fuzz(func(t *testing.T, raw string) {
		id, err := ParseID("ID", raw)
		if err != nil {
			refused(t, raw, err, "ID", "")
			return
		}
		if again, err := ParseID("ID", strconv.FormatInt(id, 10)); err != nil || again != id || id < 1 {
			t.Errorf("ParseID(%q) = %d, parsed again %d, %v", raw, id, again, err)
		}
	})
}

func TestParseSerial(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]int64{"1": 1, "2147483648": 2147483648, "9223372036854775807": 9223372036854775807} {
		if n, err := ParseSerial("id", raw); err != nil || n != want {
			t.Errorf("ParseSerial(%q) = %d, %v", raw, n, err)
		}
	}
	for _, raw := range []string{"", "0", "-1", "x", "9223372036854775808", "1.5"} {
		if n, err := ParseSerial("id", raw); err == nil {
			t.Errorf("ParseSerial(%q) = %d", raw, n)
		}
	}
}
