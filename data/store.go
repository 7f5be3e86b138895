package data

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"epev/model"
	queries "epev/sql"
)

// Config says where the database is.
type Config struct {
	// DSN is a PostgreSQL address: key=value words or a URL; postgresql+psycopg:// and its like
	// are read as postgresql://, and several hosts may be given with target_session_attrs.
	DSN string
	// Getenv looks libpq's variables up, which say what the address leaves open; nil: none of them counts.
	Getenv func(string) string
	// Standby is the address of a server that follows the one at DSN and answers what ReadingAside reads; empty: there is none.
	Standby string
	// Idle is for how long a connection may do nothing before it is given back; 0 stands for idleLife.
	Idle time.Duration
	// Start starts the private server, or starts it again; it returns once the server takes
	// connections. It is called when nothing answers at DSN. nil: the server is somebody else's.
	Start func(ctx context.Context) error
	// Waiting is told of a wait that has become long. nil: nobody is.
	Waiting func(notice error)

	// database is another one of the server than DSN names; empty: that one.
	database string
	// dial is the network; nil: the machine's.
	dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Store is epev's database. It connects when it is first used, and again whenever the
// connection was lost. It is safe for concurrent use.
//
// Every error it returns that a person can cause, or can do something about, is a *model.Error;
// whatever else happens is Internal.
type Store struct {
	cfg     Config
	db      *sqlx.DB
	target  string // host:port/database, for messages
	reader  *Reader
	rights  *rights
	standby *standby    // nil: there is none
	usable  atomic.Bool // the schema was found to be that of this epev
	// Address says where epev connects to. The store of Atomic, whose connection is made, has none.
	Address   func() Address
	connector *connector
	outer     *transaction // the transaction of Atomic, or nil
	patient   bool         // a commit may take any time
	written   *atomic.Int64
}

// idleConnections are kept: one for the commands, one for completion and for what acts outside
// of --atomic.
const idleConnections = 2

// idleLife is after how long without work a connection is given back: a prompt that nobody types at takes no place on the server.
const idleLife = 5 * time.Minute

// Open returns the store at cfg without connecting to it. A DSN that cannot be read is a
// Usage error.
func Open(cfg Config) (*Store, error) { return openStore(cfg, silence) }

// openStore is Open of a store whose database may say nothing for so long; 0: for ever.
func openStore(cfg Config, silence time.Duration) (*Store, error) {
	c, err := newConnector(cfg, silence)
	if err != nil {
		return nil, err
	}
	aside, err := openStandby(cfg)
	if err != nil {
		return nil, err
	}
	db := cfg.handle(c)
	s := &Store{cfg: cfg, db: db, connector: c, target: c.target, Address: c.address, standby: aside, rights: &rights{known: map[int64]authority{}}, written: new(atomic.Int64)}
	s.reader = &Reader{store: s, q: db}
	return s, nil
}

// handle returns the connections that a connector makes.
func (cfg Config) handle(c *connector) *sqlx.DB {
	db := sqlx.NewDb(sql.OpenDB(c), "postgres")
	db.SetMaxIdleConns(idleConnections)
	db.SetMaxOpenConns(8)
	db.SetConnMaxIdleTime(cmp.Or(cfg.Idle, idleLife))
	return db
}

// Close closes the connections. It leaves a private server running.
func (s *Store) Close() error {
	err := s.db.Close()
	if e := s.connector.early.Swap(nil); e != nil {
		go e.drop()
	}
	if s.standby != nil {
		err = errors.Join(err, s.standby.db.Close())
	}
	return err
}

// Written returns how many transactions have changed something. So whoever was interrupted can be told whether it was
// before or after a change.
func (s *Store) Written() int64 { return s.written.Load() }

// Read returns the read methods.
func (s *Store) Read() *Reader { return s.reader }

// anyReader reads of a database whatever its schema.
func (s *Store) anyReader() *Reader { return &Reader{store: s, q: s.db, anySchema: true} }

// use refuses a database whose schema is not that of this epev, before anything else is asked of it.
func (s *Store) use(ctx context.Context, r *Reader) error {
	if s.usable.Load() {
		return nil
	}
	made, err := selected[pq.Int64Array](ctx, r.q, nil, queries.Schema.Version, nil)
	if err == nil && (schema{made: made[0]}).check() == nil {
		s.usable.Store(true)
		return nil
	}
	if err == nil || isSchemaless(err) { // what is the matter with it takes more questions
		r.leave()
		_, err = SchemaVersion(ctx, s.db.DB)
	}
	return err
}

// Migrate makes the schema, or brings it to this version, as the function Migrate does.
func (s *Store) Migrate(ctx context.Context, seed Seed) (Summary, error) {
	if s.outer != nil {
		return Summary{}, &model.Error{Kind: model.Usage, Fault: "schema-within-a-script", Try: []string{"db-create"}}
	}
	c, err := newConnector(s.cfg, 0) // an index on a large table is silent for long
	if err != nil {
		return Summary{}, err
	}
	db := sql.OpenDB(c)
	defer db.Close()
	summary, err := migrateAloud(ctx, db, seed, s.cfg.Waiting)
	if err = s.translate(ctx, err); model.KindOf(err) == model.Interrupted {
		// Whether it was before or after the commit, nobody knows.
		err = &model.Error{Kind: model.Interrupted, Fault: "migration-stopped", Try: []string{"db-create"}, Err: err}
	}
	return summary, err
}

// Reader reads. Outside of a transaction each method is one statement, repeated once on a new
// connection when the old one was lost.
type Reader struct {
	store *Store
	q     asker
	tx    *transaction // the transaction it reads in, or nil
	// decided is what Authorise last found in the transaction: who holds this reader decides by it.
	decided *authority
	// anySchema says that it reads of any database, whatever its schema.
	anySchema bool
	// presumed is what Presume took for granted; nil elsewhere.
	presumed *presumption
	// leaves says that it goes to the standby once it has authorised; home is what it reads from otherwise, while it is there.
	// It went there at the position at.
	leaves bool
	home   asker
	at     position
}

// authority is what Authorise found for a session.
type authority struct {
	actor   model.Actor
	version int64  // of the role
	stamp   string // xmin of the role's row: tells a rolled back change from a kept one
	// userStamp is that of the user's row, which changes with whatever ends all of a user's sessions.
	userStamp string
}

// rights remembers what Authorise found, so that the permissions travel only after a change,
// and so that a write can tell whether they were lost since.
type rights struct {
	mu    sync.Mutex
	known map[int64]authority // by session
}

func (r *rights) of(session int64) authority {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[session]
}

func (r *rights) keep(session int64, a authority) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known[session] = a
}
