package data_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lib/pq"

	"epev/data/testdb"
	"epev/model"
)

// What the database looks for words in is what model.SearchKey makes, by which epev asks.
func TestSearchKeyOfTheDatabaseIsThatOfTheModel(t *testing.T) {
	t.Parallel()
	db := connect(t, testdb.New(t))
	var texts []string
	for c := rune(1); c <= unicode.MaxRune; c++ {
		// What one of the two Unicode versions does not know yet may differ.
		if utf8.ValidRune(c) && (c < 0x3000 || unicode.In(c, unicode.Letter, unicode.Mark, unicode.Punct, unicode.Symbol, unicode.Other, unicode.Space)) && !unicode.Is(unicode.Co, c) {
			texts = append(texts, "a"+string(c)+"b")
		}
	}
	texts = append(texts, "", " ", "''", "  a  b ", "L’Étoile d'Or", "\u200b")
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		var b strings.Builder
		for range random.IntN(8) {
			b.WriteString(texts[random.IntN(len(texts))])
		}
		texts = append(texts, b.String())
	}
	run(t, db, `CREATE TABLE texts (n int, s text)`)
	for chunk := 0; chunk < len(texts); chunk += 20000 {
		part := texts[chunk:min(chunk+20000, len(texts))]
		run(t, db, `INSERT INTO texts SELECT $1 + o - 1, s FROM unnest($2::text[]) WITH ORDINALITY AS u (s, o)`, chunk, pq.Array(part))
	}
	keys, wrong := rows(t, db, `SELECT epic_events.search_key(s) FROM texts ORDER BY n`), 0
	for i, s := range texts {
		if want := model.SearchKey(s); keys[i] != want {
			if wrong++; wrong <= 20 {
				t.Errorf("%s: %q, model.SearchKey %q", fmt.Sprintf("%U", []rune(s)), keys[i], want)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d differ", wrong, len(texts))
	}
}
