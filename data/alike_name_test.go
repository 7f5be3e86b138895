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

// Indexes hold what alike_name gave before it was made quicker: it gives the same still.
func TestTheKeyOfANameIsWhatItWas(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	text, err := os.ReadFile("../sql/schema/00018_merge.sql")
	if err != nil {
		t.Fatal(err)
	}
	before := regexp.MustCompile(`(?s)CREATE OR REPLACE FUNCTION alike_name\(.*?\n\$\$;`).FindString(string(text))
	run(t, db, strings.Replace(before, "alike_name(", "public.before(", 1))
	words := []string{"", " ", "Anna", "anna", "Élodie", "Nguyễn", "M.", "Mme", "m", "Dr", "maitre", "d'Or", "Jean-Luc", "Ö", "öz", "Zoé", "zoe", "O'Neil", "&", "(x)", "\u200b", "-", "\t"}
	random := rand.New(rand.NewPCG(1, 2))
	names := []string{"", "Anna", "Anna Zoé", "Zoé Anna", "Zoé  Anna", "Mme Zoé Anna", "m", "."}
	for range 3000 {
		var name []string
		for range random.IntN(5) {
			name = append(name, words[random.IntN(len(words))])
		}
		names = append(names, strings.Join(name, " "))
	}
	for _, wrong := range rows(t, db, `SELECT n FROM unnest($1::text[]) n WHERE public.before(n) IS DISTINCT FROM epic_events.alike_name(n)`, pq.Array(names)) {
		t.Errorf("%s has another key", fmt.Sprintf("%q", wrong))
	}
	if n := one(t, db, `SELECT count(DISTINCT epic_events.alike_name(n)) > 100 FROM unnest($1::text[]) n`, pq.Array(names)); n != "true" {
		t.Error("too few names are told apart")
	}
}
