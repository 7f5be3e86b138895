package commands

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/lib/pq"

	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
	"epev/security"
)

var update = flag.Bool("update", false, "write the golden files anew")

// whole is that all messages are tried where otherwise some are.
var whole = flag.Bool("whole", false, "try everything where otherwise a part is tried")

func TestMain(m *testing.M) { testdb.Main(m, Seed()) }

// seats bounds how many offices are open at once: the server admits 60 connections.
var seats = make(chan struct{}, 3)

// crowd is held by the test that opens many desks.
var crowd sync.Mutex

// office is a database of its own with staff in it, and the shells that they have open.
type office struct {
	t        testing.TB
	dsn      string
	db       *sql.DB     // for what no command does
	store    *data.Store // the test's own
	keys     *security.Keys
	registry *Registry
}

func openOffice(t testing.TB) *office {
	t.Helper()
	seats <- struct{}{}
	t.Cleanup(func() { <-seats })
	return openOfficeAt(t, testdb.New(t))
}

// openOfficeAt opens the office in a database that is made.
func openOfficeAt(t testing.TB, dsn string) *office {
	t.Helper()
	keys, err := security.NewKeys(strings.Repeat("k", 32), "v1", "", "")
	if err != nil {
		t.Fatal(err)
	}
	o := &office{t: t, dsn: dsn, keys: keys, registry: NewRegistry(All())}
	if o.db, err = sql.Open("postgres", o.dsn); err != nil {
		t.Fatal(err)
	}
	o.db.SetMaxOpenConns(2)
	t.Cleanup(func() { o.db.Close() })
	o.store = o.openStore()
	return o
}

func (o *office) openStore() *data.Store {
	o.t.Helper()
	store, err := data.Open(data.Config{DSN: o.dsn})
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { store.Close() })
	return store
}

// exec runs SQL that no command would.
func (o *office) exec(query string, args ...any) {
	o.t.Helper()
	if _, err := o.db.Exec("set search_path = epic_events, public; " + inline(query, args)); err != nil {
		o.t.Fatal(err)
	}
}

// number reads one number.
func (o *office) number(query string, args ...any) int64 {
	o.t.Helper()
	var n int64
	if err := o.db.QueryRow(strings.ReplaceAll(query, " @", " epic_events."), args...).Scan(&n); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// text reads one text.
func (o *office) text(query string, args ...any) string {
	o.t.Helper()
	var s sql.NullString
	if err := o.db.QueryRow(strings.ReplaceAll(query, " @", " epic_events."), args...).Scan(&s); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return s.String
}

// inline puts values into a statement, as several statements in one take no parameters.
func inline(query string, args []any) string {
	for i := len(args); i > 0; i-- {
		value := fmt.Sprint(args[i-1])
		if _, number := args[i-1].(int64); !number {
			value = "'" + strings.ReplaceAll(value, "'", "''") + "'"
		}
		query = strings.ReplaceAll(query, fmt.Sprintf("$%d", i), value)
	}
	return query
}

// hire adds a member of staff, whose password is not known to anybody.
func (o *office) hire(username, role string) int64 {
	o.t.Helper()
	return o.number(`insert into @users (username, full_name, email, role_id, password_hash, is_active, created_at, updated_at)
		select $1::text, $1::text, $1::text || '@epicevents.fr', id, 'none', true, now(), now() from @role where name = $2 returning id`, username, role)
}

// role adds a role with the given permissions.
func (o *office) role(name string, codes ...string) int64 {
	o.t.Helper()
	id := o.number(`insert into @role (name) values ($1) returning id`, name)
	o.grant(id, codes...)
	return id
}

// grant gives a role exactly these permissions.
func (o *office) grant(role int64, codes ...string) {
	o.t.Helper()
	o.exec(`delete from role_permission where role_id = $1;
		insert into role_permission (role_id, permission_id) select $1, id from permission where ',' || $2 || ',' like '%,' || name || ',%'`,
		role, strings.Join(codes, ","))
}

// company, client, contract and event add a record as no command would check it.
func (o *office) company(name string) int64 {
	o.t.Helper()
	return o.number(`insert into @company (name, created_at, updated_at) values ($1, now(), now()) returning id`, name)
}

func (o *office) client(commercial int64) int64 {
	o.t.Helper()
	return o.number(`insert into @client (full_name, email, commercial_id, first_contact_date, created_at, updated_at)
		select 'Client ' || n, 'client' || n || '@startup.io', $1, now() - interval '30 days', now(), now()
		from nextval('epic_events.client_id_seq') n returning id`, commercial)
}

// contract is worth 1000.00; 400.00 of it remain.
func (o *office) contract(client int64, signed bool) int64 {
	o.t.Helper()
	return o.number(`insert into @contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at, updated_at)
		select id, commercial_id, 1000, 400, $2, false, now(), now() from @client where id = $1 returning id`, client, signed)
}

// payment is one of 100.00 of a contract.
func (o *office) payment(contract int64) int64 {
	o.t.Helper()
	o.exec(`insert into payment (contract_id, kind, amount) values ($1, 'opening', 600);
		insert into payment (contract_id, amount, paid_on) values ($1, 100, current_date);
		update contract set remaining_amount = 300 where id = $1`, contract)
	return o.number("select max(id) from @payment where contract_id = $1", contract)
}

// event is supported by nobody when support is 0.
func (o *office) event(contract, support int64) int64 {
	o.t.Helper()
	return o.number(`insert into @event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, created_at, updated_at)
		values ('Fair', $1, '1 Rue de Paris', nullif($2, 0), now() + interval '10 days', now() + interval '11 days', 10, now(), now()) returning id`, contract, support)
}

// note makes a note by the author on a record of the table.
func (o *office) note(table string, record, author int64) int64 {
	o.t.Helper()
	return o.number(`insert into @note (`+table+`_id, text, remind_on, author_id) values ($1, 'Called', '2027-10-01 12:00Z', $2) returning id`, record, author)
}

// desk is one open shell.
type desk struct {
	o   *office
	t   testing.TB
	env *Env

	mu      sync.Mutex
	reports []string
	told    []string
	lines   []string // what the input holds next, for --password-file -
}

// noon is what the clocks of all desks show.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// emptyDesk is a shell where nobody is logged in.
func (o *office) emptyDesk() *desk { return o.deskOn(o.openStore()) }

func (o *office) deskOn(store *data.Store) *desk {
	d := &desk{o: o, t: o.t}
	d.env = &Env{
		Store: store,
		Sessions: &Sessions{
			Store: store, Keys: func() (*security.Keys, error) { return o.keys, nil }, Now: time.Now,
			AccessLife: 30 * time.Minute, RefreshLife: 24 * time.Hour,
		},
		Listed: &Listed{},
		Clock:  Clock{Now: func() time.Time { return noon }, Location: time.UTC},
		Policy: Policy{UsernameMin: 5, UsernameMax: 64, Password: security.PasswordPolicy{Min: 8, Max: 128}},
		Person: Person{
			NextLine: func() (string, error) {
				if len(d.lines) == 0 {
					return "", io.EOF
				}
				line := d.lines[0]
				d.lines = d.lines[1:]
				return line, nil
			},
			Tell: func(line string) { d.mu.Lock(); d.told = append(d.told, line); d.mu.Unlock() },
		},
		Report: func(what string) { d.mu.Lock(); d.reports = append(d.reports, what); d.mu.Unlock() },
	}
	return d
}

// desk is a shell of its own in which the user is logged in.
func (o *office) desk(username string) *desk {
	o.t.Helper()
	d := o.emptyDesk()
	if err := d.env.Sessions.OpenAs(context.Background(), username); err != nil {
		o.t.Fatal(err)
	}
	return d
}

// do runs one command line.
func (d *desk) do(format string, args ...any) (Result, error) {
	return d.doWithin(context.Background(), format, args...)
}

func (d *desk) doWithin(ctx context.Context, format string, args ...any) (Result, error) {
	call, err := d.call(fmt.Sprintf(format, args...))
	if err != nil {
		return Result{}, err
	}
	return call.Execute(ctx, d.env)
}

// call parses a command line.
func (d *desk) call(line string) (*Call, error) {
	inv, err := d.o.registry.Parse(split(line))
	if err != nil {
		return nil, err
	}
	return inv.Bind(d.env.Values())
}

// must runs a command line that succeeds.
func (d *desk) must(format string, args ...any) Result {
	d.t.Helper()
	r, err := d.do(format, args...)
	if err != nil {
		d.t.Fatalf("%s: %s", fmt.Sprintf(format, args...), told(err))
	}
	return r
}

// fails runs a command line that gives an error of that kind.
func (d *desk) fails(kind model.Kind, format string, args ...any) *model.Error {
	d.t.Helper()
	r, err := d.do(format, args...)
	if err == nil {
		d.t.Fatalf("%s: succeeded: %s", fmt.Sprintf(format, args...), r.Message)
	}
	if model.KindOf(err) != kind {
		d.t.Fatalf("%s: kind %d instead of %d: %s", fmt.Sprintf(format, args...), model.KindOf(err), kind, told(err))
	}
	return sentences.Of(err)
}

// told is all that a person is told of an error.
func told(err error) string {
	if _, ok := errors.AsType[*model.Error](err); ok {
		e := sentences.Of(err)
		kind := []string{"internal", "usage", "unauthenticated", "denied", "missing", "conflict", "unavailable", "interrupted"}[e.Kind]
		return fmt.Sprintf("%s %s: %s (%s)", kind, e.Field, e.Message, e.Hint)
	}
	return fmt.Sprintf("unexpected: %v", err)
}

// split splits a command line at blanks that are not in quotes.
func split(line string) []string {
	var (
		found  []string
		word   strings.Builder
		quote  byte
		inWord bool
	)
	for _, b := range []byte(line + " ") {
		switch {
		case quote != 0 && b == quote:
			quote = 0
		case quote == 0 && (b == '"' || b == '\''):
			quote, inWord = b, true
		case quote == 0 && b == ' ':
			if inWord {
				found = append(found, word.String())
			}
			word.Reset()
			inWord = false
		default:
			word.WriteByte(b)
			inWord = true
		}
	}
	return found
}

// ids returns the ids of a list.
func ids(t testing.TB, r Result) []int64 {
	t.Helper()
	if r.Table == nil || len(r.Table.Columns) == 0 || r.Table.Columns[0].Name != "id" {
		t.Fatalf("no list: %+v", r)
	}
	found := []int64{}
	for _, row := range r.Table.Rows {
		found = append(found, row[0].(int64))
	}
	return found
}

// cell returns a record's value by the name of its column.
func cell(t testing.TB, r Result, name string) Value {
	t.Helper()
	for i, c := range r.Table.Columns {
		if c.Name == name {
			return r.Table.Rows[0][i]
		}
	}
	t.Fatalf("no column %s", name)
	return nil
}

// id returns the id of the one record of a result.
func id(t testing.TB, r Result) int64 { t.Helper(); return cell(t, r, "id").(int64) }

// undo runs fn with the desk's commands in a transaction that is rolled back.
func (d *desk) undo(fn func()) {
	d.t.Helper()
	rollback := errors.New("rolled back")
	outside := d.env.Store
	err := outside.Atomic(context.Background(), func(_ context.Context, inside *data.Store) error {
		d.env.Store = inside
		defer func() { d.env.Store = outside }()
		fn()
		return rollback
	})
	if !errors.Is(err, rollback) {
		d.t.Fatal(err)
	}
}

// source of random choices that a failing test can print.
func seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// golden compares text with the file of testdata, or writes it with -update.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run the test with -update", err)
	}
	if text != string(want) {
		t.Errorf("%s differs; the lines that do:\n%s", path, differing(string(want), text))
	}
}

func differing(want, got string) string {
	var b strings.Builder
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		var a, c string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			c = g[i]
		}
		if a != c {
			fmt.Fprintf(&b, "- %s\n+ %s\n", a, c)
		}
	}
	return b.String()
}
