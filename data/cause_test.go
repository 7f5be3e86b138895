package data_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/model"
)

// authority signs the certificates of a test.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	file        string
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{file: filepath.Join(t.TempDir(), "root.crt")}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority of a test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign}
	der := a.sign(t, template)
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(a.file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *authority) sign(t *testing.T, template *x509.Certificate) (der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	if der, err = x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer); err != nil {
		t.Fatal(err)
	}
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.key = key
	return der
}

// serverCertificate is one for the names, which the authority has signed.
func (a authority) serverCertificate(t *testing.T, until time.Time, names ...string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: names[0]}, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: until,
		DNSNames: names, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der := a.sign(t, template)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

// encrypted puts TLS before the server of dsn, as PostgreSQL speaks it, and returns the port; nil: it offers none.
func encrypted(t *testing.T, dsn string, config *tls.Config) (port int) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	serve := func(client net.Conn) {
		defer client.Close()
		request := make([]byte, 8)
		if _, err := io.ReadFull(client, request); err != nil {
			return
		}
		if bytes.Equal(request, []byte{0, 0, 0, 8, 4, 210, 22, 47}) {
			if config == nil {
				client.Write([]byte("N"))
				if _, err := io.ReadFull(client, request); err != nil {
					return
				}
			} else {
				client.Write([]byte("S"))
				client = tls.Server(client, config)
				request = nil
			}
		}
		server, err := net.Dial("unix", filepath.Join(u.Query().Get("host"), ".s.PGSQL."+u.Query().Get("port")))
		if err != nil {
			return
		}
		defer server.Close()
		server.Write(request)
		go func() {
			io.Copy(client, server)
			client.Close()
		}()
		io.Copy(server, client)
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go serve(client)
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// Only where nobody answers is it said so; everything else is told by its cause.
func TestWhyThereIsNoEncryptedConnectionIsTold(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, _ := url.Parse(d.dsn)
	ours, others := newAuthority(t), newAuthority(t)
	serverOf := func(until time.Time, names ...string) int {
		return encrypted(t, d.dsn, &tls.Config{Certificates: []tls.Certificate{ours.serverCertificate(t, until, names...)}})
	}
	good, elsewhere, expired := serverOf(time.Now().Add(time.Hour), "localhost"), serverOf(time.Now().Add(time.Hour), "db.example.org"), serverOf(time.Now().Add(-time.Hour), "localhost")
	plain := encrypted(t, d.dsn, nil)
	client := encrypted(t, d.dsn, &tls.Config{Certificates: []tls.Certificate{ours.serverCertificate(t, time.Now().Add(time.Hour), "localhost")},
		ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12})
	old := encrypted(t, d.dsn, &tls.Config{Certificates: []tls.Certificate{ours.serverCertificate(t, time.Now().Add(time.Hour), "localhost")}, MaxVersion: tls.VersionTLS12})
	empty := filepath.Join(t.TempDir(), "empty.crt")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		port        int
		query, says string
	}{
		{good, "sslmode=require", ""},
		{good, "sslmode=require&channel_binding=require", ""},
		{good, "sslmode=prefer", ""},
		{good, "sslmode=disable", ""},
		{good, "sslmode=verify-ca&sslrootcert=" + ours.file, ""},
		{good, "sslmode=verify-full&sslrootcert=" + ours.file, ""},
		{good, "ssl=true", ""},
		{good, "sslmode=require&ssl_min_protocol_version=TLSv1.3&sslsni=0&gssencmode=prefer&keepalives=1&keepalives_idle=5&tcp_user_timeout=5000", ""},
		{plain, "sslmode=prefer", ""},
		{plain, "sslmode=allow", ""},
		{elsewhere, "sslmode=verify-ca&sslrootcert=" + ours.file, ""},
		{good, "sslmode=verify-full&sslrootcert=" + others.file, "is signed by an unknown authority"},
		{good, "sslmode=verify-ca&sslrootcert=" + others.file, "is signed by an unknown authority"},
		{good, "sslmode=require&sslrootcert=" + others.file, "is signed by an unknown authority"},
		{good, "sslrootcert=system", "is signed by an unknown authority"},
		{elsewhere, "sslmode=verify-full&sslrootcert=" + ours.file, `is for another name than "localhost"`},
		{expired, "sslmode=verify-full&sslrootcert=" + ours.file, "has expired, or is not valid yet"},
		{good, "sslmode=verify-full&sslrootcert=/nowhere/root.crt", "the file /nowhere/root.crt, which the connection"},
		{good, "sslmode=verify-full&sslrootcert=" + empty, "holds no certificate in PEM form"},
		{plain, "sslmode=require", "offers no encryption"},
		{plain, "sslmode=verify-full&sslrootcert=" + ours.file, "offers no encryption"},
		{client, "sslmode=require", "ended the encryption"},
		{old, "sslmode=require&ssl_min_protocol_version=TLSv1.3", "encryption"},
	} {
		dsn := fmt.Sprintf("postgresql://epev_owner:s3cret@localhost:%d%s?%s&hostaddr=127.0.0.1", test.port, u.Path, test.query)
		_, err := open(t, dsn).Info(t.Context())
		e := sentences.Of(err)
		switch {
		case test.says == "" && err != nil, test.says != "" && (e.Kind != model.Unavailable || e.Hint == "" || !strings.Contains(e.Message, test.says)),
			(strings.Contains(e.Message, "no database answers") || strings.Contains(e.Message+e.Hint, "s3cret")):
			t.Errorf("%s: %v, want %q", test.query, err, test.says)
		}
	}
}

// says answers a connection with bytes of its own.
func says(t *testing.T, answer string) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Read(make([]byte, 1024))
			io.WriteString(c, answer)
			c.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}

// refusing is what a server says that lets nobody in.
func refusing(code, message string) string {
	body := "SFATAL\x00VFATAL\x00C" + code + "\x00M" + message + "\x00\x00"
	return "E" + string([]byte{0, 0, 0, byte(len(body) + 4)}) + body
}

func TestWhyAServerLetsNobodyInIsTold(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ answer, says string }{
		{refusing("28P01", `password authentication failed for user "u"`), "refuses this user or password"},
		{refusing("28000", `no pg_hba.conf entry for host "127.0.0.1", user "u", database "d", no encryption`), "its pg_hba.conf has no entry for it"},
		{refusing("28000", `pg_hba.conf rejects connection for host "127.0.0.1", user "u"`), "its pg_hba.conf"},
		{refusing("28000", `role "u" is not permitted to log in`), "refuses this user or password"},
		{refusing("3D000", `database "d" does not exist`), "there is no such database"},
		{refusing("55000", `database "d" is not currently accepting connections`), "takes no connections at present"},
		{refusing("53300", "sorry, too many clients already"), "has no connection left"},
		{refusing("53300", `too many connections for role "u"`), "has no connection left"},
		{refusing("53300", "remaining connection slots are reserved for roles with the SUPERUSER attribute"), "has no connection left"},
		{refusing("57P01", "terminating connection due to administrator command"), "is starting or stopping"},
		{refusing("42501", `permission denied for database "d"`), "has not the right to connect"},
		{refusing("42704", `unrecognized configuration parameter "connection_limit"`), `does not understand a parameter of the address: unrecognized configuration parameter "connection_limit"`},
		{refusing("22023", `invalid value for parameter "geqo"`), "does not understand a parameter"},
		{refusing("08P01", "no such user: u"), "refuses the connection: no such user: u"},
		{refusing("08P01", "server login has been failing, try again later"), "refuses the connection: server login has been failing"},
		{refusing("XX000", "Tenant or user not found"), "refuses the connection: Tenant or user not found"}, // Supabase
		{"R\x00\x00\x00\x08\x00\x00\x00\x07", "asks for a way to log in that epev does not know"},
		{"HTTP/1.1 400 Bad Request\r\n\r\n", "is no PostgreSQL that epev understands"},
		{"SSH-2.0-OpenSSH_9.2\r\n", "is no PostgreSQL that epev understands"},
		{"J\x00\x00\x00\x0a8.0.36\x00", "is no PostgreSQL that epev understands"}, // MySQL
		{"-ERR unknown command\r\n", "is no PostgreSQL that epev understands"},    // Redis
		{"Ecould not fork new process for connection: out of memory\n\x00", "could not fork"},
		{"", "no database answers"},
	} {
		port := says(t, test.answer)
		_, err := open(t, fmt.Sprintf("postgresql://u:s3cret@127.0.0.1:%d/d?sslmode=disable", port)).Info(t.Context())
		e := sentences.Of(err)
		if e.Kind != model.Unavailable || e.Hint == "" || !strings.Contains(e.Message, test.says) || strings.Contains(e.Message+e.Hint, "s3cret") {
			t.Errorf("%q: %v, want %q", test.answer, err, test.says)
		}
	}
}

func TestEachHostOfAListIsToldByItsCause(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	u, _ := url.Parse(d.dsn)
	full := says(t, refusing("53300", "sorry, too many clients already"))
	_, err := open(t, fmt.Sprintf("postgresql://u@127.0.0.1:1,127.0.0.1:%d/d?sslmode=disable", full)).Info(t.Context())
	want := fmt.Sprintf("none of the databases can be used: no database answers at 127.0.0.1:1/d; the database at 127.0.0.1:%d/d has no connection left", full)
	wantKind(t, err, model.Unavailable, want)
	// One of them suffices.
	dsn := fmt.Sprintf("postgresql://epev_owner@127.0.0.1:1,127.0.0.1:%d,%s:5432%s?sslmode=disable", full, url.PathEscape(u.Query().Get("host")), u.Path)
	if _, err := open(t, dsn).Info(t.Context()); err != nil {
		t.Error(err)
	}
	_, err = open(t, d.dsn+"&target_session_attrs=standby").Info(t.Context())
	wantKind(t, err, model.Unavailable, "the database at "+u.Query().Get("host")+u.Path+" is not of the kind that target_session_attrs asks for")
}

// What a real server refuses.
func TestARealServerIsToldByItsCause(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for query, says := range map[string]string{
		"&connection_limit=1":           `unrecognized configuration parameter "connection_limit"`,
		"&options=-c%20flavour=x":       "flavour",
		"&geqo=perhaps":                 "geqo",
		"&options=-c%20geqo%3Doff":      "",
		"&options=-csearch_path=public": "",
	} {
		_, err := open(t, d.dsn+query).Read().Authorise(t.Context(), d.carl.SessionID)
		if says == "" && err != nil || says != "" && (model.KindOf(err) != model.Unavailable || !strings.Contains(sentences.Of(err).Message, says)) {
			t.Errorf("%s: %v, want %q", query, err, says)
		}
	}
	name := strings.TrimPrefix(mustParse(t, d.dsn).Path, "/")
	other := strings.Replace(d.dsn, "/"+name+"?", "/postgres?", 1)
	if _, err := (&desk{dsn: other}).raw(t).Exec("ALTER DATABASE " + name + " ALLOW_CONNECTIONS false"); err != nil {
		t.Fatal(err)
	}
	_, err := open(t, d.dsn).Info(t.Context())
	if model.KindOf(err) != model.Unavailable || !strings.Contains(sentences.Of(err).Message, "takes no connections at present") {
		t.Errorf("%v", err)
	}
}

func mustParse(t *testing.T, dsn string) *url.URL {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
