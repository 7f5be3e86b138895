package dial_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

var update = flag.Bool("update", false, "write plans.txt from the library's data")

func TestPlansAreThoseOfTheLibrary(t *testing.T) {
	t.Parallel()
	want := plans(t)
	if *update {
		if err := os.WriteFile("plans.txt", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("plans.txt")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("plans.txt is not what the library has: go generate ./model/dial")
	}
	if n := strings.Count(want, "\n"); n >= 300 {
		t.Errorf("%d lines", n)
	}
}

// plans writes the library's data as plans.txt has them.
func plans(t *testing.T) string {
	t.Helper()
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	byRegion, worldwide := map[string]*phonenumbers.PhoneMetadata{}, map[int]*phonenumbers.PhoneMetadata{}
	for _, m := range collection.GetMetadata() {
		if byRegion[m.GetId()] = m; m.GetId() == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
			worldwide[int(m.GetCountryCode())] = m
		}
	}
	if prefix := byRegion["FR"].GetInternationalPrefix(); prefix != "00" {
		t.Errorf("France dials %s before the code of another country", prefix)
	}
	var codes []int
	for code := range phonenumbers.GetSupportedCallingCodes() {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	var text strings.Builder
	text.WriteString("Numbering plans, as github.com/nyaruka/phonenumbers has them; go generate writes them, and plans.go tells how to read them.\n")
	for _, code := range codes {
		for i, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
			m := byRegion[region]
			if region == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY {
				m = worldwide[code]
			}
			if m == nil || int(m.GetCountryCode()) != code {
				t.Fatalf("there is no plan of %s for code %d", region, code)
			}
			text.WriteString(line(t, m, i == 0))
		}
	}
	return text.String()
}

// line is the plan of a region. The first of those that share a code tells how all of their numbers are written.
func line(t *testing.T, m *phonenumbers.PhoneMetadata, first bool) string {
	t.Helper()
	var assigned, formats []string
	for _, desc := range kinds(m) {
		of := desc.GetNationalNumberPattern()
		if desc == m.GetMobile() && m.GetSameMobileAndFixedLinePattern() || slices.Equal(desc.GetPossibleLength(), []int32{-1}) || of == "" || of == "NA" {
			continue // it is not looked at, or there are no such numbers
		}
		if kind := lengths(desc.GetPossibleLength()) + "=" + of; !slices.Contains(assigned, kind) {
			assigned = append(assigned, kind)
		}
	}
	if first {
		as := m.GetIntlNumberFormat()
		if len(as) == 0 {
			as = m.GetNumberFormat()
		}
		for _, f := range as {
			leading := ""
			if all := f.GetLeadingDigitsPattern(); len(all) > 0 {
				leading = all[len(all)-1]
			}
			formats = append(formats, leading+"="+f.GetPattern()+"="+f.GetFormat())
		}
	}
	general := m.GetGeneralDesc()
	fields := []string{
		strconv.Itoa(int(m.GetCountryCode())), m.GetId(), m.GetNationalPrefixForParsing(), m.GetNationalPrefixTransformRule(), m.GetLeadingDigits(),
		lengths(general.GetPossibleLength()), lengths(general.GetPossibleLengthLocalOnly()), general.GetNationalNumberPattern(),
		strings.Join(assigned, "@"), strings.Join(formats, "@"),
	}
	text := strings.Join(fields, "\t") + "\n"
	if strings.Count(text, "\t") != len(fields)-1 || strings.Count(text, "\n") != 1 || strings.Count(text, "=") != len(assigned)+2*len(formats) ||
		strings.Count(text, "@") != max(len(assigned)-1, 0)+max(len(formats)-1, 0) || len(general.GetPossibleLength()) == 0 {
		t.Errorf("a plan cannot be written: %q", fields)
	}
	return text
}

// kinds are the uses of numbers that the library knows.
func kinds(m *phonenumbers.PhoneMetadata) []*phonenumbers.PhoneNumberDesc {
	return []*phonenumbers.PhoneNumberDesc{
		m.GetFixedLine(), m.GetMobile(), m.GetPremiumRate(), m.GetTollFree(), m.GetSharedCost(), m.GetVoip(),
		m.GetPersonalNumber(), m.GetPager(), m.GetUan(), m.GetVoicemail(),
	}
}

func lengths(all []int32) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(all), " ", ","), "[]")
}
