package data

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/lib/pq"

	"epev/model"
)

// How long things may take. A peer that says nothing for longer than silence is gone: it is
// longer than any statement may run.
const (
	connectTimeout   = 5 * time.Second
	statementTimeout = 30 * time.Second
	lockTimeout      = 10 * time.Second
	silence          = statementTimeout + 10*time.Second
)

// connector makes connections with the settings epev relies upon, whatever the environment
// and the DSN say, and starts a private server that does not answer.
type connector struct {
	*pq.Connector
	start   func(context.Context) error
	target  string
	address func() Address
}

// newConnector makes a connector whose peer may be silent for a while; 0: for ever.
func newConnector(cfg Config, silence time.Duration) (*connector, error) {
	settings, err := settingsOf(cfg.DSN)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{
		"search_path": "epic_events,pg_catalog",
		"timezone":    "UTC",
		// Whoever waited for another's change must see it.
		"default_transaction_isolation": "read committed",
		"statement_timeout":             milliseconds(statementTimeout),
		"lock_timeout":                  milliseconds(lockTimeout),
	} {
		settings.Runtime[name] = value
	}
	c, err := pq.NewConnectorConfig(settings)
	if err != nil {
		return nil, err
	}
	d := &dialer{silence: silence}
	c.Dialer(d)
	address := func() Address {
		a := Address{Host: hostOf(settings), Port: int(settings.Port), User: settings.User, Database: cmp.Or(settings.Database, settings.User)}
		if reached := d.reached.Load(); reached != nil {
			a.Host, a.Port = reached.Host, reached.Port
		}
		return a
	}
	return &connector{Connector: c, start: cfg.Start, target: targetOf(settings), address: address}, nil
}

// settingsOf reads a DSN. PGOPTIONS is ignored, as it could change what names mean.
func settingsOf(dsn string) (pq.Config, error) {
	settings, err := pq.NewConfig(plainDSN(dsn))
	if err != nil {
		// The error itself goes nowhere: it may quote the address, with its password.
		if variable := environmentVariable.FindString(err.Error()); variable != "" {
			return settings, model.Errorf(model.Usage, "the environment variable %s is not supported, or its value is not", variable[1:]).
				WithHint("unset it, and put what it says into the database address")
		}
		part, allowed := wrongPart(err)
		if part != "" {
			return settings, model.Errorf(model.Usage, "the database address is not valid: its %s is wrong", part).WithHint("it must be %s", allowed)
		}
		return settings, model.Errorf(model.Usage, "the database address is not valid").
			WithHint("write DATABASE_URL like postgresql://user:password@host:5432/database")
	}
	settings.Options = ""
	settings.ApplicationName = "epev"
	settings.ConnectTimeout = connectTimeout
	if settings.Runtime == nil {
		settings.Runtime = map[string]string{}
	}
	if settings.SSLMode == "" {
		settings.SSLMode = defaultSSLMode(settings)
	}
	return settings, nil
}

// wrongPart returns which setting of an address lib/pq does not take, "" where it does not say, and what it
// must be. Both are lib/pq's own words: what was given stands between them.
func wrongPart(err error) (part, allowed string) {
	said := err.Error()
	if found := wrongSetting.FindStringSubmatch(said); found != nil {
		part = found[1]
	} else if strings.Contains(said, "invalid port") { // of url.Parse
		part = "port"
	}
	if i := strings.LastIndex(said, supported); i >= 0 && errors.Unwrap(err) == nil { // another's error ends with what was given
		return part, "one of " + said[i+len(supported):]
	}
	if part == "port" {
		return part, "a whole number from 1 to 65535"
	}
	return part, "as PostgreSQL's documentation of connection strings has it"
}

const supported = "supported values are "

var wrongSetting = regexp.MustCompile(`^pq: wrong value for "(\w+)"`)

// defaultSSLMode is what holds where neither the DSN nor PGSSLMODE says anything: on this
// machine as it comes; across a network nothing goes out unencrypted unless somebody asks for it.
func defaultSSLMode(settings pq.Config) pq.SSLMode {
	hosts := []pq.ConfigMultihost{{Host: settings.Host, Hostaddr: settings.Hostaddr}}
	for _, h := range append(hosts, settings.Multi...) {
		address, err := netip.ParseAddr(h.Host)
		switch {
		case h.Hostaddr.IsValid() && h.Hostaddr.IsLoopback():
		case h.Hostaddr.IsValid():
			return pq.SSLModeRequire
		case h.Host == "localhost", strings.HasPrefix(h.Host, "/"), strings.HasPrefix(h.Host, "@"):
		case err == nil && address.IsLoopback():
		default:
			return pq.SSLModeRequire
		}
	}
	return pq.SSLModePrefer
}

var environmentVariable = regexp.MustCompile(`\$PG[A-Z]+`)

var urlScheme = regexp.MustCompile(`^postgres(?:ql)?(?:\+\w+)?://`)

// plainDSN turns what psycopg and libpq accept and lib/pq does not into what it does: a driver's
// name in the scheme, several host:port, and a socket's directory as %2F in the place of the host.
func plainDSN(dsn string) string {
	scheme := urlScheme.FindString(dsn)
	if scheme == "" {
		return dsn
	}
	rest := dsn[len(scheme):]
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	authority, path := rest[:end], rest[end:]
	at := strings.LastIndexByte(authority, '@') + 1
	user, hosts := authority[:at], authority[at:]
	if !strings.ContainsAny(hosts, ",%[") || strings.Count(hosts, "[") != strings.Count(hosts, "]") {
		return "postgresql://" + rest
	}
	var names, ports []string
	for _, host := range strings.Split(hosts, ",") {
		name, port := host, ""
		if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
			name, port = host[:i], host[i+1:]
		}
		if port == "" {
			port = "5432"
		}
		names, ports = append(names, strings.Trim(name, "[]")), append(ports, port)
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	// A name stays escaped as it is: it was part of a URL already.
	return "postgresql://" + user + path + separator +
		"host=" + strings.Join(names, ",") + "&port=" + strings.Join(ports, ",")
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

// AsFound returns a context whose connections start no server: for what nobody waits for, which must
// not undo a db-stop.
func AsFound(ctx context.Context) context.Context { return context.WithValue(ctx, asFound{}, true) }

// Connect connects; where nothing answers and the server is a private one, it starts it.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	raw, err := c.Connector.Connect(ctx)
	if c.start != nil && err != nil && ctx.Err() == nil && ctx.Value(asFound{}) == nil && notServing(err) {
		if err := c.start(ctx); err != nil {
			return nil, err
		}
		raw, err = c.Connector.Connect(ctx)
	}
	if err != nil {
		return nil, &connectError{target: c.target, err: err}
	}
	return &conn{pqConn: raw.(pqConn), statements: map[string]driver.Stmt{}}, nil
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
	driver.QueryerContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// conn is a connection that prepares each statement once: prepared, a query is one round trip
// instead of two, and planned once instead of each time.
type conn struct {
	pqConn
	statements map[string]driver.Stmt // by SQL text
	stale      atomic.Bool            // its statements no longer fit the schema
}

// planned marks a context whose query is planned anew at every call with its arguments in
// sight: a list, most of whose conditions fold away.
type planned struct{}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if len(args) == 0 || ctx.Value(planned{}) != nil {
		return c.pqConn.QueryContext(ctx, query, args)
	}
	statement, err := c.prepared(ctx, query)
	if err != nil {
		return nil, err
	}
	rows, err := statement.(driver.StmtQueryContext).QueryContext(ctx, args)
	c.notice(err)
	return rows, err
}

func (c *conn) prepared(ctx context.Context, query string) (driver.Stmt, error) {
	if statement, ok := c.statements[query]; ok {
		return statement, nil
	}
	statement, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.statements[query] = statement
	return statement, nil
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

// dialer makes connections that do not wait for ever on a peer that went silent: lib/pq
// ignores a context's deadline while it reads.
type dialer struct {
	net.Dialer
	silence time.Duration
	reached atomic.Pointer[Address] // host and port of the last connection; nil before the first
}

func (d *dialer) DialTimeout(network, address string, timeout time.Duration) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return d.DialContext(ctx, network, address)
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := d.Dialer.DialContext(ctx, network, address)
	if err == nil {
		d.reached.Store(addressOf(network, address))
	}
	if err != nil || d.silence == 0 {
		return c, err
	}
	return &impatientConn{Conn: c, silence: d.silence}, nil
}

// addressOf reads what lib/pq dials: host:port, or a socket in its directory.
func addressOf(network, address string) *Address {
	host, port, _ := net.SplitHostPort(address)
	if network == "unix" {
		i := strings.LastIndexByte(address, '.')
		host, port = filepath.Dir(address), address[i+1:]
	}
	n, _ := strconv.Atoi(port)
	return &Address{Host: host, Port: n}
}

// impatientConn gives each read and write its own deadline, unless one was set for all.
type impatientConn struct {
	net.Conn
	silence time.Duration
	fixed   bool
}

func (c *impatientConn) SetDeadline(t time.Time) error {
	c.fixed = !t.IsZero()
	return c.Conn.SetDeadline(t)
}

func (c *impatientConn) Read(b []byte) (int, error) {
	if !c.fixed {
		if err := c.SetReadDeadline(time.Now().Add(c.silence)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Read(b)
}

func (c *impatientConn) Write(b []byte) (int, error) {
	if !c.fixed {
		if err := c.SetWriteDeadline(time.Now().Add(c.silence)); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(b)
}
