package data

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// Held is what a database holds of epev's, as far as two databases with the same records agree on it.
type Held struct {
	Version int64                `json:"schema_version"`
	Tables  map[string]HeldTable `json:"tables"`
	Rules   []string             `json:"rules"` // the names of constraints, indexes, triggers, views and functions
}

// HeldTable is how many rows a table has, and a number that stands for all that they hold.
type HeldTable struct {
	Rows int64  `json:"rows"`
	Mark string `json:"mark"`
}

// Rows is how many rows there are in all tables.
func (h Held) Rows() (n int64) {
	for _, t := range h.Tables {
		n += t.Rows
	}
	return n
}

// Differences tells, as a person reads it, in what a copy is not what h is.
func (h Held) Differences(copied Held) (differences []error) {
	differs := func(fault model.Fault, facts model.Facts) {
		differences = append(differences, &model.Error{Fault: fault, Facts: facts})
	}
	if h.Version != copied.Version {
		differs("held-version", model.Facts{"was": h.Version, "is": copied.Version})
	}
	for _, name := range slices.Sorted(maps.Keys(h.Tables)) {
		was := h.Tables[name]
		is, there := copied.Tables[name]
		switch {
		case !there:
			differs("held-no-table", model.Facts{"name": name})
		case was.Rows != is.Rows:
			differs("held-count", model.Facts{"name": name, "was": was.Rows, "is": is.Rows})
		case was.Mark != is.Mark:
			differs("held-otherwise", model.Facts{"name": name})
		}
	}
	for _, rule := range h.Rules {
		if !slices.Contains(copied.Rules, rule) {
			differs("held-no-rule", model.Facts{"name": rule})
		}
	}
	return differences
}

// alone runs do on a connection of its own, of which nobody asks that it answers soon.
func (s *Store) alone(ctx context.Context, what string, do func(ctx context.Context, conn *sql.Conn) error) error {
	c, err := newConnector(s.cfg, 0)
	if err != nil {
		return err
	}
	handle := sql.OpenDB(c)
	defer handle.Close()
	conn, err := handle.Conn(ctx)
	if err == nil {
		defer conn.Close()
		err = do(ctx, conn)
	}
	if err != nil {
		return s.translate(ctx, fmt.Errorf("%s: %w", what, err))
	}
	return nil
}

// asked reads the one row of a query.
func asked(ctx context.Context, on queryer, q queries.Query, a args, into ...any) error {
	bound, err := q.Bind(a)
	if err != nil {
		return err
	}
	return on.QueryRowContext(ctx, q.Text(), bound...).Scan(into...)
}

// Counted counts what the database holds. It calls do with that and with the name by which another connection sees the very
// same, which holds until do returns; do may be nil.
func (s *Store) Counted(ctx context.Context, do func(name string, held Held) error) (held Held, err error) {
	err = s.alone(ctx, "count what the database holds", func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := execute(ctx, tx, queries.Database.Counting, nil); err != nil {
			return err
		}
		if err := execute(ctx, tx, queries.Database.Count, nil); err != nil {
			return err
		}
		found, err := findSchema(ctx, tx)
		if err != nil {
			return err
		}
		var tables string
		if err := tx.QueryRowContext(ctx, queries.Database.Counted.Text()).Scan(&tables, (*pq.StringArray)(&held.Rules)); err != nil {
			return err
		}
		held.Version = found.version()
		if err := json.Unmarshal([]byte(tables), &held.Tables); err != nil || do == nil {
			return err
		}
		var name string
		if err := tx.QueryRowContext(ctx, queries.Database.Export.Text()).Scan(&name); err != nil {
			return err
		}
		return do(name, held)
	})
	if e, ok := errors.AsType[*model.Error](err); ok && e.Fault == "no-right" {
		err = &model.Error{Kind: model.Denied, Fault: "may-not-read-all", Err: err}
	}
	return held, err
}

// Ruled is what Counted tells without counting: no tables, but the version and the rules.
func (s *Store) Ruled(ctx context.Context) (held Held, err error) {
	err = s.alone(ctx, "ask for the rules of the database", func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		defer tx.Rollback()
		found, err := findSchema(ctx, tx)
		if err != nil {
			return err
		}
		held.Version = found.version()
		var none string
		return tx.QueryRowContext(ctx, queries.Database.Counted.Text()).Scan(&none, (*pq.StringArray)(&held.Rules))
	})
	return held, err
}

// Sized is something of the server, and how many bytes it takes.
type Sized struct {
	Name  string `db:"name"`
	Bytes int64  `db:"bytes"`
}

// Databases returns the databases of the server that hold records, its own one among them.
func (s *Store) Databases(ctx context.Context) ([]Sized, error) {
	r := s.anyReader()
	found, err := list[Sized](ctx, r, queries.Database.All, nil)
	return found, r.failed(ctx, "list the databases", err)
}

// Analyse has the planner know what a database holds. It takes as long as it takes.
func (s *Store) Analyse(ctx context.Context) error {
	return s.alone(ctx, "analyse the database", func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := execute(ctx, tx, queries.Database.Counting, nil); err != nil {
			return err
		}
		if err := execute(ctx, tx, queries.Database.Analyse, nil); err != nil {
			return err
		}
		return tx.Commit()
	})
}

// Sizes returns how many bytes each of epev's tables takes.
func (s *Store) Sizes(ctx context.Context) (map[string]int64, error) {
	r := s.anyReader()
	rows, err := list[Sized](ctx, r, queries.Database.Sizes, nil)
	sizes := map[string]int64{}
	for _, row := range rows {
		sizes[row.Name] = row.Bytes
	}
	return sizes, r.failed(ctx, "ask how large the tables are", err)
}

// Occupied is what is to be known of a database that another one takes the place of.
type Occupied struct {
	Tables    int64          `db:"tables"` // of epev's
	Others    pq.StringArray `db:"others"` // the first tables and views of somebody else's
	Collate   string         `db:"collate"`
	CType     string         `db:"ctype"`
	Provider  string         `db:"provider"` // of the order of texts: libc, icu or builtin
	Locale    string         `db:"locale"`   // of the provider, where it is not libc
	Owner     string         `db:"owner"`
	MayCreate bool           `db:"may_create"` // databases
	Owns      bool           `db:"owns"`
	Major     int            `db:"major"` // version of the server
}

// Occupied asks the database for that.
func (s *Store) Occupied(ctx context.Context) (Occupied, error) {
	r := s.anyReader()
	found, err := get[Occupied](ctx, r, queries.Database.Occupied, nil)
	return found, r.failed(ctx, "ask what the database holds", err)
}

// Beside opens another database of the same server.
func (s *Store) Beside(name string) (*Store, error) {
	cfg := s.cfg
	cfg.Standby, cfg.database = "", name
	return Open(cfg)
}

// maintenance opens a database of the server through which others are renamed: one that is neither of those.
func (s *Store) maintenance(ctx context.Context) (*Store, error) {
	var why error
	for _, name := range []string{"postgres", "template1"} {
		other, err := s.Beside(name)
		if err != nil {
			return nil, err
		}
		if _, err = other.Info(ctx); err == nil {
			return other, nil
		}
		other.Close()
		if why == nil {
			why = err
		}
	}
	return nil, why
}

// Exclusively runs do while nobody else does so for the database of that name on the server. It is a Conflict where somebody does.
func (s *Store) Exclusively(ctx context.Context, name string, do func(ctx context.Context) error) error {
	through, err := s.maintenance(ctx)
	if err != nil {
		return err
	}
	defer through.Close()
	return through.alone(ctx, "have the database alone", func(ctx context.Context, conn *sql.Conn) error {
		free := false
		if err := asked(ctx, conn, queries.Database.Alone, args{"name": name}, &free); err != nil {
			return err
		}
		if !free {
			return &model.Error{Kind: model.Conflict, Fault: "database-in-hand", Facts: model.Facts{"name": name}}
		}
		return do(ctx)
	})
}

// LeftOver returns which of the databases of those names there are on the server.
func (s *Store) LeftOver(ctx context.Context, names []string) ([]string, error) {
	r := s.anyReader()
	found, err := list[string](ctx, r, queries.Database.LeftOver, args{"names": pq.Array(names)})
	return found, r.failed(ctx, "look for databases", err)
}

// Swap puts the database made in the place of the one called name, which is called kept from then on: both at once, or neither. Whoever
// is connected to them is not any more.
func (s *Store) Swap(ctx context.Context, name, made, kept string) error {
	through, err := s.maintenance(ctx)
	if err != nil {
		return err
	}
	defer through.Close()
	err = through.alone(ctx, "put a database in the place of another", func(ctx context.Context, conn *sql.Conn) error {
		tx, err := conn.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		if err := execute(ctx, tx, queries.Database.Naming, args{"old": name, "new": made, "kept": kept}); err != nil {
			return err
		}
		if err := execute(ctx, tx, queries.Database.Swap, nil); err != nil {
			if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "55006" {
				return &model.Error{Kind: model.Conflict, Fault: "database-in-use", Facts: model.Facts{"name": name}, Err: err}
			}
			return err
		}
		return tx.Commit()
	})
	if err == nil {
		s.usable.Store(false)
	}
	return err
}

// Libpq returns the variables by which PostgreSQL's own programs reach the database, and the password for its file. That is
// empty where there is none, or where libpq finds it by itself.
func (s *Store) Libpq() (variables []string, passfile []byte, err error) {
	found, err := settingsOf(s.cfg.DSN, s.cfg.Getenv)
	if err != nil {
		return nil, nil, err
	}
	if s.cfg.database != "" {
		found.Database = s.cfg.database
	}
	var hosts, addresses, ports []string
	addressed := false
	for _, at := range found.hosts() {
		address := ""
		if at.Hostaddr.IsValid() {
			address, addressed = at.Hostaddr.String(), true
		}
		hosts, addresses, ports = append(hosts, at.Host), append(addresses, address), append(ports, strconv.Itoa(int(at.Port)))
	}
	root := found.SSLRootCert
	if root == "system" { // which libpq knows from version 16 on
		for _, bundle := range []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"} {
			if _, err := os.Stat(bundle); err == nil {
				root = bundle
				break
			}
		}
	}
	if !addressed {
		addresses = nil
	}
	database := found.Database
	if database == "" {
		database = found.User
	}
	for _, v := range [][2]string{
		{"PGHOST", strings.Join(hosts, ",")}, {"PGHOSTADDR", strings.Join(addresses, ",")}, {"PGPORT", strings.Join(ports, ",")},
		{"PGUSER", found.User}, {"PGDATABASE", database}, {"PGSSLMODE", string(found.SSLMode)}, {"PGSSLROOTCERT", root},
		{"PGSSLCERT", found.SSLCert}, {"PGSSLKEY", found.SSLKey}, {"PGTARGETSESSIONATTRS", string(found.TargetSessionAttrs)},
		{"PGAPPNAME", found.ApplicationName}, {"PGCONNECT_TIMEOUT", strconv.Itoa(max(2, int(found.ConnectTimeout.Seconds())))},
	} {
		if v[1] != "" {
			variables = append(variables, v[0]+"="+v[1])
		}
	}
	switch {
	case found.Password != "":
		passfile = []byte("*:*:*:*:" + strings.NewReplacer(`\`, `\\`, ":", `\:`).Replace(found.Password) + "\n")
	case found.Passfile != "":
		variables = append(variables, "PGPASSFILE="+found.Passfile)
	}
	return variables, passfile, nil
}
