package shell

// An office at once: many shells, each a process of the real epev with a script on its standard input, beside pgbench with as
// many clients. What pgbench sends are the statements that epev was seen to send for the same script, by the server's log. It
// prepares those that epev prepares, and sends the others as they are. So the difference is what epev itself costs.
//
//	go test -run - -bench Crowd ./shell
//	go test -run - -bench Crowd ./shell -args -shells 200 -rounds 10 -size 1000000

import (
	"bufio"
	"bytes"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lib/pq"

	"epev/commands"
	"epev/data"
	"epev/data/testdb"
)

var (
	howManyShells = flag.Int("shells", 200, "how many shells work at once in the benchmark of an office")
	howManyRounds = flag.Int("rounds", 5, "how often each of them does its work")
)

// works are what people do, by who they are. An ID is a client, or a contract of one, at random. All of it ends with whoami, by which
// the end of a round is seen.
var works = []struct{ who, script string }{
	{"claire.dubois", `client view ID
client list --search 'vazo' --limit 20
contract list --only-mine --unpaid --limit 20
note add client ID "Called: wants a quote for spring"
client view ID
contract view ID
event list --contract-id ID
find 'vazo mi'
whoami
`},
	{"ines.morel", `event list --only-mine --upcoming --limit 20
event view ID
client view ID
contract view ID
event list --search 'street 4711' --limit 20
note add client ID "The hall is booked"
whoami
`},
	{"admin.root", `contract list --unpaid --sort -total_amount --limit 20
contract view ID
client list --sort full_name --limit 20
user list
event list --unassigned --limit 20
client view ID
history client ID
whoami
`},
}

// place is what stands for a record in a round that is looked at, so that it is known again in the statements.
const place = 4242

// manyShells are an office with a server that takes everybody in.
type manyShells struct {
	binary, pgbench, dir string
	primary              *testdb.Server
	files                []string // of pgbench, one for each work
}

func BenchmarkCrowd(b *testing.B) {
	c := openCrowd(b)
	defer tellFigures()
	dsn := testdb.Addresses("office", c.primary)
	b.Run("direct", func(b *testing.B) { c.compare(b, dsn, "") })
	b.Run("pooled", func(b *testing.B) {
		pooled := testdb.Pooler(b, dsn, "max_client_conn = 1000", "default_pool_size = 20")
		c.compare(b, pooled+"&pooler=transaction", "")
	})
	b.Run("standby", func(b *testing.B) {
		standby := c.primary.Standby(b)
		c.compare(b, dsn, testdb.Addresses("office", standby))
	})
}

func openCrowd(b *testing.B) *manyShells {
	b.Helper()
	binary, err := realEpev()
	if err != nil {
		b.Fatal(err)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench") // /usr/bin/pgbench is a Perl script that looks for it
	if len(found) == 0 {
		b.Skip("pgbench is not where Debian has it")
	}
	c := &manyShells{binary: binary, pgbench: found[len(found)-1], dir: b.TempDir(), primary: testdb.NewServer(b)}
	c.primary.Stop(b)
	c.primary.Settings = []string{"max_connections=" + strconv.Itoa(2**howManyShells+50), "shared_buffers=512MB"}
	c.primary.Start(b)
	c.primary.Owned(b, "office")
	dsn := testdb.Addresses("office", c.primary)
	store, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Migrate(b.Context(), commands.Seed()); err != nil {
		b.Fatal(err)
	}
	run(b, c.super(), filled(syllabic, *howMany*3/2))
	run(b, c.super(), "VACUUM ANALYZE")
	password := filepath.Join(c.dir, "password")
	if err := os.WriteFile(password, []byte("Sunny-Terrace-7\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	for _, w := range works {
		cmd := c.epev(b, dsn, "", w.who, "login", "-u", w.who, "--password-file", password)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
	}
	return c
}

// super is the address of the office for who may do everything.
func (c *manyShells) super() string {
	u, _ := url.Parse(testdb.Addresses("office", c.primary))
	u.User = url.User("epev")
	return u.String()
}

func (c *manyShells) epev(b *testing.B, dsn, aside, who string, args ...string) *exec.Cmd {
	b.Helper()
	cmd := exec.Command(c.binary, args...)
	cmd.Dir = c.dir
	cmd.Env = append(realEnv(b, filepath.Join(c.dir, who), dsn), "DATABASE_URL_READONLY="+aside)
	return cmd
}

// compare has the office work, epev and pgbench in turn, and reports what is done in a second.
func (c *manyShells) compare(b *testing.B, dsn, aside string) {
	if aside == "" {
		c.look(b, dsn)
	}
	done := 0
	for i := range *howManyShells {
		done += *howManyRounds * strings.Count(works[i%len(works)].script, "\n")
	}
	var ours, theirs, share []float64
	for b.Loop() {
		before, began := c.busy(b), time.Now()
		took := c.shells(b, dsn, aside)
		share = append(share, (c.busy(b)-before).Seconds()/time.Since(began).Seconds())
		ours = append(ours, float64(done)/took.Seconds())
		if aside == "" {
			theirs = append(theirs, c.clients(b, dsn))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(middleOf(ours), "epev-commands/s")
	each := 1000 * middleOf(share) / middleOf(ours)
	b.ReportMetric(each, "primary-ms/command")
	defer func() {
		if aside == "" {
			least(fmt.Sprintf("%d shells, %s, of pgbench with the same statements", *howManyShells, b.Name()[strings.LastIndex(b.Name(), "/")+1:]),
				middleOf(ours)/middleOf(theirs), 0.8, fmt.Sprintf("%.0f and %.0f commands a second", middleOf(ours), middleOf(theirs)))
		}
	}()
	told := fmt.Sprintf("%d shells, %d commands each: %.0f commands a second, %.1f ms of the primary's processor time each",
		*howManyShells, done / *howManyShells, middleOf(ours), each)
	if aside == "" {
		b.ReportMetric(middleOf(theirs), "pgbench-commands/s")
		b.ReportMetric(middleOf(ours)/middleOf(theirs), "/pgbench")
		told += fmt.Sprintf("; pgbench with the same statements: %.0f, ratio %.2f", middleOf(theirs), middleOf(ours)/middleOf(theirs))
	}
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		told += "; load " + strings.Join(strings.Fields(string(load))[:2], " ")
	}
	b.Log(told)
}

func middleOf(all []float64) float64 {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

// scriptOf is a work with ids in it.
func scriptOf(script string, id func() int) string {
	return regexp.MustCompile(`\bID\b`).ReplaceAllStringFunc(script, func(string) string { return strconv.Itoa(id()) })
}

// someone is the id of one of Claire's clients; contracts and events there are of each number, too.
func (c *manyShells) someone() int { return 2 * (1 + rand.IntN(*howMany/2)) }

// shells has all of them work at once, and returns how long that took. They are there before, and have done their first command.
func (c *manyShells) shells(b *testing.B, dsn, aside string) time.Duration {
	b.Helper()
	type shell struct {
		cmd  *exec.Cmd
		in   io.WriteCloser
		out  *bufio.Reader
		said bytes.Buffer
	}
	all := make([]*shell, *howManyShells)
	var group sync.WaitGroup
	for i := range all {
		s := &shell{cmd: c.epev(b, dsn, aside, works[i%len(works)].who, "--format", "tsv")}
		in, err := s.cmd.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		out, err := s.cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		s.in, s.out, s.cmd.Stderr = in, bufio.NewReader(out), &s.said
		if err := s.cmd.Start(); err != nil {
			b.Fatal(err)
		}
		all[i] = s
		group.Go(func() {
			io.WriteString(s.in, "company list --limit 1\n") // where there is a standby, on that
			if _, err := s.out.ReadString('\n'); err != nil {
				b.Errorf("%v: %s", err, s.said.String())
			}
		})
	}
	group.Wait()
	began := time.Now()
	for i, s := range all {
		var script strings.Builder
		for range *howManyRounds {
			script.WriteString(scriptOf(works[i%len(works)].script, c.someone))
		}
		group.Go(func() {
			io.WriteString(s.in, script.String())
			s.in.Close()
		})
		group.Go(func() {
			io.Copy(io.Discard, s.out)
			if err := s.cmd.Wait(); err != nil || len(patience.ReplaceAll(s.said.Bytes(), nil)) > 0 {
				b.Errorf("a shell failed: %v: %s", err, s.said.String())
			}
		})
	}
	group.Wait()
	return time.Since(began)
}

// clients has pgbench do the same, and returns how many commands that would be in a second.
func (c *manyShells) clients(b *testing.B, dsn string) float64 {
	b.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		b.Fatal(err)
	}
	args := []string{"-n", "-M", "simple", "-c", strconv.Itoa(*howManyShells), "-j", "2", "-t", strconv.Itoa(*howManyRounds),
		"-h", u.Query().Get("host"), "-p", u.Query().Get("port"), "-U", u.User.Username()}
	each := 0.0
	for i, file := range c.files {
		args = append(args, "-f", file, "-D", fmt.Sprintf("ready%d=0", i))
		each += float64(strings.Count(works[i].script, "\n")) / float64(len(works))
	}
	cmd := exec.Command(c.pgbench, append(args, u.Path[1:])...)
	cmd.Dir = c.dir
	if !u.Query().Has("pooler") { // as epev connects; behind a pooler each transaction begins with it
		cmd.Env = append(os.Environ(), "PGOPTIONS=-c search_path=epic_events,pg_catalog -c timezone=UTC")
	}
	said, err := cmd.CombinedOutput()
	tps := regexp.MustCompile(`tps = ([\d.]+)`).FindSubmatch(said)
	if err != nil || tps == nil || bytes.Contains(said, []byte("ERROR")) || !bytes.Contains(said, []byte("failed transactions: 0 ")) {
		b.Fatalf("pgbench: %v: %s", err, said)
	}
	rounds, _ := strconv.ParseFloat(string(tps[1]), 64)
	return rounds * each
}

// busy is the processor time that the primary has used.
func (c *manyShells) busy(b *testing.B) time.Duration {
	b.Helper()
	return (&firm{data: c.primary.Data()}).serverTime()
}

// look makes the files of pgbench from what the server is asked in the second round of each work.
func (c *manyShells) look(b *testing.B, dsn string) {
	b.Helper()
	run(b, c.super(), "ALTER DATABASE office SET log_statement = 'all'")
	run(b, c.super(), "ALTER DATABASE office SET log_parameter_max_length = -1")
	defer run(b, c.super(), "ALTER DATABASE office RESET log_statement")
	c.files = nil
	for n, w := range works {
		cmd := c.epev(b, dsn, "", w.who, "--format", "tsv")
		in, err := cmd.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		var log int64
		for range 2 {
			log = c.primary.Logged(b)
			io.WriteString(in, scriptOf(w.script, func() int { return place }))
			for lines.Scan() && !strings.Contains(lines.Text(), "session_expires") {
			}
		}
		file := filepath.Join(c.dir, w.who+".sql")
		if err := os.WriteFile(file, []byte(c.transcribed(b, n, c.primary.Log(b, log))), 0o644); err != nil {
			b.Fatal(err)
		}
		c.files = append(c.files, file)
		in.Close()
		if err := cmd.Wait(); err != nil {
			b.Fatalf("%v: %s", err, said.String())
		}
	}
}

// patience is what a shell says of an answer that takes more than three seconds, and of a standby that takes too long.
var patience = regexp.MustCompile(`(?m)^(waiting for an answer .*|.*: the primary answers in its place)\n`)

var (
	logged    = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d [\d:.]+ \w+ \[\d+\] (\w+):  `)
	executed  = regexp.MustCompile(`(?s)^(?:statement|execute (\S+)): (.*)$`)
	parameter = regexp.MustCompile(`\$(\d+) = (NULL|'(?:[^']|'')*')`)
	remark    = regexp.MustCompile(`(?m)--.*$`)
	marked    = regexp.MustCompile(`'-?\d{15,}'`)
)

// kinds are the types that the server finds for the parameters of a statement.
func (c *manyShells) kinds(b *testing.B, statement string, n int) (kinds pq.StringArray) {
	b.Helper()
	if n == 0 {
		return nil
	}
	db, err := sql.Open("postgres", testdb.Addresses("office", c.primary)+"&search_path=epic_events,pg_catalog")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err == nil {
		_, err = tx.Exec("PREPARE looked AS " + statement)
	}
	if err == nil {
		err = tx.QueryRow("SELECT parameter_types::text[] FROM pg_prepared_statements WHERE name = 'looked'").Scan(&kinds)
	}
	if err != nil {
		b.Fatal(err)
	}
	return kinds
}

// transcribed turns what a server logged into a script of pgbench. What has a name is prepared, once for each connection.
func (c *manyShells) transcribed(b *testing.B, n int, log string) string {
	var prepared, script strings.Builder
	names := map[string]string{}
	at := logged.FindAllStringSubmatchIndex(log, -1)
	for i, m := range at {
		end := len(log)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		text := strings.TrimSpace(strings.ReplaceAll(log[m[1]:end], "\n\t", "\n"))
		said := executed.FindStringSubmatch(text)
		if log[m[2]:m[3]] != "LOG" || said == nil {
			continue
		}
		given := map[string]string{}
		if i+1 < len(at) && log[at[i+1][2]:at[i+1][3]] == "DETAIL" {
			next := len(log)
			if i+2 < len(at) {
				next = at[i+2][0]
			}
			for _, p := range parameter.FindAllStringSubmatch(log[at[i+1][1]:next], -1) {
				given[p[1]] = marked.ReplaceAllString(p[2], ":mark")
				if given[p[1]] == fmt.Sprintf("'%d'", place) {
					given[p[1]] = ":id"
				}
			}
		}
		statement := strings.TrimSpace(remark.ReplaceAllString(said[2], ""))
		if said[1] == "" || said[1] == "<unnamed>" {
			for i, kind := range c.kinds(b, statement, len(given)) {
				statement = regexp.MustCompile(`\$`+strconv.Itoa(i+1)+`\b`).ReplaceAllLiteralString(statement, given[strconv.Itoa(i+1)]+"::"+kind)
			}
			script.WriteString(strings.ReplaceAll(strings.TrimSuffix(statement, ";"), ";", `\;`) + ";\n") // several stay one message
			continue
		}
		name, known := names[statement]
		if !known {
			name = fmt.Sprintf("s%d_%d", n, len(names))
			names[statement] = name
			fmt.Fprintf(&prepared, "PREPARE %s AS %s;\n", name, statement)
		}
		var values []string
		for i := 1; given[strconv.Itoa(i)] != ""; i++ {
			values = append(values, given[strconv.Itoa(i)])
		}
		call := "EXECUTE " + name
		if len(values) > 0 {
			call += "(" + strings.Join(values, ", ") + ")"
		}
		script.WriteString(call + ";\n")
	}
	if script.Len() == 0 {
		b.Fatal("the server has logged nothing")
	}
	text := fmt.Sprintf("\\set id 2*random(1, %d)\n\\set mark random(1, 9000000000000000000)\n", *howMany/2)
	if prepared.Len() > 0 {
		text += fmt.Sprintf("\\if :ready%d\n\\else\n%s\\set ready%[1]d 1\n\\endif\n", n, prepared.String())
	}
	return text + script.String()
}
