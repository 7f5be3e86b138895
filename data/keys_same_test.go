package data_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/lib/pq"

	"epev/data/testdb"
)

// Indexes hold what a key was before it was made quicker: it is the same still.
func TestQuickerKeysAreWhatTheyWere(t *testing.T) {
	t.Parallel()
	names := []string{"", " ", "Anna", "anna", "Élodie", "Nguyễn", "M.", "Mme", "m", "Dr", "maitre", "d'Or", "Jean-Luc", "Ö", "öz", "Zoé", "zoe", "O'Neil", "&", "(x)",
		"\u200b", "-", "\t", "`", "’", "\u2011", "\u00a0", "~", "_", "\x01", "\x7f", "  ", "\r\n", "\u0085"}
	addresses := []string{"anna", "a.b", "a-b", "x+tag", "+x", "@", "@@", ".", "..", "--", "_", "aa", "bb", "ccc", "dddd", "ss", "tt", "00", "111", "rr'rr", "!!", "é", "éé", "ß", "ÀÀ",
		"@gmail.com", "@gmail.co.uk", "@yahoo.com.fr", "@example.org", "@ex.com\n", "@bücher.example", "@xn--bcher-kva.example", "ANNA", "ΣΣ", "yy", "x\x01\x01x", "é́́"}
	for _, key := range []struct {
		function, migration string // that had it before
		parts               []string
		between             string
	}{
		{"alike_name", "00018_merge", names, " "},
		{"search_key", "00008_lists", names, ""},
		{"plain_email", "00018_merge", addresses, ""},
		{"alike_email", "00018_merge", addresses, ""},
	} {
		t.Run(key.function, func(t *testing.T) {
			t.Parallel()
			db := connect(t, testdb.New(t))
			text, err := os.ReadFile("../sql/schema/" + key.migration + ".sql")
			if err != nil {
				t.Fatal(err)
			}
			before := regexp.MustCompile(`(?s)CREATE OR REPLACE FUNCTION ` + key.function + `\(.*?\n\$\$;`).FindString(string(text))
			run(t, db, strings.Replace(before, key.function+"(", "public.before(", 1))
			random := rand.New(rand.NewPCG(1, 2))
			texts := append([]string{"", "Anna", "Anna Zoé", "Zoé Anna", "Zoé  Anna", "Mme Zoé Anna", "m", "."}, key.parts...)
			for range 5000 {
				var parts []string
				for range random.IntN(6) {
					parts = append(parts, key.parts[random.IntN(len(key.parts))])
				}
				texts = append(texts, strings.Join(parts, key.between))
			}
			for _, wrong := range rows(t, db, `SELECT n FROM unnest($1::text[]) n WHERE public.before(n) IS DISTINCT FROM epic_events.`+key.function+`(n)`, pq.Array(texts)) {
				t.Errorf("%s has another key", fmt.Sprintf("%q", wrong))
			}
			if n := one(t, db, `SELECT count(DISTINCT epic_events.`+key.function+`(n)) > 100 FROM unnest($1::text[]) n`, pq.Array(texts)); n != "true" {
				t.Error("too few are told apart")
			}
		})
	}
}
