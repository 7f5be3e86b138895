package data

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	queries "epev/sql"

	"epev/model"
)

// connector makes connections with the settings that epev relies upon, whatever the environment and the address say. It
// starts a private server that does not answer.
type connector struct {
	doors []door
	// behind says that a pooler stands before the server, which the address told or a connection found.
	behind  atomic.Bool
	private bool
	// elects says that one of several hosts is the primary, now this one and now that one.
	elects  bool
	start   func(context.Context) error
	target  string
	address func() Address
	waiting func(notice error) // nil: nobody is told
	early   atomic.Pointer[early]
}

// door is a way to the server with one form of the password. The first door takes it as PostgreSQL keeps it; a second
// one, where that differs, takes it as it was given.
type door struct{ direct, pooled *pq.Connector }

// newConnector makes a connector whose peer may be silent for a while; 0: for ever.
func newConnector(cfg Config, silence time.Duration) (*connector, error) {
	s, err := settingsOf(cfg.DSN, cfg.Getenv)
	if err != nil {
		return nil, err
	}
	if cfg.database != "" {
		s.Database = cfg.database
	}
	network := net.Dialer{KeepAliveConfig: s.keepAlive}
	if !s.keepAlive.Enable {
		network.KeepAlive = -1
	}
	d := &dialer{dial: network.DialContext, silence: silence, userTimeout: s.userTimeout, mute: s.SSLNegotiation == pq.SSLNegotiationDirect}
	if cfg.dial != nil {
		d.dial = cfg.dial
	}
	c := &connector{private: cfg.Start != nil, start: cfg.Start, target: targetOf(s.Config), waiting: cfg.Waiting}
	if cfg.Waiting != nil && silence > 0 {
		d.waiting = func(ctx context.Context) { c.tell(ctx, "waiting-for-answer") }
	}
	c.behind.Store(s.pooled)
	c.elects = len(s.Multi) > 0 && (s.TargetSessionAttrs == pq.TargetSessionAttrsReadWrite || s.TargetSessionAttrs == pq.TargetSessionAttrsPrimary)
	passwords := slices.Compact([]string{prepared(s.Password), s.Password})
	for _, password := range passwords {
		// A pooler takes no parameters but those that it tracks, and gives them to other clients.
		pooled, direct := s.Config.Clone(), s.Config.Clone()
		for _, to := range []*pq.Config{&pooled, &direct} {
			to.Password, to.BinaryParameters = password, true // so one message carries a statement and its arguments
		}
		maps.Copy(direct.Runtime, lostShell)
		maps.Copy(direct.Runtime, sessionSettings)
		if idle := s.Runtime[idleLimit]; idle != "" {
			direct.Runtime[idleLimit] = idle
		}
		direct.Runtime["epev.own"] = "yes" // see the query own
		var by door
		if by.pooled, err = pq.NewConnectorConfig(pooled); err != nil {
			return nil, err
		}
		if by.direct, err = pq.NewConnectorConfig(direct); err != nil {
			return nil, err
		}
		by.pooled.Dialer(d)
		by.direct.Dialer(d)
		c.doors = append(c.doors, by)
	}
	c.address = func() Address {
		a := Address{Host: hostOf(s.Config), Port: int(s.Port), User: s.User, Database: cmp.Or(s.Database, s.User)}
		if reached := d.reached.Load(); reached != nil {
			a.Host, a.Port = reached.Host, reached.Port
		}
		return a
	}
	return c, nil
}

// sessionSettings are what each transaction behind a pooler begins with, by name. Elsewhere a connection is made with them.
var sessionSettings = func() map[string]string {
	settings := map[string]string{}
	for line := range strings.Lines(queries.Transaction.Begin.Text()) {
		_, setting, is := strings.Cut(line, " LOCAL ")
		name, value, whole := strings.Cut(setting, " = ")
		if value, _, _ = strings.Cut(strings.TrimPrefix(value, "'"), ";"); is && whole {
			settings[name] = strings.TrimSuffix(strings.TrimRight(value, "\n"), "'")
		}
	}
	return settings
}()

// idleLimit is for how long a transaction may be idle.
const idleLimit = "idle_in_transaction_session_timeout"

// lostShell are the settings by which a server notices that nobody is there any more, although the network says
// nothing.
var lostShell = map[string]string{
	"tcp_keepalives_idle":     "30",
	"tcp_keepalives_interval": "10",
	"tcp_keepalives_count":    "3",
	"tcp_user_timeout":        milliseconds(silence),
}

func hostOf(settings pq.Config) string {
	if settings.Hostaddr.IsValid() {
		return settings.Hostaddr.String()
	}
	return settings.Host
}

func targetOf(settings pq.Config) string {
	host := hostOf(settings)
	target := net.JoinHostPort(host, strconv.Itoa(int(settings.Port)))
	if strings.HasPrefix(host, "/") {
		target = host
	}
	if n := len(settings.Multi); n > 0 {
		target += fmt.Sprintf(" and %d more", n)
	}
	return target + "/" + settings.Database
}

func milliseconds(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// asFound marks a context in which a private server that does not run is left alone.
type asFound struct{}

// AsFound returns a context whose connections start no server. It is for work that nobody waits for, which must not
// undo a db-stop.
func AsFound(ctx context.Context) context.Context { return context.WithValue(ctx, asFound{}, true) }

// Connect connects; where nothing answers and the server is a private one, it starts it.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	made, err := c.connect(ctx)
	if c.start != nil && err != nil && ctx.Err() == nil && ctx.Value(asFound{}) == nil && notServing(err) {
		if err := c.start(ctx); err != nil {
			return nil, err
		}
		made, err = c.connect(ctx)
	}
	if err != nil {
		return nil, &connectError{target: c.target, err: err}
	}
	return made, nil
}

// Driver is asked for by database/sql.
func (c *connector) Driver() driver.Driver { return c.doors[0].direct.Driver() }

// connect makes a connection within its time. A server that is starting is waited for, and so is one of several that is about to
// become the primary.
func (c *connector) connect(ctx context.Context) (driver.Conn, error) {
	limited, cancel := context.WithTimeout(ctx, connectTimeout-grace)
	defer cancel()
	limited = calledBy(limited)
	loud := time.AfterFunc(noticeable, func() { c.tell(limited, "waiting-for-connection") })
	defer loud.Stop()
	if made := c.fetch(limited); made != nil {
		return made, nil
	}
	for {
		made, err := c.dial(limited)
		if err == nil || c.private || !isStarting(err) && !(c.elects && isElecting(err)) {
			return made, err
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-limited.Done():
			return nil, err
		}
	}
}

// tell tells whoever waits what for.
func (c *connector) tell(ctx context.Context, what model.Fault) {
	if c.waiting != nil && ctx.Err() == nil && ctx.Value(asFound{}) == nil {
		c.waiting(&model.Error{Fault: what, Facts: model.Facts{"target": c.target}})
	}
}

// dial makes a connection by the first door that opens.
func (c *connector) dial(ctx context.Context) (made driver.Conn, err error) {
	for _, by := range c.doors {
		made, err = c.enter(ctx, by)
		if e, ok := errors.AsType[*pq.Error](err); !ok || e.Code != "28P01" {
			break
		}
	}
	return made, err
}

// enter makes a connection of epev's own, or where there is none to be had, one of a pool.
func (c *connector) enter(ctx context.Context, by door) (driver.Conn, error) {
	var wire *wire
	ctx = context.WithValue(ctx, dialled{}, &wire)
	if !c.behind.Load() {
		raw, err := by.direct.Connect(ctx)
		own := err == nil
		if own && !c.private {
			if own, err = isOwn(ctx, raw.(pqConn)); !own {
				_ = raw.Close()
			}
		}
		switch {
		case own:
			return &conn{wired: wired{raw.(pqConn), wire}, statements: map[string]driver.Stmt{}}, nil
		case err != nil && (c.private || !isPoolers(err)):
			return nil, err
		}
		c.behind.Store(true)
	}
	raw, err := by.pooled.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &pooledConn{wired: wired{raw.(pqConn), wire}}, nil
}

// isPoolers reports whether a connection was refused for its parameters, as poolers do.
func isPoolers(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code.Class() == "08" || e.Code == "0A000") && strings.Contains(strings.ToLower(e.Message), "startup param")
}

// isOwn reports whether the connection has the settings that it was made with. A pooler may pass them over in silence.
func isOwn(ctx context.Context, c pqConn) (own bool, err error) {
	rows, err := c.QueryContext(ctx, queries.Transaction.Own.Text(), nil)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	row := make([]driver.Value, 1)
	if err := rows.Next(row); err != nil {
		return false, err
	}
	own, isBool := row[0].(bool)
	return own || !isBool, nil
}

// connectError is a failure to get a connection at all: nothing was sent.
type connectError struct {
	target string
	err    error
}

func (e *connectError) Error() string { return "connect to " + e.target + ": " + e.err.Error() }
func (e *connectError) Unwrap() error { return e.err }

// notServing reports whether a connection failed because no server serves there now, so that
// starting one can help.
func notServing(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code.Class() == "57" || e.Code == "3D000" // shutting down, starting up; no such database yet
	}
	return isLost(err)
}

// isStarting reports whether there is a server that takes no connections at this moment.
func isStarting(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && e.Code == "57P03"
}

// isElecting reports whether none of the hosts is the primary, but one that answers may become it: a standby, or a server that
// starts. It is not so where somebody has to mend something at one of them.
func isElecting(err error) bool {
	may := false
	for _, err := range eachHost(err) {
		switch causeOf(err, "").fault {
		case "other-kind-of-server", "starting-or-stopping":
			may = true
		case "nobody-answers":
		default:
			return false
		}
	}
	return may
}

// isLost reports whether the connection broke, or was never made.
func isLost(err error) bool {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return e.Code.Class() == "08" || e.Code == "57P01" || e.Code == "57P02" || e.Code == "25P03"
	}
	_, isNet := errors.AsType[net.Error](err)
	return isNet && !errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, sql.ErrConnDone)
}

// pqConn is what a connection of lib/pq can do.
type pqConn interface {
	driver.Conn
	driver.ConnPrepareContext
	driver.ConnBeginTx
	driver.Tx // the one that was begun
	driver.QueryerContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection that prepares a statement when it comes for the second time. From then on it is planned once
// instead of each time. What is asked once is one round trip, where to prepare it would take another.
type conn struct {
	wired
	statements map[string]driver.Stmt // by SQL text; nil for what was asked once
	stale      atomic.Bool            // its statements no longer fit the schema
}

// planned marks a context whose query is planned anew at every call, with its arguments in sight. It is for lists, as
// most of their conditions fold away.
type planned struct{}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 || ctx.Value(planned{}) != nil {
		return c.wired.QueryContext(ctx, query, args)
	}
	statement, again := c.statements[query]
	if !again {
		c.statements[query] = nil
		return c.wired.QueryContext(ctx, query, args)
	}
	if statement == nil {
		var err error
		if statement, err = c.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		c.statements[query] = statement
	}
	c.serve(ctx)
	rows, err := statement.(driver.StmtQueryContext).QueryContext(ctx, args)
	c.notice(err)
	return rows, err
}

// notice gives the connection up after a migration made its statements useless ("cached plan
// must not change result type"), or somebody in between dropped them.
func (c *conn) notice(err error) {
	if outdated(err) {
		c.stale.Store(true)
	}
}

func outdated(err error) bool {
	e, ok := errors.AsType[*pq.Error](err)
	return ok && (e.Code == "26000" || e.Code == "0A000" && e.Routine == "RevalidateCachedQuery")
}

func (c *conn) IsValid() bool { return !c.stale.Load() && c.pqConn.IsValid() }

func (c *conn) ResetSession(ctx context.Context) error {
	if c.stale.Load() {
		return driver.ErrBadConn
	}
	return c.pqConn.ResetSession(ctx)
}
