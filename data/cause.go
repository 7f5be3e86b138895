package data

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"reflect"
	"slices"
	"strings"

	"github.com/lib/pq"

	"epev/model"
)

// cause is why there is no connection.
type cause struct {
	fault model.Fault
	facts model.Facts
}

func (c cause) error(err error) *model.Error {
	return &model.Error{Kind: model.Unavailable, Fault: c.fault, Facts: c.facts, Err: err}
}

// unconnected tells why no connection was made. Only where nobody answers does it say so. A private database that is
// not there yet is made together with its schema, and one that was stopped is started by whoever needs it next.
func (s *Store) unconnected(err error) *model.Error {
	if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "3D000" && s.cfg.Start != nil {
		return &model.Error{Kind: model.Unavailable, Fault: "no-schema", Try: []string{"db-create"}, Err: err}
	}
	c := causeOf(err, s.target)
	if c.fault == "nobody-answers" && s.cfg.Start != nil && isLost(err) {
		c = cause{fault: "private-stopped"}
	}
	if several := eachHost(err); len(several) > 1 {
		c = causeOfSeveral(several, s.target)
	}
	return c.error(err)
}

// eachHost returns what lib/pq met at each host of a list.
func eachHost(err error) []error {
	for ; err != nil; err = errors.Unwrap(err) {
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			return several.Unwrap()
		}
	}
	return nil
}

// causeOfSeveral tells what is the matter with a list of hosts: one thing where it is the same with all.
func causeOfSeveral(errs []error, target string) cause {
	first := causeOf(errs[0], target)
	same := !slices.ContainsFunc(errs, func(err error) bool { return !reflect.DeepEqual(causeOf(err, target), first) })
	if same {
		return first
	}
	_, database, _ := strings.Cut(target, "/")
	var causes []error
	for _, err := range errs {
		host, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "connecting to "), ": ")
		causes = append(causes, causeOf(err, host+"/"+database).error(err))
	}
	return cause{"none-usable", model.Facts{"causes": causes}}
}

// causeOf tells why the connection to target was not made.
func causeOf(err error, target string) cause {
	if e, ok := errors.AsType[*pq.Error](err); ok {
		return refusal(e, target)
	}
	if c, ok := causeOfTLS(err, target); ok {
		return c
	}
	_, isNet := errors.AsType[net.Error](err)
	switch said := err.Error(); {
	case isNet, isLost(err), errors.Is(err, io.EOF), errors.Is(err, context.DeadlineExceeded):
		return cause{"nobody-answers", model.Facts{"target": target}}
	case strings.Contains(said, forkless):
		_, why, _ := strings.Cut(said, forkless)
		return cause{"takes-no-connection", model.Facts{"target": target, "why": strings.TrimSpace(why)}}
	case strings.Contains(said, "read-only"), strings.Contains(said, "hot standby"):
		return cause{"other-kind-of-server", model.Facts{"target": target}}
	case strings.Contains(said, "kerberos"), strings.Contains(said, "authentication"), strings.Contains(said, "SCRAM"):
		return cause{"other-way-to-log-in", model.Facts{"target": target}}
	}
	return cause{"no-PostgreSQL", model.Facts{"target": target}}
}

// forkless is how lib/pq begins to tell of a server that has no room for one more process.
const forkless = "pq: server error: "

// remoteAlert is how crypto/tls begins to tell of an alert that the peer sent.
const remoteAlert = "remote error: tls: "

// causeOfTLS tells what is the matter with the encryption of a connection.
func causeOfTLS(err error, target string) (cause, bool) {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	invalid, isInvalid := errors.AsType[x509.CertificateInvalidError](err)
	name, isName := errors.AsType[x509.HostnameError](err)
	missing, isFile := errors.AsType[*fs.PathError](err)
	_, isNoTLS := errors.AsType[tls.RecordHeaderError](err)
	_, isVerification := errors.AsType[*tls.CertificateVerificationError](err)
	switch said := err.Error(); {
	case errors.Is(err, pq.ErrSSLNotSupported):
		return cause{"offers-no-encryption", model.Facts{"target": target}}, true
	case unknown:
		return cause{"unknown-authority", model.Facts{"target": target}}, true
	case isName:
		return cause{"certificate-of-another-host", model.Facts{"target": target, "host": name.Host}}, true
	case isInvalid && invalid.Reason == x509.Expired:
		return cause{"certificate-expired", model.Facts{"target": target}}, true
	case isInvalid, isVerification:
		return cause{"certificate-invalid", model.Facts{"target": target}}, true
	case isFile:
		return cause{"file-of-the-connection-unreadable", model.Facts{"path": missing.Path, "target": target, "why": missing.Err}}, true
	case strings.Contains(said, "pem from sslrootcert"):
		return cause{"no-certificate-in-PEM-form", nil}, true
	case strings.Contains(said, "private key"):
		return cause{"private-key-unfit", nil}, true
	case isNoTLS:
		return cause{"speaks-no-TLS", model.Facts{"target": target}}, true
	case strings.Contains(said, remoteAlert):
		_, alert, _ := strings.Cut(said, remoteAlert)
		return cause{"encryption-ended", model.Facts{"target": target, "alert": alert}}, true
	case strings.Contains(said, "tls: "), strings.Contains(said, "x509: "):
		return cause{"no-encryption-agreed-upon", model.Facts{"target": target}}, true
	}
	return cause{}, false
}

// refusal tells why a server, or a pooler before it, lets nobody in. A code tells it where it has one meaning.
// Otherwise the server's own words tell it; they hold nothing but what the address does.
func refusal(e *pq.Error, target string) cause {
	said := model.Facts{"target": target, "said": strings.TrimSuffix(e.Message, ".")}
	switch e.Code {
	case "28P01":
		return cause{"wrong-password", model.Facts{"target": target}}
	case "28000":
		if strings.Contains(e.Message, "pg_hba.conf") {
			return cause{"no-entry-in-pg_hba.conf", model.Facts{"target": target}}
		}
		return cause{"wrong-user", model.Facts{"target": target}}
	case "3D000":
		return cause{"no-such-database", model.Facts{"target": target}}
	case "42501":
		return cause{"no-right-to-connect", model.Facts{"target": target}}
	case "55000":
		return cause{"connections-closed", model.Facts{"target": target}}
	case "53300":
		return cause{"limit-of-connections", model.Facts{"target": target}}
	case "57P03", "57P01", "57P02":
		return cause{"starting-or-stopping", model.Facts{"target": target}}
	case "42704", "22023", "22P02":
		return cause{"parameter-unknown", said}
	}
	if strings.Contains(e.Message, "startup param") {
		return cause{"parameter-refused-by-a-pooler", said}
	}
	return cause{"connection-refused", said}
}
