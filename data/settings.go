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
	// take puts a value into the settings, or returns what it must be.
	take func(s *settings, value string) (allowed error)
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
	{"connect_timeout", "PGCONNECT_TIMEOUT", whole("whole-seconds", func(s *settings, n int) {
		if n > 0 { // libpq waits for ever otherwise, which epev never does
			s.ConnectTimeout = time.Duration(max(n, 2)) * time.Second
		}
	})},
	{"client_encoding", "PGCLIENTENCODING", only("utf-8", "utf8", "utf-8", "unicode", "auto")},

	{"requiressl", "PGREQUIRESSL", func(s *settings, value string) error {
		if value == "1" {
			s.SSLMode = pq.SSLModeRequire
		}
		return nil
	}},
	{"sslmode", "PGSSLMODE", oneOf(func(s *settings) *pq.SSLMode { return &s.SSLMode },
		pq.SSLModeDisable, pq.SSLModeAllow, pq.SSLModePrefer, pq.SSLModeRequire, pq.SSLModeVerifyCA, pq.SSLModeVerifyFull)},
	{"sslnegotiation", "PGSSLNEGOTIATION", oneOf(func(s *settings) *pq.SSLNegotiation { return &s.SSLNegotiation },
		pq.SSLNegotiationPostgres, pq.SSLNegotiationDirect)},
	{"sslrootcert", "PGSSLROOTCERT", text(func(s *settings) *string { return &s.SSLRootCert })},
	{"sslcert", "PGSSLCERT", text(func(s *settings) *string { return &s.SSLCert })},
	{"sslkey", "PGSSLKEY", text(func(s *settings) *string { return &s.SSLKey })},
	{"sslsni", "PGSSLSNI", func(s *settings, value string) error {
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

	{"keepalives", "", func(s *settings, value string) error {
		s.keepAlive.Enable = value != "0"
		return among(value, "0", "1")
	}},
	{"keepalives_idle", "", whole("whole-seconds", func(s *settings, n int) { s.keepAlive.Idle = time.Duration(n) * time.Second })},
	{"keepalives_interval", "", whole("whole-seconds", func(s *settings, n int) { s.keepAlive.Interval = time.Duration(n) * time.Second })},
	{"keepalives_count", "", whole("whole-probes", func(s *settings, n int) { s.keepAlive.Count = n })},
	{"tcp_user_timeout", "", whole("whole-milliseconds", func(s *settings, n int) { s.userTimeout = time.Duration(n) * time.Millisecond })},

	{"sslcompression", "PGSSLCOMPRESSION", only("0-or-1", "0", "1")}, // libpq passes it over, too
	{"channel_binding", "", func(s *settings, value string) error {
		s.bound = value == "require"
		return among(value, "disable", "prefer", "require")
	}},
	{"", "PGCHANNELBINDING", only("no-channel-bound", "disable", "prefer")},
	{"gssencmode", "PGGSSENCMODE", only("no-gssapi-mode", "disable", "prefer")},
	{"gssdelegation", "PGGSSDELEGATION", only("no-gssapi-delegation", "0")},
	{"sslcertmode", "PGSSLCERTMODE", only("certificate-unasked", "allow")},
	{"krbsrvname", "PGKRBSRVNAME", only("no-gssapi")},
	{"gsslib", "PGGSSLIB", only("no-gssapi")},
	{"sslcrl", "PGSSLCRL", only("no-revocation-list")},
	{"sslcrldir", "PGSSLCRLDIR", only("no-revocation-list")},
	{"sslpassword", "", only("no-encrypted-key")},
	{"sslkeylogfile", "PGSSLKEYLOGFILE", only("no-key-log")},
	{"requirepeer", "PGREQUIREPEER", only("no-peer")},
	{"require_auth", "PGREQUIREAUTH", only("no-method")},
	{"scram_client_key", "", only("no-stored-key")},
	{"scram_server_key", "", only("no-stored-key")},
	{"oauth_issuer", "", only("no-oauth")},
	{"oauth_client_id", "", only("no-oauth")},
	{"oauth_client_secret", "", only("no-oauth")},
	{"oauth_scope", "", only("no-oauth")},
	{"replication", "", only("no-replication", "0", "false", "off", "no")},

	// Not of libpq, but of epev and of the addresses that hosting companies hand out.
	{"pooler", "", func(s *settings, value string) error {
		s.pooled = true
		return among(value, "transaction", "session")
	}},
	{"pgbouncer", "", func(s *settings, value string) error {
		s.pooled = value == "true"
		return among(value, "true", "false")
	}},
}

var (
	tlsVersions      = []pq.SSLProtocolVersion{pq.SSLProtocolVersionTLS10, pq.SSLProtocolVersionTLS11, pq.SSLProtocolVersionTLS12, pq.SSLProtocolVersionTLS13}
	protocolVersions = []pq.ProtocolVersion{pq.ProtocolVersion30, pq.ProtocolVersion32, pq.ProtocolVersionLatest}
)

func text(field func(*settings) *string) func(*settings, string) error {
	return func(s *settings, value string) error {
		*field(s) = value
		return nil
	}
}

func oneOf[T ~string](field func(*settings) *T, values ...T) func(*settings, string) error {
	return func(s *settings, value string) error {
		*field(s) = T(value)
		return among(T(value), values...)
	}
}

// among returns what is allowed, unless the value is.
func among[T ~string](value T, values ...T) error {
	if slices.Contains(values, value) {
		return nil
	}
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = string(v)
	}
	return &model.Error{Fault: "one-of", Facts: model.Facts{"values": names}}
}

func whole(number model.Fault, take func(s *settings, n int)) func(*settings, string) error {
	return func(s *settings, value string) error {
		n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
		if err != nil {
			return number
		}
		take(s, int(n))
		return nil
	}
}

// only takes the values that mean what epev does anyway.
func only(allowed model.Fault, values ...string) func(*settings, string) error {
	return func(_ *settings, value string) error {
		if slices.Contains(values, strings.ToLower(value)) {
			return nil
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
		value, fault := given[p.name], wrongInAddress
		if value == "" {
			value, fault = fromService[p.name], "wrong-in-service"
		}
		if value == "" && p.variable != "" {
			value, fault = getenv(p.variable), "wrong-variable"
		}
		if value == "" {
			continue
		}
		if allowed := p.take(&s, value); allowed != nil {
			err := &model.Error{Kind: model.Usage, Fault: fault,
				Facts: model.Facts{"parameter": p.name, "service": model.Escape(service.name), "allowed": allowed}}
			if fault == "wrong-variable" {
				err.Field = p.variable
			}
			return s, err
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

// Variables are libpq's, which say what an address leaves open.
func Variables() (names []string) {
	for _, p := range parameters {
		if p.variable != "" {
			names = append(names, p.variable)
		}
	}
	return names
}

func isParameter(name string) bool {
	return slices.ContainsFunc(parameters, func(p parameter) bool { return p.name == name })
}

// wrongInAddress is the fault of a parameter there. What was given stays untold: it may be a password in the wrong place.
const wrongInAddress model.Fault = "wrong-in-address"

// complete makes the hosts of the lists, and fills in what nobody said.
func (s *settings) complete() error {
	hosts, addresses, ports := strings.Split(s.host, ","), strings.Split(s.hostaddr, ","), strings.Split(s.port, ",")
	count := max(len(hosts), len(addresses))
	invalid := func(name string, allowed model.Fault) error {
		return &model.Error{Kind: model.Usage, Fault: wrongInAddress, Facts: model.Facts{"parameter": name, "allowed": allowed}}
	}
	switch {
	case s.host != "" && s.hostaddr != "" && len(hosts) != len(addresses):
		return invalid("hostaddr", "list-of-hosts")
	case len(ports) != 1 && len(ports) != count:
		return invalid("port", "port-of-hosts")
	}
	for i := range count {
		at := pq.ConfigMultihost{Port: 5432}
		if port := strings.TrimSpace(ports[min(i, len(ports)-1)]); port != "" {
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil || n == 0 {
				return invalid("port", "port-number")
			}
			at.Port = uint16(n)
		}
		if i < len(hosts) {
			at.Host = strings.TrimSpace(hosts[i])
		}
		if i < len(addresses) && addresses[i] != "" {
			ip, err := netip.ParseAddr(strings.TrimSpace(addresses[i]))
			if err != nil {
				return invalid("hostaddr", "ip-address")
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
			return &model.Error{Kind: model.Usage, Fault: "address-without-user", Accepts: addressForm}
		}
		s.User = person.Username
	}
	s.ApplicationName = cmp.Or(s.ApplicationName, s.fallback, "epev")
	return s.completeTLS(invalid)
}

func (s *settings) completeTLS(invalid func(name string, allowed model.Fault) error) error {
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
		return invalid("sslmode", "mode-of-system-root")
	case s.bound && weak && !local:
		return invalid("sslmode", "mode-of-binding")
	case s.SSLNegotiation == pq.SSLNegotiationDirect && weak && !local:
		return invalid("sslmode", "mode-of-direct")
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
	if slices.ContainsFunc(hosts, func(h pq.ConfigMultihost) bool { return !isOnThisMachine(h) }) {
		return pq.SSLModeRequire
	}
	return pq.SSLModePrefer
}

// isOnThisMachine reports whether a host is reached through a socket, or over the loopback.
func isOnThisMachine(h pq.ConfigMultihost) bool {
	ip := h.Hostaddr
	if !ip.IsValid() {
		ip, _ = netip.ParseAddr(h.Host)
	}
	return isSocket(h) || ip.IsLoopback() || !ip.IsValid() && h.Host == "localhost"
}
