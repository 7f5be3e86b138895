package commands

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// siegeSteps is of how many messages one is tried, where not all are. siegeKills is of how many commands one is.
const (
	siegeSteps = 30
	siegeKills = 8
)

// besieged are all commands that write, each with what it needs before it, if anything. Several lines are a script in one
// transaction.
var besieged = [][]string{
	{"company create -n Nouvelle"}, {"company update COMPANY -n Autre"}, {"company delete EMPTY"}, {"company merge EMPTY COMPANY"},
	{"client create -n New -e new@startup.io"}, {"client update CLIENT --phone 0612345678"}, {"client delete OTHER"}, {"client merge OTHER CLIENT"},
	{"client reassign CLIENT hugo.lefevre"}, {"client reassign CLIENT,OTHER hugo.lefevre"},
	{"contract create --client-id CLIENT --total-amount 100"}, {"contract update UNSIGNED --total-amount 2000"}, {"contract delete LOOSE"},
	{"contract sign UNSIGNED"}, {"contract pay SIGNED 100"}, {"payment void PAYMENT --reason bounced"},
	{"event create --contract-id SIGNED --title Fair --full-address Paris --start-date 01/11/2027 --end-date 02/11/2027"},
	{"event update EVENT --notes Ramp"}, {"event cancel EVENT --reason Flooded"}, {"event restore OFF"}, {"event delete EVENT"}, {"event assign_support EVENT ines.morel"},
	{"note add client CLIENT Called --remind 01/11/2027"}, {"note update NOTE --text Again"}, {"note done NOTE"}, {"note delete NOTE"},
	{"user create -u new.person -n New -e new@epicevents.fr -r support --password-file -"}, {"user update hugo.lefevre -n Renamed"},
	{"user update-password hugo.lefevre --password-file -"}, {"user deactivate hugo.lefevre"}, {"user activate paul.parti"}, {"user delete paul.parti"},
	{"user key add hugo.lefevre ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPrIxIFeW8mfXLHnK9p+TWb6dCDCliRIAkmYd8se3bIT"}, {"user key remove KEY"},
	{"role grant support company:delete"}, {"role revoke support client:list"},
	{"handover claire.dubois hugo.lefevre"}, {"undo"}, {"history client CLIENT --undo CHANGE"},
	{"import client FILE"}, {"import undo IMPORT"},
	{"company create -n One", "client create -n New -e new@startup.io", "contract pay SIGNED 100", "note add client CLIENT Called"},
}

// A siege is an office behind a proxy, which becomes again what it was after each command that changed it.
type siege struct {
	*office
	cutter  *testdb.Cutter
	through string
	manager string
	names   *strings.Replacer // of the records in the commands
	admin   *sql.DB
	tables  []string
}

// newSiege makes it of an office that is empty, and in which the user at the address admin may do everything.
func newSiege(t *testing.T, o *office, admin string) *siege {
	t.Helper()
	s := &siege{office: o, manager: "manon.directrice"}
	file := filepath.Join(t.TempDir(), "clients.csv")
	if err := os.WriteFile(file, []byte("full_name,email\nA,a@import.fr\nB,b@import.fr\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.hire(s.manager, "management")
	o.all("management")
	claire := o.hire("claire.dubois", "commercial")
	o.hire("hugo.lefevre", "commercial")
	o.hire("ines.morel", "support")
	o.exec("update users set is_active = false where id = $1", o.hire("paul.parti", "support"))
	company, empty := o.company("Startup SAS"), o.company("Vide SARL")
	client, other := o.client(claire), o.client(claire)
	signed, unsigned, loose := o.contract(client, true), o.contract(client, false), o.contract(client, false)
	payment := o.payment(signed)
	event, off := o.event(signed, 0), o.event(signed, 0)
	o.exec("update event set cancelled_at = now(), cancel_reason = 'Rain' where id = $1", off)
	note := o.note("client", client, o.number("select id from @users where username = $1", s.manager))
	d := o.desk(s.manager)
	d.must("user key add hugo.lefevre ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJLyhJ7kKvNCVfTNQmQ5Yb5NcMEkXw8GqDd4SYUYYtq9")
	d.must("client update %d --last-contact-date 20/11/2026", client)
	change := o.number("select max(id) from @change_log")
	said := d.must("import client %s", file).Message
	number := regexp.MustCompile(`import undo (\d+)`).FindStringSubmatch(said)
	if number == nil {
		t.Fatal(said)
	}
	if err := os.WriteFile(file, []byte("full_name,email\nC,c@import.fr\nD,d@import.fr\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	words := []string{"FILE", file, "IMPORT", number[1]}
	for name, id := range map[string]int64{"COMPANY": company, "EMPTY": empty, "CLIENT": client, "OTHER": other, "UNSIGNED": unsigned, "SIGNED": signed, "LOOSE": loose,
		"PAYMENT": payment, "EVENT": event, "OFF": off, "NOTE": note, "CHANGE": change, "KEY": o.number("select max(id) from @user_key")} {
		words = append(words, name, fmt.Sprint(id))
	}
	s.names = strings.NewReplacer(words...)
	s.cutter, s.through = testdb.NewCutter(t, o.dsn)
	var err error
	if s.admin, err = sql.Open("postgres", admin); err != nil {
		t.Fatal(err)
	}
	s.admin.SetMaxOpenConns(1)
	t.Cleanup(func() { s.admin.Close() })
	rows, err := s.admin.Query("select tablename from pg_tables where schemaname = 'epic_events' and tablename not in ('session', 'session_token', 'login_attempt', 'known_machine')")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			t.Fatal(err)
		}
		s.tables = append(s.tables, table)
	}
	// What refuses even a replica to change payments stands in the way of restore.
	if _, err := s.admin.Exec(`do $$ declare t record; begin for t in select tgrelid::regclass::text as "table", quote_ident(tgname) as name from pg_trigger where tgenabled = 'A'
		loop execute 'alter table ' || t."table" || ' enable trigger ' || t.name; end loop; end $$`); err != nil {
		t.Fatal(err)
	}
	s.each("create schema kept", "create table kept.$ as table epic_events.$")
	return s
}

// each runs a statement, and one for each table, whose name stands for $.
func (s *siege) each(first, each string) {
	s.t.Helper()
	all := "begin; set local session_replication_role = replica; " + first + ";"
	for _, table := range s.tables {
		all += strings.ReplaceAll(each, "$", table) + ";"
	}
	if _, err := s.admin.Exec(all + "commit"); err != nil {
		s.t.Fatal(err)
	}
}

// restore makes the office what it was.
func (s *siege) restore() {
	s.t.Helper()
	s.each("select", "delete from epic_events.$; insert into epic_events.$ overriding system value select * from kept.$")
	if _, err := s.admin.Exec(`do $$ declare c record; begin for c in
		select a.attrelid::regclass::text as "table", a.attname as name from pg_attribute a join pg_class r on r.oid = a.attrelid
			where r.relnamespace = 'epic_events'::regnamespace and r.relkind = 'r' and a.attnum > 0 and pg_get_serial_sequence(a.attrelid::regclass::text, a.attname) is not null
		loop execute format('select setval(pg_get_serial_sequence(%L, %L), (select coalesce(max(%I), 0) + 1 from %s), false)', c."table", c.name, c.name, c."table");
		end loop; end $$`); err != nil {
		s.t.Fatal(err)
	}
}

// state is what differs once a command is done, and more so once it is done twice. It tells how many rows each table has, how
// often they were changed, and what the history tells. Numbers of records are not in it, which an attempt that was lost uses up.
func (s *siege) state() string {
	s.t.Helper()
	var b strings.Builder
	var each []string
	for _, table := range s.tables {
		if table != "change_log" {
			each = append(each, "select '"+table+" ' || count(*) || ' ' || coalesce(sum((to_jsonb(t) ->> 'version')::int), 0) as line from epic_events."+table+" t")
		}
	}
	fmt.Fprintln(&b, s.text("select string_agg(line, E'\\n' order by line) from ("+strings.Join(each, " union all ")+") all_of_them"))
	fmt.Fprintln(&b, s.text(`select string_agg(concat_ws(' ', resource, action, cause), E'\n' order by resource, action, cause) from @change_log where action not in ('login', 'logout')`))
	return b.String()
}

// settled waits until no transaction of a client runs.
func (s *siege) settled() {
	s.t.Helper()
	for busy := true; busy; {
		if err := s.admin.QueryRow(`select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
			and backend_type = 'client backend' and (state <> 'idle' or backend_xid is not null))`).Scan(&busy); err != nil {
			s.t.Fatal(err)
		}
	}
}

// run runs the commands as the manager through the proxy, in one transaction where there are several.
func (s *siege) run(ctx context.Context, lines []string, arm func()) error {
	store, err := data.Open(data.Config{DSN: s.through})
	if err != nil {
		s.t.Fatal(err)
	}
	defer store.Close()
	d := s.deskOn(store)
	if err := d.env.Sessions.OpenAs(context.Background(), s.manager); err != nil {
		s.t.Fatal(err)
	}
	run := func(ctx context.Context) error {
		for _, line := range lines {
			d.lines = []string{"Paper-Lantern-3"}
			if _, err := d.doWithin(ctx, "%s", s.names.Replace(line)); err != nil {
				return err
			}
		}
		return nil
	}
	arm()
	if len(lines) == 1 {
		return run(ctx)
	}
	return store.Atomic(ctx, func(ctx context.Context, inside *data.Store) error {
		d.env.Store = inside
		return run(ctx)
	})
}

// An assault is what happens before or after a message.
type assault struct {
	name string
	cut  testdb.Cut
	// does is what else happens then; nil: nothing. mended then makes all well again.
	does, mended func(s *siege)
	// tires is that whoever waits has had enough when it happens.
	tires bool
}

// withstands runs commands once, with an assault at the nth message. It wants the office to be as what is told has it: as it was
// before, or as it is after. It reports what was told, and whether there were fewer messages.
func (s *siege) withstands(lines []string, n int, a assault, before, after string) (outcome string, over bool) {
	s.t.Helper()
	what := fmt.Sprintf("%q, %s message %d", lines, a.name, n)
	ctx, cancel := context.WithCancel(s.t.Context())
	err := s.run(ctx, lines, func() {
		s.cutter.Arm(n, a.cut, func() {
			if a.does != nil {
				a.does(s)
			}
			if a.tires {
				cancel()
			}
		})
	})
	cancel()
	over = !s.cutter.Done()
	s.cutter.Arm(0, testdb.Cut{}, nil)
	s.cutter.Hang()
	if a.mended != nil && !over {
		a.mended(s)
	}
	s.settled()
	now, outcome := s.state(), "done"
	e := (*model.Error)(nil)
	switch is := errors.As(err, &e); {
	case err == nil:
	case is && strings.Contains(sentences.Of(err).Message, "outcome unknown"):
		outcome = "unknown"
	case is && (e.Kind == model.Unavailable || e.Kind == model.Interrupted) || errors.Is(err, context.Canceled):
		outcome = "not done"
	default:
		s.t.Errorf("%s: %s", what, told(err))
	}
	if now != before && now != after || outcome == "done" && now != after || outcome == "not done" && now != before || outcome != "done" && a.cut.Delay > 0 {
		s.t.Errorf("%s: told %s (%v):\n%s", what, outcome, err, differing(after, now))
	}
	s.restore()
	return outcome, over
}

// withstandsAll tries commands with each assault at each message, or with some of both.
func (s *siege) withstandsAll(r *rand.Rand, commands [][]string, assaults []assault) {
	s.t.Helper()
	before := s.state()
	tried := map[string]int{}
	for _, lines := range commands {
		if err := s.run(s.t.Context(), lines, func() {}); err != nil {
			s.t.Fatalf("%q: %s", lines, told(err))
		}
		after := s.state()
		s.restore()
		if again := s.state(); again != before || after == before {
			s.t.Fatalf("%q: the office is not what it was: %s", lines, differing(before, again))
		}
		for _, a := range assaults {
			first, step := 1, 1
			if !*whole {
				if r.IntN(len(assaults)) > 0 {
					continue
				}
				first, step = 1+r.IntN(siegeSteps), siegeSteps
			}
			for n := first; ; n += step {
				outcome, over := s.withstands(lines, n, a, before, after)
				if over {
					break
				}
				tried[a.name+": "+outcome]++
			}
		}
	}
	s.t.Log(tried)
}

// Whatever happens to the network before or after any message of any command that writes, or of a script that is one
// transaction, the command has one effect or none. The history agrees, and what is told is true.
func TestEveryWriteHasOneEffectOrNone(t *testing.T) {
	t.Parallel()
	assaults := []assault{
		{name: "cut before", cut: testdb.Cut{Before: true}}, {name: "cut after"},
		{name: "gone before", cut: testdb.Cut{Before: true, Stays: true}, tires: true}, {name: "gone after", cut: testdb.Cut{Stays: true}, tires: true},
		{name: "silent before", cut: testdb.Cut{Before: true, Silent: true}, tires: true}, {name: "silent after", cut: testdb.Cut{Silent: true}, tires: true},
		{name: "late", cut: testdb.Cut{Delay: 5 * time.Millisecond}},
	}
	for part := range 2 {
		t.Run(fmt.Sprint("part ", part), func(t *testing.T) {
			t.Parallel()
			o := openOffice(t)
			var commands [][]string
			for i := part; i < len(besieged); i += 2 {
				commands = append(commands, besieged[i])
			}
			newSiege(t, o, testdb.Superuser(o.dsn)).withstandsAll(seeded(12+uint64(part)), commands, assaults)
		})
	}
}

// So it is when the server, or the process of it that serves, is killed before or after any message. It is there again at once, or only
// when whoever waited has had enough.
func TestEveryWriteHasOneEffectOrNoneWhoseServerIsKilled(t *testing.T) {
	t.Parallel()
	server := testdb.NewServer(t)
	server.Owned(t, "office")
	dsn := testdb.Addresses("office", server)
	store, err := data.Open(data.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Migrate(t.Context(), Seed()); err != nil {
		t.Fatal(err)
	}
	s := newSiege(t, openOfficeAt(t, dsn), server.Superuser("office"))
	for _, db := range []*sql.DB{s.db, s.admin} { // whose connections do not outlive the server
		db.SetMaxIdleConns(-1)
	}
	again := func(*siege) { server.Start(t) }
	kill := func(*siege) { server.Crash(t) }
	restart := func(s *siege) { kill(s); again(s) }
	var beside *sql.Conn // a neighbour of the process that is killed, whom the server ends before it goes on
	process := func(s *siege) {
		conn, err := s.admin.Conn(t.Context())
		if err != nil {
			t.Error(err)
			return
		}
		var pid int
		switch err := conn.QueryRowContext(t.Context(), `select pid from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()
			order by application_name <> 'epev', xact_start is null, backend_start desc limit 1`).Scan(&pid); {
		case errors.Is(err, sql.ErrNoRows): // nobody is let in yet
			conn.Close()
		case err != nil || pid <= 1:
			t.Errorf("process %d: %v", pid, err)
			conn.Close()
		case server.Kill(pid):
			beside = conn
		default: // it has just ended by itself
			conn.Close()
		}
	}
	ended := func(s *siege) {
		if beside == nil {
			return
		}
		for beside.PingContext(t.Context()) == nil {
		}
		beside.Close()
		beside = nil
		for s.admin.Ping() != nil {
		}
	}
	var commands [][]string
	r := seeded(14)
	for _, lines := range besieged {
		if *whole || r.IntN(siegeKills) == 0 {
			commands = append(commands, lines)
		}
	}
	s.withstandsAll(r, commands, []assault{
		{name: "restarted before", cut: testdb.Cut{Before: true}, does: restart}, {name: "restarted after", does: restart},
		{name: "killed before", cut: testdb.Cut{Before: true}, does: kill, mended: again, tires: true}, {name: "killed after", does: kill, mended: again, tires: true},
		{name: "its process killed before", cut: testdb.Cut{Before: true, Keeps: true}, does: process, mended: ended},
		{name: "its process killed after", cut: testdb.Cut{Keeps: true}, does: process, mended: ended},
	})
}
