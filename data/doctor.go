package data

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// ServerState is how a server is set, who asks, and how, as doctor looks at it.
type ServerState struct {
	Version           string    `db:"version"`
	Major             int       `db:"major"`
	Encoding          string    `db:"encoding"` // of the database
	TimeZone          string    `db:"timezone"` // of the connection
	Standby           bool      `db:"standby"`
	Fsync             string    `db:"fsync"`
	FullPageWrites    string    `db:"full_page_writes"`
	SynchronousCommit string    `db:"synchronous_commit"`
	Places            int64     `db:"places"` // how many may be connected who are no superusers
	Taken             int64     `db:"taken"`
	TLS               *string   `db:"tls"`  // its version; nil: there is none
	Data              *string   `db:"data"` // the directory; nil: who asks may not know
	Role              string    `db:"role"`
	Database          string    `db:"database"`
	Now               time.Time `db:"now"`
	InUTF8            string    `db:"in_utf8"`     // makes a database beside it that has the encoding
	MorePlaces        string    `db:"more_places"` // gives the server more of them
}

// OldestServer is the first major version of PostgreSQL that epev works with (SPEC 6).
const OldestServer = 14

// ServerState asks the server how it is set.
func (s *Store) ServerState(ctx context.Context) (ServerState, error) {
	q := &reads{db: s.db, single: s.db} // behind a pooler a transaction, which begins with epev's settings
	defer q.end()
	r := &Reader{store: s, q: q, anySchema: true}
	found, err := get[ServerState](ctx, r, queries.Doctor.Server, nil)
	return found, r.failed(ctx, "ask the server how it is set", err)
}

// Schema returns the version of the schema. It is Unavailable, and says what to do, unless that is the version of this epev.
func (s *Store) Schema(ctx context.Context) (int64, error) {
	version, err := SchemaVersion(ctx, s.db.DB)
	return version, s.translate(ctx, err)
}

// Trigrams tells of the extension by which parts of names are found.
type Trigrams struct {
	Made      bool `db:"made"`
	Available bool `db:"available"` // to who may make it
	Used      bool `db:"used"`      // by the indexes
}

// Trigrams asks for that.
func (s *Store) Trigrams(ctx context.Context) (Trigrams, error) {
	r := s.anyReader()
	found, err := get[Trigrams](ctx, r, queries.Doctor.Trigrams, nil)
	return found, r.failed(ctx, "ask for the extensions", err)
}

// Breach is a rule that some rows break.
type Breach struct {
	Rows     int64         `db:"row_count"`
	BrokenBy string        `db:"broken_by"` // what they are
	IDs      pq.Int64Array `db:"first_ids"`
	Mend     string        `db:"mend"` // the command that mends one of them; empty: there is none
}

// Breaches looks for rows that break a rule, and changes nothing.
func (s *Store) Breaches(ctx context.Context) ([]Breach, error) {
	r := s.anyReader()
	found, err := list[Breach](ctx, r, queries.Doctor.Breaches, nil)
	return found, r.failed(ctx, "look for rows that break a rule", err)
}

// Since returns since when there are records, nil where there are none.
func (s *Store) Since(ctx context.Context) (*time.Time, error) {
	type since struct {
		Since *time.Time `db:"since"`
	}
	r := s.anyReader()
	found, err := get[since](ctx, r, queries.Doctor.Since, nil)
	return found.Since, r.failed(ctx, "ask since when there are records", err)
}

// Remedied is something that is amiss, and the statement that mends it.
type Remedied struct {
	Name   string `db:"name"`
	Remedy string `db:"remedy"`
	Grave  bool   `db:"grave"`
}

// Careless returns the settings with which a crash of the machine takes records along.
func (s *Store) Careless(ctx context.Context) ([]Remedied, error) {
	r := s.anyReader()
	found, err := list[Remedied](ctx, r, queries.Doctor.Careless, nil)
	return found, r.failed(ctx, "ask for settings", err)
}

// Abandoned returns those of the databases to which nobody is connected.
func (s *Store) Abandoned(ctx context.Context, databases []string) ([]Remedied, error) {
	r := s.anyReader()
	found, err := list[Remedied](ctx, r, queries.Doctor.Abandoned, args{"names": pq.Array(databases)})
	return found, r.failed(ctx, "ask who is connected", err)
}

// Way is how a database is reached, as its address and libpq's variables say it.
type Way struct {
	Remote   []string // its hosts that are neither a socket of this machine nor its loopback
	Password bool     // one is said, not only found in a file
	Mode     string   // of TLS: disable, allow, prefer, require, verify-ca, verify-full
	Checked  bool     // whoever answers is asked for a certificate that an authority has signed
	Pooled   bool     // a pooler stands before the server
}

// Way tells how the database is reached.
func (s *Store) Way() (Way, error) {
	found, err := settingsOf(s.cfg.DSN, s.cfg.Getenv)
	if err != nil {
		return Way{}, err
	}
	w := Way{Password: found.Password != "", Mode: string(found.SSLMode), Pooled: found.pooled,
		Checked: found.SSLMode == pq.SSLModeVerifyCA || found.SSLMode == pq.SSLModeVerifyFull || found.SSLMode == pq.SSLModeRequire && found.SSLRootCert != ""}
	for _, at := range found.hosts() {
		host := at.Host
		if at.Hostaddr.IsValid() {
			host = at.Hostaddr.String()
		}
		if !isOnThisMachine(at) {
			w.Remote = append(w.Remote, model.Escape(cmp.Or(host, "?")))
		}
	}
	slices.Sort(w.Remote)
	w.Remote = slices.Compact(w.Remote)
	return w, nil
}
