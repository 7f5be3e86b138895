package dial_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	. "epev/model/dial"
)

const alphabet = "+0123456789 .-()/"

// agree holds what is told of a text to what the library tells.
func agree(t *testing.T, text string) {
	t.Helper()
	n, ok := Parse(text)
	if strings.Trim(text, alphabet) != "" {
		if ok {
			t.Errorf("Parse(%q) = %v", text, n)
		}
		return
	}
	want, err := phonenumbers.Parse(text, "FR")
	if ok != (err == nil) {
		t.Errorf("Parse(%q) = %v, %t; the library's is %v, %v", text, n, ok, want, err)
	}
	if !ok || err != nil {
		return
	}
	zeros := 0
	if want.GetItalianLeadingZero() {
		zeros = int(want.GetNumberOfLeadingZeros())
	}
	if same := (Number{int(want.GetCountryCode()), want.GetNationalNumber(), zeros}); n != same {
		t.Errorf("Parse(%q) = %v; the library's is %v", text, n, same)
		return
	}
	if got, want := n.E164(), phonenumbers.Format(want, phonenumbers.E164); got != want {
		t.Errorf("%q is stored as %q; the library's is %q", text, got, want)
	}
	if got, want := n.International(), phonenumbers.Format(want, phonenumbers.INTERNATIONAL); got != want {
		t.Errorf("%q is shown as %q; the library's is %q", text, got, want)
	}
	if got, want := n.Valid(), phonenumbers.IsValidNumber(want); got != want {
		t.Errorf("%q: valid is %t; the library's is %t", text, got, want)
	}
	for _, region := range append(phonenumbers.GetRegionCodesForCountryCode(n.Code), "FR", "") {
		if got, want := n.ValidIn(region), phonenumbers.IsValidNumberForRegion(want, region); got != want {
			t.Errorf("%q: valid in %q is %t; the library's is %t", text, region, got, want)
		}
	}
}

func TestAgreesWithTheLibrary(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "0", "00", "+", "+0", "+33", "33", "0033", "00330", "000", "0000", "+0044", "+00442079460958", "+44", "+4420", "12", "1 2", "(12", "112", "/12",
		"123/", "+99", "+999", "+999 123", "+9990 123456789", "+33 33 1 23 45 67 89", "33 01 23 45 67 89", "3301 23", "0033 (0)1 23 45 67 89", "00 033 123",
		"+39 06 6982 0000", "+39 000", "+225 00 000", "+1 1 202 456 1111", "+1 202 456 1111",
		"+54 9 11 2345 6789", "+54 011 15 2345 6789", "+52 1 222 123 4567",
		"+800 1234 5678", "+979 123456789", "+882 13 12345", "+55 0 15 11 98765 4321", "+7 727 123 4567", "1+2", "+1+202", "1234567890123456789",
		strings.Repeat("1", 250), strings.Repeat(" ", 240) + "0756789012", strings.Repeat(" ", 241) + "0756789012",
	} {
		agree(t, text)
	}
}

// Numbers of every plan and every kind, and what is nearly such a number.
func TestAgreesWithTheLibraryNearEveryPlan(t *testing.T) {
	t.Parallel()
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, m := range collection.GetMetadata() {
		for _, desc := range kinds(m) {
			example := desc.GetExampleNumber()
			if example == "" {
				continue
			}
			plus := "+" + strconv.Itoa(int(m.GetCountryCode()))
			for _, text := range []string{
				example, "0" + example, "00" + plus[1:] + example, plus + example, plus + m.GetNationalPrefix() + example, plus + example + "0", plus + example[1:],
			} {
				agree(t, text)
			}
			for range 5 {
				digits := []byte(example)
				for range 1 + random.IntN(2) {
					digits[random.IntN(len(digits))] = byte('0' + random.IntN(10))
				}
				agree(t, plus+string(digits))
			}
		}
	}
}

func FuzzAgreesWithTheLibrary(f *testing.F) {
	for _, text := range []string{
		"07 56 78 90 12", "+33 (0)7 56 78 90 12", "0033 7", "+39 06 6982 0000", "+54 011 15 2345 6789", "+1 (202) 456-1111", "0692 12/34.56", "+00 44-20 79",
	} {
		f.Add([]byte(text))
	}
	// What is no telephone number at all is told from it by its letters. So each byte stands for one that may be there.
	f.Fuzz(func(t *testing.T, raw []byte) {
		for i, b := range raw {
			if !strings.Contains(alphabet, string(rune(b))) {
				raw[i] = alphabet[int(b)%len(alphabet)]
			}
		}
		agree(t, string(raw))
	})
}
