package shell

import (
	"context"
	"database/sql"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"epev/commands"
	"epev/commands/sentences"
	"epev/data"
	"epev/data/testdb"
	"epev/model"
	"epev/security"
	"epev/shell/complete"
	"epev/shell/prompt"
)

// The test binary plays one more part: epev itself, on the database and with the clock of the tests.
func TestMain(m *testing.M) {
	switch os.Getenv("EPEV_TEST_PART") {
	case "epev":
		os.Exit(epev())
	default:
		status := testdb.Run(m, commands.Seed())
		os.RemoveAll(builtIn)
		os.Exit(status)
	}
}

// office is who works there, and for whom, in Paris on the day of noon. Names are of many alphabets; one is
// decomposed, as a predecessor may have left it. Everybody's password is Sunny-Terrace-7.
const office = `
SET search_path = epic_events;
INSERT INTO users (username, full_name, email, role_id, password_hash, created_at, updated_at)
SELECT username, full_name, username || '@epicevents.fr', role_id, '$2a$12$j6vgmnFPllHS5qDudOVjNeICx4c5NlY97jkUlOph2332qVnIpSZTa', '2026-01-05', '2026-01-05'
FROM (VALUES (1, 'admin.root', 'Admin Root', 1), (2, 'claire.dubois', 'Claire Dubois', 2), (3, 'hugo.lefevre', 'Hugo Lefèvre', 2),
	(4, 'ines.morel', 'Inès Morel', 3), (5, 'oscar.petit', 'Oscar Petit', 3)) AS staff (id, username, full_name, role_id) ORDER BY id;
INSERT INTO company (name, created_at, updated_at) SELECT name, '2026-01-05', '2026-01-05'
FROM (VALUES (1, 'Société Générale d''Horlogerie'), (2, '株式会社エピック・イベント'), (3, 'Müller & Søn AG'), (4, 'Startup SAS')) AS c (id, name) ORDER BY id;
INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date, last_contact_date, created_at, updated_at)
SELECT full_name, 'client' || id || '@example.com', '+331990014' || (10 + id), company_id, commercial_id, '2026-02-01 09:00+01', NULL, '2026-02-01', '2026-02-01'
FROM (VALUES (1, 'Élodie Nguyễn', 1, 2), (2, '王小明', 2, 2), (3, E'Zoe\u0308 Lefe\u0300vre', 3, 3), (4, 'Jürgen Müller', 3, 3), (5, 'Łukasz Ø''Brien', NULL, 2),
	(6, 'Ana María Peña', 1, 2), (7, 'Zoé Ünal', 1, 3), (8, 'Kévin Cousin', 4, 2), (9, 'Kevin Costa', NULL, 2), (10, '山田 太郎', 2, 3)) AS c (id, full_name, company_id, commercial_id) ORDER BY id;
INSERT INTO contract (client_id, commercial_id, total_amount, remaining_amount, is_signed, is_fully_paid, created_at, updated_at)
SELECT client_id, commercial_id, total, remaining, signed, remaining = 0, '2026-03-01', '2026-03-01'
FROM (VALUES (1, 8, 2, 1200.50, 200.00, true), (2, 8, 2, 9800.00, 9800.00, false), (3, 4, 3, 9999999999.99, 0, true), (4, 2, 2, 10.00, 10.00, true)) AS k (id, client_id, commercial_id, total, remaining, signed) ORDER BY id;
INSERT INTO event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, notes, created_at, updated_at)
SELECT title, contract_id, address, support, starts::timestamptz, ends::timestamptz, participants, notes, '2026-04-01', '2026-04-01'
FROM (VALUES (1, 'B2B Fair', 1, '42 Rue de Paris, 75000 Paris', 4, '2027-11-01 00:00+01', '2027-11-02 18:00+01', 200, 'Vegetarian buffet'),
	(2, 'Jubiläum', 3, 'Unter den Linden 1, Berlin', NULL, '2027-06-04 13:00+02', '2027-06-05 02:00+02', 75, NULL)) AS e (id, title, contract_id, address, support, starts, ends, participants, notes) ORDER BY id;
`

// openOffice returns the address of a database with the office in it.
func openOffice(t testing.TB) (dsn string) {
	t.Helper()
	dsn = testdb.New(t)
	run(t, dsn, office)
	return dsn
}

// run executes statements.
func run(t testing.TB, dsn, statements string) {
	t.Helper()
	db, err := sql.Open("postgres", dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

var noon = time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)

// newEnv is what the commands live on, at noon in Paris. file is where the session is kept, if anywhere.
func newEnv(dsn string, file *security.SessionFile) (*commands.Env, error) {
	location, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return nil, err
	}
	var env *commands.Env
	store, err := data.Open(data.Config{DSN: dsn, Waiting: func(notice error) { env.Tell(sentences.Message(notice)) }})
	if err != nil {
		return nil, err
	}
	env = &commands.Env{
		Store: store, Clock: commands.Clock{Now: func() time.Time { return noon }, Location: location},
		Sessions: &commands.Sessions{
			Store: store, File: file, Now: time.Now, AccessLife: 30 * time.Minute, RefreshLife: 24 * time.Hour,
			Keys: func() (*security.Keys, error) { return security.NewKeys(strings.Repeat("k", 32), "v1", "", "") },
		},
		Policy: commands.Policy{UsernameMin: 5, UsernameMax: 64, Password: security.PasswordPolicy{Min: 8, Max: 128}},
		Person: commands.Person{Tell: func(string) {}}, Report: func(string) {},
	}
	return env, nil
}

// newDesk is an Env in which the user is logged in; "" for nobody.
func newDesk(t testing.TB, dsn, username string) *commands.Env {
	t.Helper()
	e, err := newEnv(dsn, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Store.Close() })
	if username != "" {
		if err := e.Sessions.OpenAs(context.Background(), username); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// newWords completes at once what the database knows, for as patient a typist as there is none.
func newWords(t testing.TB, e *commands.Env, past ...string) words {
	t.Helper()
	arrived := make(chan struct{}, 1)
	c := complete.New(commands.NewRegistry(commands.All()), e, past, func() {
		select {
		case arrived <- struct{}{}:
		default:
		}
	})
	c.Patience = time.Minute
	t.Cleanup(c.Stop)
	c.Begin()
	<-arrived
	return words{c}
}

// epev is epev, with a command that panics. It is told by EPEV_TEST_AS who is logged in.
func epev() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	options, words, err := ParseOptions(os.Args[1:])
	s := &Shell{
		Registry: commands.NewRegistry(append(commands.All(), commands.Define(commands.Spec[struct{}]{
			Command: commands.Command{Path: "panic", Help: "Panic", Example: "panic", Access: commands.Anyone()},
			Run:     func(context.Context, *commands.Act, struct{}) (commands.Result, error) { panic("a defect") },
		}))),
		Options: options, Getenv: os.Getenv, Reporter: &Reporter{}, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Home: os.Getenv("EPEV_HOME"),
	}
	if err != nil {
		return s.Fail(err)
	}
	file := security.NewSessionFile(os.Getenv)
	if s.Env, err = newEnv(os.Getenv("DATABASE_URL"), &file); err != nil {
		return s.Fail(err)
	}
	defer s.Env.Store.Close()
	s.Env.Saved = &commands.Saved{Path: filepath.Join(s.Home, "saved"), UID: os.Getuid(), GID: os.Getgid()}
	s.Registry.Saved = s.Env.Saved
	if username := os.Getenv("EPEV_TEST_AS"); username != "" {
		if _, err := s.Env.Sessions.Current(ctx); model.KindOf(err) == model.Unauthenticated {
			if err := s.Env.Sessions.OpenAs(ctx, username); err != nil {
				return s.Fail(err)
			}
		}
	}
	return s.Run(ctx, words)
}

// texts are suggestions as they stand in the line.
func texts(suggestions []prompt.Suggestion) []string {
	all := []string{}
	for _, s := range suggestions {
		all = append(all, s.Text)
	}
	return all
}
