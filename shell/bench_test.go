package shell

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	_ "github.com/lib/pq"
)

// The benchmarks of epev as people meet it: whole processes of the real binary on its own private database. Each runs
// in turn with the real psql, at the same work on the same server. They print a table of medians, and the ratio of
// epev's clock time to the others':
//
//	go test -run - -bench . ./shell -timeout 1h
//	go test -run - -bench . ./shell -timeout 5h -args -size 1000000
//	go test -run - -bench Epev ./shell
//	go test -run - -bench Epev/list ./shell -args -size 1000000
//
// Where others use the machine, which the load tells, the processor time tells more than the clock does.

var howMany = flag.Int("size", 10_000, "how many clients the database of the benchmarks holds")

func BenchmarkEpev(b *testing.B) {
	o := openFirm(b, numbered, *howMany*3/2)
	epev, psql := o.epev, o.psql
	defer tellFigures()
	// the noted ones are figures of the table: the share of the other's time
	at := func(middles []cost, other int) (share float64, told string) {
		ours, theirs := middles[0].wall, middles[other].wall
		return ours.Seconds() / theirs.Seconds(), fmt.Sprintf("%.3g ms, %.3g ms; processor time %.3g, %.3g", ms(ours), ms(theirs),
			ms(middles[0].client+middles[0].server), ms(middles[other].client+middles[other].server))
	}

	b.Run("version", func(b *testing.B) {
		share, told := at(compare(b, "epev --version (aim: what psql takes)", 1, epev("--version"), psql("--version")), 1)
		most("epev --version, of psql --version", share, 1, told)
	})
	b.Run("help", func(b *testing.B) {
		compare(b, "epev help", 1, epev("help"), psql("--help"))
	})
	b.Run("view", func(b *testing.B) {
		middles := compare(b, "epev client view 8 (aim: 1.5 of psql with the selects that show the same)", 1, epev("client", "view", "8"),
			psql("-c", shownOf(8)), psql("-c", selectOf(8)).called("psql-client-alone"))
		share, told := at(middles, 1)
		most("one client view, of psql -c with the selects that show the same", share, 1.5, told)
		share, told = at(middles, 2)
		most("one client view, of psql -c with the select of the client alone, without contracts and notes", share, 1.5, told)
	})
	b.Run("script", func(b *testing.B) {
		const views = 10_000
		middles := compare(b, "a client view of a script of 10,000 (aims: 0.67 of psql with the selects that show the same, 1.25 of a bare one by id)", views,
			epev().reading(o.file(b, "views.txt", views, func(id int) string { return fmt.Sprintf("client view %d", id) })),
			psql("-f", o.file(b, "views.sql", views, shownOf)),
			psql("-f", o.file(b, "alone.sql", views, selectOf)).called("psql-client-alone"),
			psql("-f", o.file(b, "byid.sql", views, func(id int) string {
				return fmt.Sprintf("SELECT * FROM epic_events.client WHERE id = %d;", id)
			})).called("psql-by-id"))
		share, told := at(middles, 1)
		least("piped views, of psql's rate with the selects that show the same", 1/share, 1.5, told+", of 10,000")
		share, told = at(middles, 2)
		least("piped views, of psql's rate with the select of the client alone, without contracts and notes", 1/share, 1.5, told+", of 10,000")
		share, told = at(middles, 3)
		least("piped views, of psql's rate of a bare select by id", 1/share, 0.8, told+", of 10,000")
	})
	b.Run("write", func(b *testing.B) {
		const updates = 500
		var files [3][]string // for every program and every other run another phone, so that each update changes something
		for i := range files {
			for turn := range 2 {
				phone := func(id int) string { return fmt.Sprintf("+336%06d%d%d", id, i, turn) }
				update := func(id int) string {
					return fmt.Sprintf("BEGIN; UPDATE epic_events.client SET phone = '%s' WHERE id = %d;", phone(id), id)
				}
				line := []func(id int) string{
					func(id int) string { return fmt.Sprintf("client update %d --phone %s", id, phone(id)) },
					func(id int) string {
						return update(id) + fmt.Sprintf(` INSERT INTO epic_events.change_log (actor_id, actor, resource, record_id, action, before, after) `+
							`VALUES (1, 'claire.dubois', 'client', %d, 'update', '{"phone": null}', '{"phone": "%s"}'); COMMIT;`, id, phone(id))
					},
					func(id int) string { return update(id) + " COMMIT;" },
				}[i]
				files[i] = append(files[i], o.file(b, fmt.Sprintf("write-%d-%d", i, turn), updates, func(id int) string { return line(id * 2) }))
			}
		}
		middles := compare(b, "a client update of a script of 500 (aim: 1.43 of psql with the same update and an insert into the history; "+
			"triggers write that in both, so that psql writes it twice here, and once where it only updates)", updates,
			epev().reading(files[0]...), psql().reading(files[1]...), psql().reading(files[2]...).called("psql-trigger"))
		share, told := at(middles, 1)
		least("piped updates, of psql's rate with an insert into the history", 1/share, 0.7, told+", of 500")
	})
	b.Run("prompt", func(b *testing.B) {
		compare(b, "start to epic> (aim 50 ms)", 1, epev().until("epic> "), psql().until("epev=# "))
	})
	b.Run("cold", func(b *testing.B) {
		compare(b, "start to epic>, the database stopped (aim 200 ms)", 1, epev().until("epic> ").after("db-stop"))
		o.run(b, "db-status") // somebody started it again
	})
	b.Run("idle", func(b *testing.B) { o.idle(b) })
	b.Run("complete", func(b *testing.B) { o.complete(b) })
	b.Run("roles", func(b *testing.B) { o.roles(b) })
	b.Run("export", func(b *testing.B) { o.export(b) })
	b.Run("list", func(b *testing.B) {
		middle := strconv.Itoa(*howMany / 2)
		for name, flags := range map[string][]string{
			"page": nil, "search": {"--search", "number " + middle}, "rare": {"--search", middle}, "name": {"--sort", "full_name"},
			"after": {"--sort", "full_name", "--after", middle},
		} {
			b.Run(name, func(b *testing.B) {
				compare(b, "epev client list --limit 50 "+strings.Join(flags, " "), 1,
					epev(append([]string{"client", "list", "--limit", "50"}, flags...)...))
			})
		}
	})
	b.Run("import", func(b *testing.B) { o.importing(b) }) // at last: it makes the database larger
}

// selectOf is what one types into psql to see what client view shows of the client itself.
func selectOf(id int) string {
	return fmt.Sprintf(`SELECT c.id, c.full_name, c.email, c.phone, c.company_id, y.name AS company, c.commercial_id, u.username AS commercial, `+
		`c.first_contact_date, c.last_contact_date, c.created_at, c.updated_at, c.version FROM epic_events.client c `+
		`JOIN epic_events.users u ON u.id = c.commercial_id LEFT JOIN epic_events.company y ON y.id = c.company_id WHERE c.id = %d;`, id)
}

// shownOf is what one types into psql to see all that client view shows: the client, its contracts and its notes.
func shownOf(id int) string {
	return selectOf(id) + fmt.Sprintf(` SELECT k.id, u.username AS commercial, k.total_amount, k.remaining_amount, k.is_signed, k.is_fully_paid `+
		`FROM epic_events.contract k LEFT JOIN epic_events.users u ON u.id = k.commercial_id WHERE k.client_id = %d ORDER BY k.id; `+
		`SELECT n.id, n.text, n.remind_on, n.done_at, u.username AS author, n.created_at FROM epic_events.note n `+
		`LEFT JOIN epic_events.users u ON u.id = n.author_id WHERE n.client_id = %d ORDER BY n.id;`, id, id)
}

// program is a process that is measured.
type program struct {
	firm   *firm
	name   string
	args   []string
	stdins []string // a file for each of the runs in turn
	prompt string   // it runs on a terminal until it writes this
	before []string
	more   func() string // makes the last argument of each run
}

func (p program) called(name string) program       { p.name = name; return p }
func (p program) reading(files ...string) program  { p.stdins = files; return p }
func (p program) until(prompt string) program      { p.prompt = prompt; return p }
func (p program) given(more func() string) program { p.more = more; return p }
func (p program) after(command ...string) program  { p.before = command; return p }
func (o *firm) epev(args ...string) program {
	return program{firm: o, name: "epev", args: append([]string{o.binary}, args...)}
}
func (o *firm) psql(args ...string) program {
	return program{firm: o, name: "psql", args: append([]string{o.psqlBinary, "-X", "-q", "-h", o.socket, "-p", o.port, "-U", o.user, o.database}, args...)}
}

// cost is what one run took. The server's share is of all that it did meanwhile.
type cost struct {
	wall, client, server time.Duration
	peak                 float64 // MiB of memory
}

func ms(d time.Duration) float64 { return d.Seconds() * 1000 }

// compare runs the programs in turn, and reports and returns the medians. It reports those of a work of n parts by the part.
func compare(b *testing.B, what string, n int, programs ...program) (middles []cost) {
	costs := make([][]cost, len(programs))
	for b.Loop() {
		for range rounds(n) {
			for i, p := range programs {
				costs[i] = append(costs[i], p.run(b, len(costs[i])))
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	unit, per := "ms", float64(time.Millisecond)
	if n > 1 {
		unit, per = "µs", float64(time.Microsecond)*float64(n)
	}
	load, _ := os.ReadFile("/proc/loadavg")
	table := fmt.Sprintf("%s, in %s, of %d runs, load %.4s\n", what, unit, len(costs[0]), load)
	table += fmt.Sprintf("%-10s %9s %9s %9s   %s\n", "", "clock", "cpu", "server", "epev/this")
	middle := func(i int, of func(cost) time.Duration) time.Duration {
		var all []time.Duration
		for _, c := range costs[i] {
			all = append(all, of(c))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	median := func(i int, of func(cost) time.Duration) float64 { return float64(middle(i, of)) / per }
	wall := func(c cost) time.Duration { return c.wall }
	for i, p := range programs {
		w := median(i, wall)
		b.ReportMetric(w, p.name+"-"+unit)
		ratio := ""
		if i > 0 {
			ratio = fmt.Sprintf("%.2f", median(0, wall)/w)
			b.ReportMetric(median(0, wall)/w, "/"+p.name)
		}
		table += fmt.Sprintf("%-10s %9.1f %9.1f %9.1f   %s\n", p.name, w,
			median(i, func(c cost) time.Duration { return c.client }), median(i, func(c cost) time.Duration { return c.server }), ratio)
		whole := cost{wall: middle(i, wall), client: middle(i, func(c cost) time.Duration { return c.client }),
			server: middle(i, func(c cost) time.Duration { return c.server })}
		for _, c := range costs[i] {
			whole.peak = max(whole.peak, c.peak)
		}
		middles = append(middles, whole)
	}
	b.Log(table)
	return middles
}

// rounds is how often the programs are run for each iteration that go test asks for: it is content with
// one of what takes longer than a second.
func rounds(n int) int {
	if n > 1 {
		return 3
	}
	return 1
}

func (p program) run(b *testing.B, turn int) cost {
	b.Helper()
	if p.before != nil {
		p.firm.run(b, p.before...)
	}
	args := p.args[1:]
	if p.more != nil {
		args = append(slices.Clone(args), p.more())
	}
	cmd := p.firm.command(p.args[0], args...)
	server := p.firm.serverTime()
	if p.prompt != "" {
		shell := startShell(b, cmd, p.prompt)
		wall := shell.began
		shell.leave(b)
		return cost{wall: wall, client: cpu(cmd)}
	}
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if p.stdins != nil {
		f, err := os.Open(p.stdins[turn%len(p.stdins)])
		if err != nil {
			b.Fatal(err)
		}
		defer f.Close()
		cmd.Stdin = f
	}
	begin := time.Now()
	err := cmd.Start()
	ended, peak := make(chan struct{}), make(chan float64, 1)
	if err == nil {
		go func() { peak <- largest(cmd.Process.Pid, ended) }()
		err = cmd.Wait()
	}
	wall := time.Since(begin)
	close(ended)
	if err != nil {
		b.Fatalf("%s: %v: %s", p.name, err, complaints.String())
	}
	return cost{wall, cpu(cmd), p.firm.serverTime() - server, <-peak}
}

func cpu(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// terminalShell is a process at its prompt.
type terminalShell struct {
	cmd    *exec.Cmd
	tty    *os.File
	prompt string
	seen   []byte
	began  time.Duration // from its start to the prompt
}

func startShell(b *testing.B, cmd *exec.Cmd, prompt string) *terminalShell {
	b.Helper()
	begin := time.Now()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		b.Fatal(err)
	}
	s := &terminalShell{cmd: cmd, tty: tty, prompt: prompt}
	s.wait(b)
	s.began = time.Since(begin)
	return s
}

// wait returns at the next prompt.
func (s *terminalShell) wait(b *testing.B) {
	b.Helper()
	s.until(b, s.prompt)
}

// until returns when a text has been written, and leaves as seen what follows it.
func (s *terminalShell) until(b *testing.B, text string) {
	b.Helper()
	chunk := make([]byte, 4096)
	late := time.AfterFunc(20*time.Second, func() { panic(fmt.Sprintf("no %q in %q", text, s.seen)) })
	defer late.Stop()
	for {
		if _, after, found := bytes.Cut(s.seen, []byte(text)); found {
			s.seen = after
			return
		}
		n, err := s.tty.Read(chunk)
		if err != nil {
			b.Fatalf("no %q in %q: %v", text, s.seen, err)
		}
		s.seen = append(s.seen, chunk[:n]...)
	}
}

func (s *terminalShell) leave(b *testing.B) {
	b.Helper()
	defer s.tty.Close()
	s.tty.WriteString("\x04")
	for err := error(nil); err == nil; {
		_, err = s.tty.Read(make([]byte, 4096)) // until the terminal is closed
	}
	if err := s.cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

// idle tells what a prompt at which nobody types holds and does: at its first line, and after commands.
func (o *firm) idle(b *testing.B) {
	var first, later, anonymous, busy, busyLater []float64
	for b.Loop() {
		s := startShell(b, o.command(o.binary), "epic> ")
		pid := s.cmd.Process.Pid
		busy = append(busy, share(b, pid))
		first = append(first, resident(b, pid, "VmRSS"))
		for range 20 {
			s.seen = nil
			s.tty.WriteString("client view 8\r")
			s.prompt = "Updated" // in what the command prints
			s.wait(b)
			s.prompt = "epic> "
			s.wait(b)
		}
		s.seen = nil
		s.tty.WriteString("client view client\x15client list --search c --limit 2\r") // what is completed costs memory too
		s.prompt = "next page"
		s.wait(b)
		busyLater = append(busyLater, share(b, pid))
		later = append(later, resident(b, pid, "VmRSS"))
		anonymous = append(anonymous, resident(b, pid, "RssAnon"))
		s.leave(b)
	}
	b.ReportMetric(0, "ns/op")
	middle := map[string]float64{}
	for unit, all := range map[string][]float64{"MiB": first, "used-MiB": later, "used-anonymous-MiB": anonymous, "%core": busy, "used-%core": busyLater} {
		slices.Sort(all)
		middle[unit] = all[len(all)/2]
		b.ReportMetric(middle[unit], unit)
	}
	b.Logf("an idle prompt (aim 25 MiB, and 1 %% of a core): %.1f MiB and %.2f %%, after 21 commands %.1f MiB, of which %.1f MiB are its own and not the program file's, and %.2f %%",
		middle["MiB"], middle["%core"], middle["used-MiB"], middle["used-anonymous-MiB"], middle["used-%core"])
}

// share is how much of a core the process uses while nobody types, in percent, of some seconds.
func share(b *testing.B, pid int) float64 {
	b.Helper()
	time.Sleep(time.Second) // what was begun before comes to its end
	began, before := time.Now(), ticksOf(b, pid)
	time.Sleep(5 * time.Second)
	return (ticksOf(b, pid) - before) / time.Since(began).Seconds() // a tick is a hundredth of a second
}

func ticksOf(b *testing.B, pid int) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skip(err)
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name before it may hold blanks
	var ticks float64
	for _, field := range strings.Fields(after)[11:13] { // user and system time
		n, _ := strconv.ParseFloat(field, 64)
		ticks += n
	}
	return ticks
}

// resident reads a line of /proc/PID/status, in MiB.
func resident(b *testing.B, pid int, line string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip(err)
	}
	_, after, _ := strings.Cut(string(text), line+":")
	kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64)
	if err != nil {
		b.Fatal(err)
	}
	return kilobytes / 1024
}

// A firm is a home with a private database of records, in which a commercial is logged in.
type firm struct {
	dir, binary, psqlBinary      string
	socket, port, user, database string
	data                         string
	session                      string // whose session file commands take; empty for claire.dubois
}

func openFirm(b *testing.B, name string, contracts int) *firm {
	b.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/psql") // /usr/bin/psql is a Perl script that looks for it
	if len(found) == 0 {
		b.Skip("psql is not where Debian has it")
	}
	dir, err := os.MkdirTemp("", "epev-bench-")
	if err != nil {
		b.Fatal(err)
	}
	o := &firm{dir: dir, binary: filepath.Join(dir, "bin", "epev"), psqlBinary: found[len(found)-1]}
	// Should this process end by a panic or a signal, the server ends all the same.
	watch := exec.Command("/bin/sh", "-c", `read done || { pid=$(head -n 1 "$1/home/postgresql/data/postmaster.pid") && kill -QUIT "$pid"; rm -rf "$1"; }`, "sh", dir)
	watch.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	alive, err := watch.StdinPipe()
	if err == nil {
		err = watch.Start()
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		o.run(b, "db-stop")
		os.RemoveAll(dir)
		fmt.Fprintln(alive, "done")
		watch.Wait()
	})
	build := exec.Command("go", "build", "-o", o.binary, "epev")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	o.run(b, "db-create")
	var status struct {
		Socket, User, Database, Data string
		Port                         int
	}
	if err := json.Unmarshal(o.run(b, "db-status", "--format", "json"), &status); err != nil {
		b.Fatal(err)
	}
	o.socket, o.port, o.user, o.database, o.data = status.Socket, strconv.Itoa(status.Port), status.User, status.Database, status.Data
	o.fill(b, name, contracts)
	password := filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte("Sunny-Terrace-7\n"), 0o600); err != nil {
		b.Fatal(err)
	}
	o.run(b, "login", "-u", "claire.dubois", "--password-file", password)
	return o
}

// fill makes records in the proportions of a company of some size: three contracts for two clients, five
// events for six contracts.
func (o *firm) fill(b *testing.B, name string, contracts int) {
	b.Helper()
	db, err := sql.Open("postgres", o.dsn())
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(filled(name, contracts)); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec("VACUUM ANALYZE"); err != nil {
		b.Fatal(err)
	}
}

// filled are the statements that make the records.
func filled(name string, contracts int) string {
	return strings.NewReplacer("@clients", strconv.Itoa(*howMany), "@name", name, "@contracts", strconv.Itoa(contracts)).Replace(records)
}

// Everybody's password is Sunny-Terrace-7. No history is written, as for a database that is restored, and the
// indexes are made anew behind the rows: one by one they would take long.
const records = `
SET search_path = epic_events, pg_catalog; SET session_replication_role = replica; SET statement_timeout = 0;
SET synchronous_commit = off; SET maintenance_work_mem = '512MB';
CREATE TEMP TABLE dropped AS SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition
	FROM pg_index WHERE indrelid = ANY ('{company,client,contract,event}'::regclass[]) AND NOT indisunique;
DO $$ DECLARE d record; BEGIN FOR d IN SELECT * FROM dropped LOOP EXECUTE 'DROP INDEX ' || d.name; END LOOP; END $$;
INSERT INTO users (username, full_name, email, role_id, password_hash)
SELECT username, full_name, username || '@epicevents.fr', role_id, '$2a$12$j6vgmnFPllHS5qDudOVjNeICx4c5NlY97jkUlOph2332qVnIpSZTa'
FROM (VALUES ('claire.dubois', 'Claire Dubois', 2), ('hugo.lefevre', 'Hugo Lefèvre', 2), ('ines.morel', 'Inès Morel', 3), ('admin.root', 'Admin Root', 1)) AS staff (username, full_name, role_id);
INSERT INTO company (name) SELECT 'Company ' || i FROM generate_series(1, 1 + @clients / 5) i;
INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date)
SELECT @name, 'client' || i || '@example.fr', '+336' || (10000000 + i), 1 + i % (1 + @clients / 5), 1 + i % 2, now() - i * interval '1 minute' FROM generate_series(1, @clients) i;
INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid)
SELECT 1 + i * 7 % @clients, 1 + (1 + i * 7 % @clients) % 2, 1200.50, 200, i % 3 > 0, false FROM generate_series(1::bigint, @contracts) i;
INSERT INTO event (title, contract_id, full_address, support_contact_id, start_date, end_date)
SELECT 'Event ' || i, i, 'Street ' || i, CASE WHEN i % 2 = 0 THEN 3 END, now(), now() + interval '1 hour' FROM generate_series(1, @contracts * 5 / 6) i;
DO $$ DECLARE d record; BEGIN FOR d IN SELECT * FROM dropped LOOP EXECUTE d.definition; END LOOP; END $$;
SELECT FROM keep_all(), note_all_without_contract();
`

// numbered names tell who it is; syllabic ones are as different as people's: of a million, 400 first names and
// 900,000 last ones.
const numbered = "'Client Number ' || i"

var syllabic = func() string {
	var syllables []string
	for _, consonant := range strings.Split("b c d f g l m n p r s t v z", " ") {
		for _, vowel := range strings.Split("a é i o u an el", " ") {
			syllables = append(syllables, consonant+vowel)
		}
	}
	return strings.NewReplacer("@s", "('{"+strings.Join(syllables, ",")+"}'::text[])", "@h", "('x' || substr(md5(i::text), 1, 7))::bit(28)::int").
		Replace(`initcap(@s[1 + @h % 20] || @s[1 + @h / 20 % 20]) || ' ' || initcap(@s[1 + @h / 400 % 98] || @s[1 + @h / 40000 % 98] || @s[1 + @h / 4000000 % 98])`)
}()

// file writes a line for each of the ids from 1 to n, as far as there are clients.
func (o *firm) file(b *testing.B, name string, n int, line func(id int) string) string {
	b.Helper()
	var text strings.Builder
	for i := range n {
		text.WriteString(line(1+i%*howMany) + "\n")
	}
	path := filepath.Join(o.dir, name)
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return path
}

// command is a process with nothing of the caller's environment that could change what it does.
func (o *firm) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = o.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "TERM=xterm-256color", "PAGER=cat", "HOME=" + o.dir,
		"EPEV_HOME=" + filepath.Join(o.dir, "home"), "XDG_RUNTIME_DIR=" + o.dir, "TMPDIR=" + o.dir}
	if o.session != "" {
		cmd.Env = append(cmd.Env, "TEMP_FILE_PATH="+filepath.Join(o.dir, o.session))
	}
	return cmd
}

// run runs epev and returns what it printed.
func (o *firm) run(b *testing.B, args ...string) []byte {
	b.Helper()
	cmd := o.command(o.binary, args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		b.Fatalf("epev %s: %v: %s", strings.Join(args, " "), err, complaints.String())
	}
	return out
}

// serverTime is the processor time that the processes of the server have used, ended ones included; 0
// where there is no /proc. It counts in hundredths of a second.
func (o *firm) serverTime() time.Duration {
	pid, err := os.ReadFile(filepath.Join(o.data, "postmaster.pid"))
	if err != nil {
		return 0
	}
	postmaster, _, _ := strings.Cut(string(pid), "\n")
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	ticks := 0
	for _, file := range files {
		text, _ := os.ReadFile(file)
		_, after, _ := strings.Cut(string(text), ") ") // the name before it may hold blanks
		fields := strings.Fields(after)
		if len(fields) < 15 {
			continue
		}
		own := filepath.Base(filepath.Dir(file)) == postmaster
		if !own && fields[1] != postmaster {
			continue
		}
		for i := 11; i < 15; i++ { // user and system time, its own and that of its ended children
			if n, err := strconv.Atoi(fields[i]); err == nil && (own || i < 13) {
				ticks += n
			}
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
