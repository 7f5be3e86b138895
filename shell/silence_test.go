package shell

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"epev/data/testdb"
)

// A database that does not answer keeps no key from its echo and no other completion from its place. Not each key asks
// it again. When it answers, what it says is shown.
func TestPromptOfASilentDatabase(t *testing.T) {
	t.Parallel()
	c, dsn := testdb.NewCutter(t, openOffice(t))
	s := openEpev(t, 80, 24, dsn, "claire.dubois")
	s.Shows("logged in as claire.dubois")
	c.Hush()
	s.Send("client view ")
	for i, key := range strings.Repeat("élodie ", 12) {
		s.Send(string(key))
		typed := []rune("epic> client view " + strings.Repeat("élodie ", 12))[:len("epic> client view ")+len([]rune(strings.Repeat("élodie ", 12)[:i]))+1]
		s.Until("the echo of "+string(typed), func() bool {
			x, _ := s.Cursor()
			return x == len(typed)%80 && strings.Contains(strings.ReplaceAll(s.Text(), "\n", ""), strings.TrimRight(string(typed), " "))
		})
	}
	s.Send("\x15client list --sort full")
	s.Shows("epic> client list --sort full", "-full_name")
	s.Send("\x15client create --first-contact-date ")
	s.Shows("tomorrow")
	s.Send("\x15help timing\r")
	s.Shows("timing on")
	s.ready()
	s.Send(strings.Repeat("\r", 20))
	s.Send("client view élod")
	s.Shows("epic> client view élod")
	if most := c.Most(); most > 8 {
		t.Errorf("%d connections wait for an answer", most)
	}
	c.Speak()
	s.Shows("1  Élodie Nguyễn")
	s.Send("\t\r")
	s.Shows("client1@example.com")
	s.ready()
	s.Send("exit\r")
	<-s.Ended
}

// report tells how long it took, in milliseconds.
func report(b *testing.B, took []time.Duration) { reportAs(b, "ms", took) }

func reportAs(b *testing.B, unit string, took []time.Duration) {
	slices.Sort(took)
	for name, at := range map[string]int{"median": len(took) / 2, "p95": len(took) * 95 / 100, "max": len(took) - 1} {
		b.ReportMetric(float64(took[at].Microseconds())/1000, unit+"-"+name)
	}
	b.ReportMetric(0, "ns/op")
}

// million adds a million clients, of 400 first names and most of 900,000 last names, and 20,000 companies. The
// indexes are made anew behind them: one by one they would take long.
const million = `
SET session_replication_role = replica; SET search_path = epic_events, pg_catalog;
CREATE TEMP TABLE dropped AS SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
	FROM pg_index WHERE indrelid = 'client'::regclass AND NOT indisunique;
DO $$ DECLARE d record; BEGIN FOR d IN SELECT * FROM dropped LOOP EXECUTE 'DROP INDEX ' || d.name; END LOOP; END $$;
INSERT INTO company (name) SELECT 'Company ' || md5(i::text) FROM generate_series(1, 20000) i;
WITH syllables AS (SELECT array_agg(c || v) AS s FROM unnest(ARRAY['b','c','d','f','g','l','m','n','p','r','s','t','v','z']) c, unnest(ARRAY['a','é','i','o','u','an','el']) v)
INSERT INTO client (id, full_name, email, phone, company_id, commercial_id, first_contact_date)
SELECT i, initcap(s[1 + h % 20] || s[1 + h / 20 % 20]) || ' ' || initcap(s[1 + h / 400 % 98] || s[1 + h / 40000 % 98] || s[1 + h / 4000000 % 98]),
	'c' || i || '@example.com', '+3361' || lpad(i::text, 7, '0'), 5 + h % 20000, 2 + h / 7 % 2, now() - i * interval '1 minute'
FROM syllables, generate_series(11, 1000010) i, LATERAL (SELECT ('x' || substr(md5(i::text), 1, 7))::bit(28)::int AS h) hash;
DO $$ DECLARE d record; BEGIN FOR d IN SELECT * FROM dropped LOOP EXECUTE d.definition; END LOOP; END $$;
ANALYZE client, company;`

// BenchmarkCompleteAMillion measures from a key to the completion's answer with a million clients: of a
// person who types names, parts from their middle, and ids, one key after the other.
func BenchmarkCompleteAMillion(b *testing.B) {
	dsn := openOffice(b)
	run(b, testdb.Superuser(dsn), million)
	for _, who := range []string{"admin.root", "claire.dubois"} {
		for _, line := range []string{"client view ", "client update "} {
			if who == "admin.root" && line == "client update " {
				continue // management updates no clients
			}
			b.Run(strings.TrimSpace(fmt.Sprint(who, "/", line)), func(b *testing.B) {
				c := newWords(b, newDesk(b, dsn, who))
				c.at(line)
				var took []time.Duration
				for b.Loop() {
					for _, text := range []string{"fama nufa", "pogelpo", "Nufavé", "123456", "élodie", "c99@ex", "nobody has", "ufa"} {
						for i := range []rune(text) {
							c.Forget()
							began := time.Now()
							c.at(line + string([]rune(text)[:i+1]))
							took = append(took, time.Since(began))
						}
					}
				}
				report(b, took)
			})
		}
	}
}
