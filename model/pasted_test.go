package model_test

import (
	"strings"
	"testing"
	"time"

	. "epev/model"
)

// SPEC 4, Values: the overseas departments are France too.
func TestPhonesOfFrenchTerritoriesAreTheirs(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Phone{
		"0692 12 34 56":            "+262692123456", // Réunion
		"0693 12 34 56":            "+262693123456",
		"0262 20 12 34":            "+262262201234",
		"0639 01 23 45":            "+262639012345", // Mayotte
		"0269 61 12 34":            "+262269611234",
		"0590 81 23 45":            "+590590812345", // Guadeloupe
		"0690 12 34 56":            "+590690123456",
		"0590 27 12 34":            "+590590271234", // Saint-Barthélemy
		"0594 28 12 34":            "+594594281234", // Guiana
		"0694 20 12 34":            "+594694201234",
		"0596 60 12 34":            "+596596601234", // Martinique
		"0696 12 34 56":            "+596696123456",
		"+33 596 60 12 34":         "+596596601234", // nobody on the mainland has it
		"+33 (0)6 92 12 34 56":     "+262692123456",
		"0033 692 12 34 56":        "+262692123456",
		"+262 692 12 34 56":        "+262692123456",
		"0508 41 12 34":            "+508411234", // Saint-Pierre-et-Miquelon, from the mainland
		"40 41 23 45":              "+68940412345",
		"87 12 34 56":              "+68987123456", // Polynesia
		"+687 26 12 34":            "+687261234",
		"00687 26 12 34":           "+687261234",
		"+681 72 12 34":            "+681721234",
		"0976 20 12 34":            "+594976201234",
		"0800 123 456":             "+33800123456", // the same in all of France
		"06 87 26 12 34":           "+33687261234", // a mobile of the mainland, though +687 26 12 34 is there too
		"02 62 20 12 34":           "+262262201234",
		"05 56 12 34 56":           "+33556123456",
		"01 99 00 12 34":           "+33199001234",
		"+33 1 42 27 81 86":        "+33142278186",
		"\u202a+33756789012\u202c": "+33756789012",
		"\u206807\u00a056\u202f78\u200990\u200712\u2069": "+33756789012",
		"\ufeff07 56 78 90 12\u200b":                     "+33756789012",
		"07–56–78–90–12":                                 "+33756789012",
		"tel:+33756789012":                               "+33756789012",
		"Tel: 07 56 78 90 12":                            "+33756789012",
		"Tél. : 07 56 78 90 12":                          "+33756789012",
		"TEL:\u00a007.56.78.90.12":                       "+33756789012",
		"07\t56\n78 90 12":                               "+33756789012",
	} {
		if got, err := ParsePhone("phone", raw); err != nil || got != want {
			t.Errorf("ParsePhone(%q) = %q, %v; want %q", raw, got, err, want)
		}
	}
}

func TestPhoneSaysWhatIsTooMuch(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"07 56 78 90 12 ext. 3":           "it has an extension",
		"07 56 78 90 12 x3":               "it has an extension",
		"07 56 78 90 12 poste 214":        "it has an extension",
		"07 56 78 90 12 (ext 12)":         "it has an extension",
		"+33756789012;ext=3":              "it has an extension",
		"tel:+33-7-56-78-90-12;ext=3":     "it has an extension",
		"0756789012#3":                    "it has an extension",
		"0756789012,,3":                   "it has an extension",
		"0692 12 34 56 p. 4":              "it has an extension",
		"+44 20 7946 0958 extension 7":    "it has an extension",
		"07 56 78 90 12 / 07 56 78 90 13": "it is two",
		"07 56 78 90 12 ou 0692 12 34 56": "it is two",
		"07 56 78 90 12 07 56 78 90 13":   "it is two",
		"07 56 78 90 12, +442079460958":   "it is two",
		"+33756789012+33756789013":        "it is two",
		"07 56 78 90 12\n07 56 78 90 13":  "it is two",
		"07 56 78 90 12 /13":              "it is two",
		"07 56 78 90 12 (bureau)":         "there is more than the number",
		"07 56 78 90 12 le soir":          "there is more than the number",
		"41 12 34":                        "it may be one of Saint-Pierre-et-Miquelon or New Caledonia",
		"07 56 78 90 12 34":               "is not a valid telephone number",
		"+33 41 12 34":                    "is not a valid telephone number",
		"0756\u316478 90 12":              "is not a valid telephone number",
		strings.Repeat("0756789012 ", 99): "it is two",
	} {
		_, err := ParsePhone("phone", raw)
		refused(t, raw, err, "phone", want)
	}
}

func TestWhatAPasteBringsAlongIsDropped(t *testing.T) {
	t.Parallel()
	for _, around := range []string{"%", " %\t", "\u00a0%\u202f", "\u200e%\u200f", "\u202a%\u202c", "\u2066%\u2069", "\ufeff%\u200b", "\u2007%\u3000\n", "\u200b \u00a0%\u00a0\u200b"} {
		paste := func(s string) string { return strings.ReplaceAll(around, "%", s) }
		for raw, want := range map[string]string{"1200": "1200.00", "€1200": "1200.00", "1 200,50 €": "1200.50"} {
			if got, err := ParseAmount("amount", paste(raw)); err != nil || got.String() != want {
				t.Errorf("ParseAmount(%q) = %s, %v", paste(raw), got, err)
			}
		}
		for _, raw := range []string{"a@b.fr", "mailto:a@b.fr", "MAILTO:a@b.fr?subject=Bonjour", "mailto: a@b.fr"} {
			if got, err := ParseEmail("email", paste(raw), 128); err != nil || got != "a@b.fr" {
				t.Errorf("ParseEmail(%q) = %q, %v", paste(raw), got, err)
			}
		}
		if got, err := ParseTime("start", paste("25/12/2026 18:30"), TimeOptions{Location: time.UTC}); err != nil || !got.Equal(time.Date(2026, 12, 25, 18, 30, 0, 0, time.UTC)) {
			t.Errorf("ParseTime(%q) = %v, %v", paste("25/12/2026 18:30"), got, err)
		}
		if got, err := ParseID("id", paste("12")); err != nil || got != 12 {
			t.Errorf("ParseID(%q) = %d, %v", paste("12"), got, err)
		}
		if got, err := ParseCount("participants", paste("0")); err != nil || got != 0 {
			t.Errorf("ParseCount(%q) = %d, %v", paste("0"), got, err)
		}
		if got, err := ParseBool("signed", paste("oui")); err != nil || !got {
			t.Errorf("ParseBool(%q) = %t, %v", paste("oui"), got, err)
		}
	}
}

func TestAmountsWithTheirCurrency(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"€1200": "1200.00", "€ 1200": "1200.00", "1200 EUR": "1200.00", "1200EUR": "1200.00", "EUR 1200": "1200.00", "1200 eur": "1200.00",
		"1200 euros": "1200.00", "1 euro": "1.00", "1 200,50 €": "1200.50", "1\u202f200,50\u00a0€": "1200.50", "1\u2009200.5€": "1200.50",
		"€ 1 200,50": "1200.50", "1\u00a0200\u00a0000": "1200000.00", "9 999 999 999,99 EUR": "9999999999.99", "€0": "0.00",
	} {
		if got, err := ParseAmount("total-amount", raw); err != nil || got.String() != want {
			t.Errorf("ParseAmount(%q) = %s, %v; want %s", raw, got, err, want)
		}
	}
	for raw, want := range map[string]string{
		"€": "is not valid", "EUR": "is not valid", "€ 1200 €": "is not valid", "EUR 1200 €": "is not valid", "1200 $": "is not valid", "$1200": "is not valid",
		"1200 USD": "is not valid", "-€5": "is negative", "€-5": "is negative", "−5 €": "is negative", "€1,200": "has more than two decimals",
		"1200,505 EUR": "has more than two decimals", "€10000000000": "is too large", "12 34 €": "is not valid", "1200 EUROPE": "is not valid", "1e3 €": "is not valid",
	} {
		_, err := ParseAmount("total-amount", raw)
		refused(t, raw, err, "total-amount", want)
	}
}

func TestTimesAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	paris := location(t, "Europe/Paris")
	now := time.Date(2027, 11, 22, 23, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		raw      string
		endOfDay bool
		want     string
	}{
		{"25.12.2027", false, "2027-12-24T23:00:00Z"},
		{"25-12-2027", true, "2027-12-25T22:59:00Z"},
		{"1.7.2027 9h", false, "2027-07-01T07:00:00Z"},
		{"25/12/2027 18h30", false, "2027-12-25T17:30:00Z"},
		{"25/12/2027 18h", false, "2027-12-25T17:00:00Z"},
		{"25/12/2027 18 h 30", false, "2027-12-25T17:30:00Z"},
		{"25-12-2027 18H05", false, "2027-12-25T17:05:00Z"},
		{"25‑12‑2027 18h30", false, "2027-12-25T17:30:00Z"}, // no-break hyphens
		{"2027-12-25 18h30", false, "2027-12-25T17:30:00Z"},
		{"today 18h", false, "2027-11-23T17:00:00Z"},
		{"25/12/2027\u00a018:30", false, "2027-12-25T17:30:00Z"},
		// JSON, as epev and psql write it.
		{"2027-12-25T18:30:00+01:00", false, "2027-12-25T17:30:00Z"},
		{"2027-12-25T18:30:00Z", false, "2027-12-25T18:30:00Z"},
		{"2027-12-25t18:30:15z", false, "2027-12-25T18:30:15Z"},
		{"2027-12-25T18:30:00.123456+00:00", false, "2027-12-25T18:30:00Z"},
		{"2027-12-25 18:30:00+01", false, "2027-12-25T17:30:00Z"},
		{"2027-12-25T18:30-0930", false, "2027-12-26T04:00:00Z"},
		{"25/12/2027 18:30 +01:00", false, "2027-12-25T17:30:00Z"},
		// The end of a day.
		{"25/12/2027 24:00", true, "2027-12-25T22:59:00Z"},
		{"25/12/2027 24h", true, "2027-12-25T22:59:00Z"},
		{"2027-12-25T24:00", true, "2027-12-25T22:59:00Z"},
		{"31.12.2027 24h00", true, "2027-12-31T22:59:00Z"},
		// The clock goes back, and both hours can be meant; it goes forward, and a zone says which instant is.
		{"31/10/2027 02:30", false, "2027-10-31T00:30:00Z"},
		{"31/10/2027 02:30 +02:00", false, "2027-10-31T00:30:00Z"},
		{"31/10/2027 02:30 +01:00", false, "2027-10-31T01:30:00Z"},
		{"2027-03-28T02:30:00+01:00", false, "2027-03-28T01:30:00Z"},
	} {
		got, err := ParseTime("end-date", c.raw, TimeOptions{Now: now, Location: paris, EndOfDay: c.endOfDay})
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("%q (end of day %t) = %v, %v; want %s", c.raw, c.endOfDay, got, err, c.want)
		}
	}
	for raw, want := range map[string]string{
		"25/12/2027 24:00":          "a day goes from 00:00 to 23:59", // as a start
		"25/12/2027 24h01":          "a day goes from 00:00 to 23:59",
		"25/12/2027 25h":            "a day goes from 00:00 to 23:59",
		"25.12/2027":                "is not valid",
		"25.12.27":                  "is not valid",
		"2027.12.25":                "is not valid",
		"31.02.2027":                "February 2027 has 28 days",
		"28/03/2027 2h30":           "the clock change of that day skips it",
		"25/12/2027 18:30:15":       "is not valid",
		"25/12/2027 18h30m":         "is not valid",
		"25/12/2027 18h 3":          "is not valid",
		"25/12/2027 +01:00":         "is not valid",
		"2027-12-25T18:30:60Z":      "a day goes from 00:00 to 23:59",
		"2027-12-25T18:30:00+19:00": "no place is so far from UTC",
		"2027-12-25T18:30:00 Paris": "is not valid",
		"9999-12-31T23:59:00-10:00": "the years go to 9999",
		"1900-01-01T00:00:00+10:00": "is too long ago",
		"25/12/2027 18h30 \u202e":   "", // fine: a mark
		"25/12/2027 18h30\u3164":    "is not valid",
		"18h30":                     "is not valid",
	} {
		_, err := ParseTime("start-date", raw, TimeOptions{Now: now, Location: paris})
		if want == "" && err == nil {
			continue
		}
		refused(t, raw, err, "start-date", want)
	}
}

func TestTheSecondOfTwoEqualHoursIsShownWithItsZone(t *testing.T) {
	t.Parallel()
	paris := location(t, "Europe/Paris")
	for at, want := range map[string]string{
		"2027-10-31T00:30:00Z": "31/10/2027 02:30",
		"2027-10-31T01:30:45Z": "31/10/2027 02:30 +01:00",
		"2027-10-31T02:00:00Z": "31/10/2027 03:00",
		"2027-07-01T22:05:59Z": "02/07/2027 00:05",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := ShowTime(moment, paris, false); got != want {
			t.Errorf("%s is shown as %q, want %q", at, got, want)
		}
	}
	if got := ShowTime(time.Date(2027, 7, 1, 22, 5, 0, 0, time.UTC), paris, true); got != "02/07/2027 00:05 +02:00" {
		t.Errorf("ShowTime = %q", got)
	}
}

// SPEC 4, Values: a contact date is a day and never shifts with the zone.
func TestADayIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Paris", "UTC", "Pacific/Kiritimati", "America/Adak", "Asia/Kathmandu"} {
		o := TimeOptions{Now: time.Date(2027, 5, 1, 9, 0, 0, 0, time.UTC), Location: location(t, zone)}
		for _, raw := range []string{"01/11/2027", "2027-11-01", "1.11.2027", "01/11/2027 00:30", "01/11/2027 23h59", "2027-11-01T12:00:00Z", "2027-11-01T13:00:00+01:00"} {
			got, err := ParseDay("first-contact-date", raw, o)
			if err != nil || got.Format(time.RFC3339) != "2027-11-01T12:00:00Z" {
				t.Errorf("%s: ParseDay(%q) = %v, %v", zone, raw, got, err)
			}
			if shown := Day(got).Format(o.Location); shown != "01/11/2027" {
				t.Errorf("%s: %v is shown as %s", zone, got, shown)
			}
			if shown := Day(got).ISO(o.Location); shown != "2027-11-01" {
				t.Errorf("%s: %v is written as %s", zone, got, shown)
			}
		}
	}
	// Twelve hours before UTC the day begins when it is noon there.
	for zone, day := range map[string]string{"Pacific/Fiji": "2027-11-01", "Europe/Paris": "2027-10-31"} {
		o := TimeOptions{Now: time.Date(2027, 5, 1, 9, 0, 0, 0, time.UTC), Location: location(t, zone)}
		if got, err := ParseDay("from", "2027-11-01T00:00:00+12:00", o); err != nil || got.Format(time.RFC3339) != day+"T12:00:00Z" {
			t.Errorf("%s: %v, %v", zone, got, err)
		}
	}
	// What a predecessor stored is read on the office's calendar.
	paris := location(t, "Europe/Paris")
	for at, want := range map[string]string{"2027-10-31T23:00:00Z": "01/11/2027", "2027-10-31T22:59:59Z": "31/10/2027", "2027-11-01T12:00:01Z": "01/11/2027"} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := Day(moment).Format(paris); got != want {
			t.Errorf("%s is the day %s, want %s", at, got, want)
		}
	}
	if got := Today(time.Date(2027, 10, 31, 23, 30, 0, 0, time.UTC), paris); got.Format(time.RFC3339) != "2027-11-01T12:00:00Z" {
		t.Errorf("Today = %v", got)
	}
}

// SPEC 4, Values: e-mail addresses are compared with their domain in IDNA form.
func TestOneMailboxHasOneKey(t *testing.T) {
	t.Parallel()
	for _, same := range [][]Email{
		{"Anna@Example.COM", "anna@example.com"},
		{"anna@café.fr", "anna@xn--caf-dma.fr", "Anna@CAFÉ.fr", "anna@XN--CAF-DMA.fr"},
		{"info@münchen.example.de", "info@xn--mnchen-3ya.example.de"},
		{"info@डाटा.भारत", "info@डाटा.xn--h2brj9c"},
	} {
		for _, e := range same {
			if e.Key() != same[0].Key() {
				t.Errorf("%q and %q have other keys: %q, %q", e, same[0], e.Key(), same[0].Key())
			}
		}
	}
	if a, b := Email("anna@cafe.fr"), Email("anna@café.fr"); a.Key() == b.Key() {
		t.Error("an accent makes another domain")
	}
	for _, raw := range []string{"a@xn--zzzzzz99999.fr", "a@xn--a.fr"} {
		_, err := ParseEmail("email", raw, 128)
		refused(t, raw, err, "email", "is not valid")
	}
}

// Identifiers hold nothing that is not seen.
func TestIdentifiersTakeNoInvisibleCharacter(t *testing.T) {
	t.Parallel()
	for _, r := range "\u3164\u115f\u1160\uffa0\u2800\u00ad\u034f\u061c\u17b4\u180b\u200b\u200c\u200d\u200e\u2060\u2063\ufe0f\ufeff\U0001D159\U000E0101\U000E0041" {
		for _, raw := range []string{"admin.root" + string(r), string(r) + "admin.root", "admin" + string(r) + "root"} {
			if got, err := ParseUsername("username", raw, 5, 64); err == nil {
				t.Errorf("%U: username %q", r, got)
			}
			if got, err := ParseName("name", raw, 128); err == nil {
				t.Errorf("%U: name %q", r, got)
			}
			if got, err := ParseEmail("email", raw+"@example.fr", 128); err == nil && (!IsFormat(r) || got != "admin.root@example.fr") {
				t.Errorf("%U: address %q", r, got)
			}
			if got, err := ParseEmail("email", "a@b"+string(r)+"c.fr", 128); err == nil {
				t.Errorf("%U: address %q", r, got)
			}
		}
		if got, err := ParseText("full-name", string(r)+" "+string(r), 128); err == nil {
			t.Errorf("%U: a text of it alone is %q", r, got)
		}
	}
	for _, raw := range []string{"Société  Générale", "上海明月文化有限公司", "Café \"Les Deux Rives\"", "Łódź", "Nguyễn Trà Sen", "हिन्दी"} {
		if got, err := ParseName("name", raw, 128); err != nil || got != raw {
			t.Errorf("ParseName(%q) = %q, %v", raw, got, err)
		}
	}
}

func TestAUsernameHasALetter(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"12345", "1.2-3", "٠١٢٣٤", "-----", "１２３４５"} {
		_, err := ParseUsername("username", raw, 5, 64)
		refused(t, raw, err, "username", "has no letter, and would be taken for an id")
	}
	if got, err := ParseUsername("username", "2fast", 5, 64); err != nil || got != "2fast" {
		t.Errorf("2fast: %q, %v", got, err)
	}
}

func FuzzParseName(f *testing.F) {
	f.Add("Société  Générale")
	f.Add("Acme\u3164")
	f.Fuzz(func(t *testing.T, raw string) {
		s, err := ParseName("name", raw, 128)
		if err != nil {
			refused(t, raw, err, "name", "")
			return
		}
		if again, err := ParseName("name", s, 128); err != nil || again != s || strings.ContainsFunc(s, IsInvisible) {
			t.Errorf("ParseName(%q) = %q, parsed again %q, %v", raw, s, again, err)
		}
	})
}
