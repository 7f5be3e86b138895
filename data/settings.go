package data

import (
	"cmp"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lib/pq"

	"epev/model"
)

// An address names its parameters as libpq does: as a URL, or as words name=value. What it leaves open is taken from
// the service that it names, then from libpq's variables. The configuration for lib/pq is made here, as lib/pq would
// read the environment by itself, for the private database too. It would also hand the server every name that it does
// not know.

// settings are how to connect, as libpq's parameters say it.
type settings struct {
	pq.Config
	pooled      bool // a pooler stands before the server: no connection belongs to epev alone
	keepAlive   net.KeepAliveConfig
	bound       bool          // channel_binding=require, as addresses are handed out: at least nothing goes out unencrypted
	userTimeout time.Duration // for how long what was sent may stay unacknowledged; 0: as the system has it

	host, hostaddr, port, fallback string
	service, serviceFile           string
}

// parameter is one of libpq's.
type parameter struct {
	name, variable string
	// take puts a value into the settings, or says what it must be.
	take func(s *settings, value string) (allowed string)
}

// parameters are libpq's, of all its versions. What epev cannot do is refused, never passed over.
var parameters = []parameter{
	{"service", "PGSERVICE", text(func(s *settings) *string { return &s.service })},
	{"servicefile", "PGSERVICEFILE", text(func(s *settings) *string { return &s.serviceFile })},
	{"host", "PGHOST", text(func(s *settings) *string { return &s.host })},
	{"hostaddr", "PGHOSTADDR", text(func(s *settings) *string { return &s.hostaddr })},
	{"port", "PGPORT", text(func(s *settings) *string { return &s.port })},
	{"dbname", "PGDATABASE", text(func(s *settings) *string { return &s.Database })},
	{"user", "PGUSER", text(func(s *settings) *string { return &s.User })},
	{"password", "PGPASSWORD", text(func(s *settings) *string { return &s.Password })},
	{"passfile", "PGPASSFILE", text(func(s *settings) *string { return &s.Passfile })},
	{"options", "PGOPTIONS", text(func(s *settings) *string { return &s.Options })},
	{"application_name", "PGAPPNAME", text(func(s *settings) *string { return &s.ApplicationName })},
	{"fallback_application_name", "", text(func(s *settings) *string { return &s.fallback })},
	{"connect_timeout", "PGCONNECT_TIMEOUT", whole("seconds", func(s *settings, n int) {
		if n > 0 { // libpq waits for ever otherwise, which epev never does
			s.ConnectTimeout = time.Duration(max(n, 2)) * time.Second
		}
	})},
	{"client_encoding", "PGCLIENTENCODING", only("UTF8, which is what epev speaks", "utf8", "utf-8", "unicode", "auto")},

	{"requiressl", "PGREQUIRESSL", func(s *settings, value string) string {
		if value == "1" {
			s.SSLMode = pq.SSLModeRequire
		}
		return ""
	}},
	{"sslmode", "PGSSLMODE", oneOf(func(s *settings) *pq.SSLMode { return &s.SSLMode },
		pq.SSLModeDisable, pq.SSLModeAllow, pq.SSLModePrefer, pq.SSLModeRequire, pq.SSLModeVerifyCA, pq.SSLModeVerifyFull)},
	{"sslnegotiation", "PGSSLNEGOTIATION", oneOf(func(s *settings) *pq.SSLNegotiation { return &s.SSLNegotiation },
		pq.SSLNegotiationPostgres, pq.SSLNegotiationDirect)},
	{"sslrootcert", "PGSSLROOTCERT", text(func(s *settings) *string { return &s.SSLRootCert })},
	{"sslcert", "PGSSLCERT", text(func(s *settings) *string { return &s.SSLCert })},
	{"sslkey", "PGSSLKEY", text(func(s *settings) *string { return &s.SSLKey })},
	{"sslsni", "PGSSLSNI", func(s *settings, value string) string {
		s.SSLSNI = value != "0"
		return among(value, "0", "1")
	}},
	{"ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION", oneOf(func(s *settings) *pq.SSLProtocolVersion { return &s.SSLMinProtocolVersion }, tlsVersions...)},
	{"ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION", oneOf(func(s *settings) *pq.SSLProtocolVersion { return &s.SSLMaxProtocolVersion }, tlsVersions...)},
	{"min_protocol_version", "PGMINPROTOCOLVERSION", oneOf(func(s *settings) *pq.ProtocolVersion { return &s.MinProtocolVersion }, protocolVersions...)},
	{"max_protocol_version", "PGMAXPROTOCOLVERSION", oneOf(func(s *settings) *pq.ProtocolVersion { return &s.MaxProtocolVersion }, protocolVersions...)},
	{"target_session_attrs", "PGTARGETSESSIONATTRS", oneOf(func(s *settings) *pq.TargetSessionAttrs { return &s.TargetSessionAttrs },
		pq.TargetSessionAttrsAny, pq.TargetSessionAttrsReadWrite, pq.TargetSessionAttrsReadOnly, pq.TargetSessionAttrsPrimary,
		pq.TargetSessionAttrsStandby, pq.TargetSessionAttrsPreferStandby)},
	{"load_balance_hosts", "PGLOADBALANCEHOSTS", oneOf(func(s *settings) *pq.LoadBalanceHosts { return &s.LoadBalanceHosts },
		pq.LoadBalanceHostsDisable, pq.LoadBalanceHostsRandom)},

	{"keepalives", "", func(s *settings, value string) string {
		s.keepAlive.Enable = value != "0"
		return among(value, "0", "1")
	}},
	{"keepalives_idle", "", whole("seconds", func(s *settings, n int) { s.keepAlive.Idle = time.Duration(n) * time.Second })},
	{"keepalives_interval", "", whole("seconds", func(s *settings, n int) { s.keepAlive.Interval = time.Duration(n) * time.Second })},
	{"keepalives_count", "", whole("probes", func(s *settings, n int) { s.keepAlive.Count = n })},
	{"tcp_user_timeout", "", whole("milliseconds", func(s *settings, n int) { s.userTimeout = time.Duration(n) * time.Millisecond })},

	{"sslcompression", "PGSSLCOMPRESSION", only("0 or 1", "0", "1")}, // libpq passes it over, too
	{"channel_binding", "", func(s *settings, value string) string {
		s.bound = value == "require"
		return among(value, "disable", "prefer", "require")
	}},
	{"", "PGCHANNELBINDING", only("disable or prefer, for epev binds no channel", "disable", "prefer")},
	{"gssencmode", "PGGSSENCMODE", only("disable or prefer, for epev speaks no GSSAPI", "disable", "prefer")},
	{"gssdelegation", "PGGSSDELEGATION", only("0, for epev speaks no GSSAPI", "0")},
	{"sslcertmode", "PGSSLCERTMODE", only("allow, for epev does not look whether the server asks for a certificate", "allow")},
	{"krbsrvname", "PGKRBSRVNAME", only("left out, for epev speaks no GSSAPI")},
	{"gsslib", "PGGSSLIB", only("left out, for epev speaks no GSSAPI")},
	{"sslcrl", "PGSSLCRL", only("left out, for epev reads no lists of revoked certificates")},
	{"sslcrldir", "PGSSLCRLDIR", only("left out, for epev reads no lists of revoked certificates")},
	{"sslpassword", "", only("left out, for epev reads no encrypted keys")},
	{"sslkeylogfile", "PGSSLKEYLOGFILE", only("left out, for epev keeps its keys to itself")},
	{"requirepeer", "PGREQUIREPEER", only("left out, for epev does not look whose the server is")},
	{"require_auth", "PGREQUIREAUTH", only("left out, for epev answers to what the server asks for")},
	{"scram_client_key", "", only("left out, for epev logs in with the password")},
	{"scram_server_key", "", only("left out, for epev logs in with the password")},
	{"oauth_issuer", "", only("left out, for epev logs in with a password or certificate")},
	{"oauth_client_id", "", only("left out, for epev logs in with a password or certificate")},
	{"oauth_client_secret", "", only("left out, for epev logs in with a password or certificate")},
	{"oauth_scope", "", only("left out, for epev logs in with a password or certificate")},
	{"replication", "", only("left out, for epev is no replica", "0", "false", "off", "no")},

	// Not of libpq, but of epev and of the addresses that hosting companies hand out.
	{"pooler", "", func(s *settings, value string) string {
		s.pooled = true
		return among(value, "transaction", "session")
	}},
	{"pgbouncer", "", func(s *settings, value string) string {
		s.pooled = value == "true"
		return among(value, "true", "false")
	}},
}

var (
	tlsVersions      = []pq.SSLProtocolVersion{pq.SSLProtocolVersionTLS10, pq.SSLProtocolVersionTLS11, pq.SSLProtocolVersionTLS12, pq.SSLProtocolVersionTLS13}
	protocolVersions = []pq.ProtocolVersion{pq.ProtocolVersion30, pq.ProtocolVersion32, pq.ProtocolVersionLatest}
)

func text(field func(*settings) *string) func(*settings, string) string {
	return func(s *settings, value string) string {
		*field(s) = value
		return ""
	}
}

func oneOf[T ~string](field func(*settings) *T, values ...T) func(*settings, string) string {
	return func(s *settings, value string) string {
		*field(s) = T(value)
		return among(T(value), values...)
	}
}

// among says what is allowed, unless the value is.
func among[T ~string](value T, values ...T) string {
	if slices.Contains(values, value) {
		return ""
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return "one of " + strings.Join(names, ", ")
}

func whole(of string, take func(s *settings, n int)) func(*settings, string) string {
	return func(s *settings, value string) string {
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
		if err != nil {
			return "a whole number of " + of
		}
		take(s, int(n))
		return ""
	}
}

// only takes the values that mean what epev does anyway.
func only(allowed string, values ...string) func(*settings, string) string {
	return func(_ *settings, value string) string {
		if slices.Contains(values, strings.ToLower(value)) {
			return ""
		}
		return allowed
	}
}

// settingsOf reads an address. What it leaves open, libpq's variables say; getenv looks them up, nil knows none.
func settingsOf(dsn string, getenv func(string) string) (settings, error) {
	s := settings{Config: pq.Config{SSLSNI: true, MinProtocolVersion: pq.ProtocolVersion30, MaxProtocolVersion: pq.ProtocolVersion30,
		ClientEncoding: "UTF8", Datestyle: "ISO, MDY", ConnectTimeout: hostTimeout, Runtime: map[string]string{}}}
	s.keepAlive.Enable = true
	if getenv == nil {
		getenv = func(string) string { return "" }
		s.Passfile = os.DevNull + "/none" // nor does ~/.pgpass concern the private database
	}
	given, err := parametersOf(dsn)
	if err != nil {
		return s, err
	}
	for name, value := range given {
		if isParameter(name) {
			continue
		}
		// A setting of the server's, perhaps, which knows whether there is one. Those of epev have the last word.
		if name = strings.ToLower(name); sessionSettings[name] == "" || name == idleLimit {
			s.Runtime[name] = value
		}
	}
	service := serviceOf(given, getenv)
	fromService, err := service.parameters(getenv)
	if err != nil {
		return s, err
	}
	for _, p := range parameters {
		value, where := given[p.name], "the database address"
		if value == "" {
			value, where = fromService[p.name], "the service "+model.Escape(service.name)
		}
		if value == "" && p.variable != "" {
			value, where = getenv(p.variable), ""
		}
		if value == "" {
			continue
		}
		if allowed := p.take(&s, value); allowed != "" {
			return s, wrong(where, p, allowed)
		}
	}
	if geqo := getenv("PGGEQO"); geqo != "" {
		s.Runtime["geqo"] = geqo
	}
	if err := s.complete(); err != nil {
		return s, err
	}
	return s, nil
}

func isParameter(name string) bool {
	return slices.ContainsFunc(parameters, func(p parameter) bool { return p.name == name })
}

// wrong says which part of what is wrong. What was given stays untold: it may be a password in the wrong place.
func wrong(where string, p parameter, allowed string) error {
	if where == "" {
		return model.Invalid(p.variable, "%s is set to what epev cannot do", p.variable).WithHint("it must be %s, or not set", allowed)
	}
	return model.Errorf(model.Usage, "%s is not valid: its %s is wrong", where, p.name).WithHint("it must be %s", allowed)
}

// complete makes the hosts of the lists, and fills in what nobody said.
func (s *settings) complete() error {
	hosts, addresses, ports := strings.Split(s.host, ","), strings.Split(s.hostaddr, ","), strings.Split(s.port, ",")
	count := max(len(hosts), len(addresses))
	invalid := func(name, allowed string) error {
		return wrong("the database address", parameter{name: name}, allowed)
	}
	switch {
	case s.host != "" && s.hostaddr != "" && len(hosts) != len(addresses):
		return invalid("hostaddr", "as long a list as that of the hosts")
	case len(ports) != 1 && len(ports) != count:
		return invalid("port", "one for all hosts, or one for each")
	}
	for i := range count {
		at := pq.ConfigMultihost{Port: 5432}
		if port := strings.TrimSpace(ports[min(i, len(ports)-1)]); port != "" {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || n == 0 {
				return invalid("port", "a whole number from 1 to 65535")
			}
			at.Port = uint16(n)
		}
		if i < len(hosts) {
			at.Host = strings.TrimSpace(hosts[i])
		}
		if i < len(addresses) && addresses[i] != "" {
			ip, err := netip.ParseAddr(strings.TrimSpace(addresses[i]))
			if err != nil {
				return invalid("hostaddr", "an IP address")
			}
			at.Hostaddr = ip
		}
		if at.Host == "" && !at.Hostaddr.IsValid() {
			at.Host = nearestServer(at.Port)
		}
		if i == 0 {
			s.Host, s.Hostaddr, s.Port = at.Host, at.Hostaddr, at.Port
		} else {
			s.Multi = append(s.Multi, at)
		}
	}
	if s.User == "" {
		person, err := user.Current()
		if err != nil {
			return model.Errorf(model.Usage, "the database address names no user").WithHint("write DATABASE_URL like postgresql://user:password@host:5432/database")
		}
		s.User = person.Username
	}
	s.ApplicationName = cmp.Or(s.ApplicationName, s.fallback, "epev")
	return s.completeTLS(invalid)
}

func (s *settings) completeTLS(invalid func(name, allowed string) error) error {
	local := !slices.ContainsFunc(s.hosts(), func(h pq.ConfigMultihost) bool { return !isSocket(h) })
	switch {
	case local:
		s.SSLMode = pq.SSLModeDisable // there is none on a socket
	case s.SSLRootCert == "system" && s.SSLMode == "":
		s.SSLMode = pq.SSLModeVerifyFull
	case s.SSLMode == "" && s.bound:
		s.SSLMode = pq.SSLModeRequire
	case s.SSLMode == "":
		s.SSLMode = defaultSSLMode(s.hosts())
	}
	weak := s.SSLMode == pq.SSLModeDisable || s.SSLMode == pq.SSLModeAllow || s.SSLMode == pq.SSLModePrefer
	switch {
	case s.SSLRootCert == "system" && s.SSLMode != pq.SSLModeVerifyFull && !local:
		return invalid("sslmode", "verify-full with sslrootcert=system")
	case s.bound && weak && !local:
		return invalid("sslmode", "require, verify-ca or verify-full with channel_binding=require")
	case s.SSLNegotiation == pq.SSLNegotiationDirect && weak && !local:
		return invalid("sslmode", "require, verify-ca or verify-full with sslnegotiation=direct")
	case s.MinProtocolVersion == pq.ProtocolVersion32 && s.MaxProtocolVersion == pq.ProtocolVersion30:
		s.MaxProtocolVersion = pq.ProtocolVersion32
	}
	return nil
}

func (s *settings) hosts() []pq.ConfigMultihost {
	return append([]pq.ConfigMultihost{{Host: s.Host, Hostaddr: s.Hostaddr, Port: s.Port}}, s.Multi...)
}

func isSocket(h pq.ConfigMultihost) bool {
	return !h.Hostaddr.IsValid() && (filepath.IsAbs(h.Host) || strings.HasPrefix(h.Host, "@"))
}

// nearestServer is where libpq looks when nobody says: the socket of this machine, or else the machine itself.
func nearestServer(port uint16) string {
	for _, dir := range []string{"/var/run/postgresql", "/tmp"} {
		if _, err := os.Stat(filepath.Join(dir, ".s.PGSQL."+strconv.Itoa(int(port)))); err == nil {
			return dir
		}
	}
	return "localhost"
}

// defaultSSLMode is what holds where neither the address nor PGSSLMODE says anything: on this
// machine as it comes; across a network nothing goes out unencrypted unless somebody asks for it.
func defaultSSLMode(hosts []pq.ConfigMultihost) pq.SSLMode {
	for _, h := range hosts {
		ip := h.Hostaddr
		if !ip.IsValid() {
			ip, _ = netip.ParseAddr(h.Host)
		}
		if !isSocket(h) && !ip.IsLoopback() && (ip.IsValid() || h.Host != "localhost") {
			return pq.SSLModeRequire
		}
	}
	return pq.SSLModePrefer
}
