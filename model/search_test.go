package model

import (
	"regexp"
	"strings"
	"testing"
)

func TestApostrophesHyphensAndBlanksAreOneInASearchKey(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"":                                " ",
		" ' - ":                           " ",
		"L'Étoile d’Or":                   " l etoile d or",
		"L‘Étoile d`Or":                   " l etoile d or",
		"Jean-Pierre":                     " jean pierre",
		"Jean‑Pierre  –\u00a0Luc":         " jean pierre luc",
		"Jean\u2009Pierre\tLuc\nX":        " jean pierre luc x",
		"Ke\u200bvin\ufeff Cou\u00adsin":  " kevin cousin",
		"\u2068Kevin\u2069 \u200eCousin":  " kevin cousin",
		"ＡＢＣ":                             " ａｂｃ",
		"müller_søn@x.fr":                 " muller_son@x.fr",
		"O\u02bcBrien−Smith\u3000100%":    " o brien smith 100%",
		"\u1160\u3164\U000e0041 visible ": " visible",
	} {
		if got := SearchKey(s); got != want {
			t.Errorf("SearchKey(%q) = %q, want %q", s, got, want)
		}
	}
}

func TestASearchReadsAmountsInEveryForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"1200": "1200.00–1200.99", "1200.50": "1200.50", "1 200,50": "1200.50 1200.50", "1\u202f200,5": "1200.50 1200.50",
		"1 200,50 €": "1200.50 1200.50 1200.50", "kevin 1 200": " 1200.00–1200.99 1200.00–1200.99", "kevin": "", "12 1200": "12.00–12.99 1200.00–1200.99", "1200,00": "1200.00",
		"0": "0.00–0.99", "1.200.000": "", "9999999999.99": "9999999999.99", "99999999999": "",
	} {
		var amounts []string
		for _, w := range SearchWords(text) {
			if w.Most != w.Amount {
				w.Amount += "–" + w.Most
			}
			amounts = append(amounts, w.Amount)
		}
		if got := strings.Join(amounts, " "); got != want {
			t.Errorf("SearchWords(%q) mean the amounts %q, want %q", text, got, want)
		}
	}
}

func TestASearchWithPlusOrZeroMeansTheBeginningOfANumber(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text, phone string
		found       bool
	}{
		{"0612", "+33612345678", true}, {"06 12", "+33612345678", true}, {"06-12-34", "+33612345678", true}, {"06.12.34", "+33612345678", true},
		{"+33612", "+33612345678", true}, {"+33 6 12", "+33612345678", true}, {"+33 (0)6 12", "+33612345678", true}, {"0033 6 12", "+33612345678", true},
		{"06\u00a012", "+33612345678", true}, {"0612", "+33706123456", false}, {"0345", "+33612345678", false}, {"345", "+33612345678", true},
		{"0692", "+262692123456", true}, {"0692 12 34 56", "+262692123456", true}, {"0596", "+596596601234", true}, {"0590 41", "+590590414243", true},
		{"0508 41", "+508414243", true}, {"0594", "+594594123456", true}, {"+44 20", "+442079460958", true}, {"+33", "+442079460958", false},
		{"0612", "0612345678", true}, {"06", "+33612345678", true}, {"0", "+33612345678", false}, {"+", "+33612345678", false}, {"12", "+33612345678", false},
	} {
		words := SearchWords(test.text)
		found := len(words) > 0
		for _, w := range words {
			found = found && w.Phone != "" && regexp.MustCompile(w.Phone).MatchString(test.phone)
		}
		if found != test.found {
			t.Errorf("%q finds %s: %t, want %t (%+v)", test.text, test.phone, found, test.found, words)
		}
	}
}

func FuzzSearchWords(f *testing.F) {
	for _, s := range []string{"kévin cousin", "1 200,50 €", "+33 (0)6 12", "00 0 (0)", "İ\u200b'-\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		key := SearchKey(s)
		if again := SearchKey(key); again != key {
			t.Errorf("SearchKey(%q) = %q, made again %q", s, key, again)
		}
		for _, w := range SearchWords(s) {
			if w.Text == "" || !strings.Contains(key, " "+w.Text) {
				t.Errorf("%q has the word %+v", s, w)
			}
			if w.Phone != "" {
				regexp.MustCompile(w.Phone)
			}
		}
	})
}
