package shell

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"epev/data/testdb"
)

// A relay stands before the database, which it can make silent or slow.
type relay struct {
	address string // of the database behind it

	mu          sync.Mutex
	word        string        // whose connection is answered no more, once
	lost        bool          // nor does it reach the server
	heard       chan struct{} // closed once it was said
	delay       time.Duration // of each answer
	silent      chan struct{} // closed when answers come through
	connections int           // open now; most is their highest number
	most        int
}

// before returns the address of a relay before the database at dsn.
func before(t testing.TB, dsn string) (address string, r *relay) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	socket := ".s.PGSQL." + q.Get("port")
	r = &relay{address: filepath.Join(q.Get("host"), socket), silent: make(chan struct{})}
	close(r.silent)
	dir, err := os.MkdirTemp("", "relay") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("unix", filepath.Join(dir, socket))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close(); os.RemoveAll(dir) })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go r.serve(client)
		}
	}()
	q.Set("host", dir)
	u.RawQuery = q.Encode()
	return u.String(), r
}

func (r *relay) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("unix", r.address)
	if err != nil {
		return
	}
	defer server.Close()
	r.mu.Lock()
	r.connections++
	r.most = max(r.most, r.connections)
	r.mu.Unlock()
	mute := make(chan struct{}) // closed: nothing more is answered here
	go func() {
		chunk := make([]byte, 1<<16)
		for {
			n, err := server.Read(chunk)
			r.mu.Lock()
			silent, delay := r.silent, r.delay
			r.mu.Unlock()
			<-silent
			time.Sleep(delay)
			select {
			case <-mute:
				io.Copy(io.Discard, server)
				return // the client is not even told that the connection has ended
			default:
			}
			if _, werr := client.Write(chunk[:n]); err != nil || werr != nil {
				client.Close()
				return
			}
		}
	}()
	chunk := make([]byte, 1<<16)
	for {
		n, err := client.Read(chunk)
		heard, lost := r.hears(chunk[:n])
		if heard {
			close(mute)
		}
		if !lost {
			if _, werr := server.Write(chunk[:n]); werr != nil {
				break
			}
		}
		if heard {
			close(r.heard)
		}
		if err != nil {
			break
		}
	}
	r.mu.Lock()
	r.connections--
	r.mu.Unlock()
}

// heed falls silent for who says the word next, before it reaches the server where it is to be lost.
func (r *relay) heed(word string, lost bool) (heard <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.word, r.lost, r.heard = word, lost, make(chan struct{})
	return r.heard
}

func (r *relay) hears(said []byte) (heard, lost bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if heard = r.word != "" && bytes.Contains(said, []byte(r.word)); heard {
		r.word = ""
	}
	return heard, heard && r.lost
}

// hush withholds every answer until speak.
func (r *relay) hush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent, r.most = make(chan struct{}), r.connections
}

func (r *relay) speak() { close(r.silent) }

// A database that does not answer keeps no key from its echo and no other completion from its place. Not each key asks
// it again. When it answers, what it says is shown.
func TestPromptOfASilentDatabase(t *testing.T) {
	t.Parallel()
	dsn, r := before(t, openOffice(t))
	s := openEpev(t, 80, 24, dsn, "claire.dubois")
	s.Shows("logged in as claire.dubois")
	r.hush()
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
	r.mu.Lock()
	if r.most > 8 {
		t.Errorf("%d connections wait for an answer", r.most)
	}
	r.mu.Unlock()
	r.speak()
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
