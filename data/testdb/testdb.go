// Package testdb gives every test a PostgreSQL database of its own: real, migrated, seeded with the
// roles of SPEC 5, and owned by an ordinary user as in production.
//
// The first call starts one throw-away server for the test binary and makes one template in it; a
// database then costs a copy of that. The server ends with the binary, however that ends.
package testdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lib/pq"

	"epev/data"
	"epev/data/private"
	"epev/data/private/privatetest"
	"epev/data/testdb/memory"
)

// owner owns the databases; it has no rights but those of an owner.
const owner = "epev_owner"

// shells is the role that shells use: it may do what epev does, and no more.
const shells = "epev_shells"

// template is the migrated database that New copies.
const template = "epev_template"

// cluster is the server of this test binary.
var cluster struct {
	once    sync.Once
	err     error
	address private.Address
	stop    func()
	admin   *sql.DB
	copying string // how CREATE DATABASE copies its template quickest
	count   atomic.Int64
}

// seeding makes the template when New is first called.
var seeding struct {
	once sync.Once
	err  error
	seed data.Seed
}

// Main runs the tests of a package and stops the server. It does not return: it is all that TestMain
// does. The databases of New begin with the seed, by default with the roles and codes of SPEC 5.
func Main(m *testing.M, seed ...data.Seed) { os.Exit(Run(m, seed...)) }

// Run is Main for a TestMain that has more to do: it returns the exit status.
func Run(m interface{ Run() int }, seed ...data.Seed) int {
	if len(seed) > 0 {
		seeding.seed = seed[0]
	}
	memory.Use()
	code := m.Run()
	if cluster.stop != nil {
		cluster.admin.Close()
		cluster.stop()
	}
	return code
}

// New returns the address of a database that Migrate has made ready, for this test alone.
func New(t testing.TB) (dsn string) {
	t.Helper()
	start(t)
	seeding.once.Do(func() { seeding.err = makeTemplate() })
	if seeding.err != nil {
		t.Fatal(seeding.err)
	}
	return create(t, template)
}

// Empty returns the address of a database without anything in it, for this test alone.
func Empty(t testing.TB) (dsn string) {
	t.Helper()
	start(t)
	return create(t, "template0")
}

// Superuser returns the address dsn of the same database, as the user who may do everything.
func Superuser(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(err)
	}
	u.User = url.User(cluster.address.User)
	return u.String()
}

// Shells returns the address dsn of the same database, which New made, as the role that shells use.
func Shells(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		panic(err)
	}
	u.User = url.User(shells)
	return u.String()
}

// Copy returns the address of a database like the one at dsn, to which nobody may be connected.
func Copy(t testing.TB, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return create(t, pq.QuoteIdentifier(u.Path[1:]))
}

func start(t testing.TB) {
	t.Helper()
	cluster.once.Do(func() {
		if cluster.address, cluster.stop, cluster.err = privatetest.Start(""); cluster.err != nil {
			return
		}
		if cluster.admin, cluster.err = sql.Open("postgres", Superuser(Address("postgres"))); cluster.err != nil {
			return
		}
		cluster.admin.SetMaxOpenConns(2)
		cluster.err = cluster.admin.QueryRow(`SELECT CASE WHEN current_setting('server_version_num')::int >= 150000 THEN ' STRATEGY file_copy' ELSE '' END`).
			Scan(&cluster.copying)
		if cluster.err == nil {
			_, cluster.err = cluster.admin.Exec("CREATE ROLE " + owner + " LOGIN")
		}
	})
	if cluster.err != nil {
		t.Fatal(cluster.err)
	}
}

func makeTemplate() error {
	if _, err := cluster.admin.Exec("CREATE DATABASE " + template + " OWNER " + owner); err != nil {
		return err
	}
	db, err := sql.Open("postgres", Address(template))
	if err != nil {
		return err
	}
	defer db.Close() // a template that somebody is connected to cannot be copied
	if seeding.seed.Roles == nil {
		seeding.seed = defaultSeed()
	}
	if _, err = data.Migrate(context.Background(), db, seeding.seed); err != nil {
		return err
	}
	admin, err := data.Open(data.Config{DSN: Superuser(Address(template))})
	if err != nil {
		return err
	}
	_, err = admin.MakeAppRole(context.Background(), data.AppRole{Name: shells})
	return errors.Join(err, admin.Close())
}

func create(t testing.TB, from string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", cluster.count.Add(1))
	if _, err := cluster.admin.Exec("CREATE DATABASE " + name + " TEMPLATE " + from + " OWNER " + owner + cluster.copying); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := cluster.admin.Exec("DROP DATABASE " + pq.QuoteIdentifier(name) + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return Address(name)
}

// Address returns the address of a database of this test binary's server, as its owner.
func Address(database string) string {
	a := cluster.address
	query := url.Values{"host": {a.Socket}, "port": {strconv.Itoa(a.Port)}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(owner), Path: "/" + database, RawQuery: query.Encode()}
	return u.String()
}
