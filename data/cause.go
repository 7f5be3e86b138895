package data

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"slices"
	"strings"

	"github.com/lib/pq"

	"epev/model"
)

// cause is why there is no connection.
type cause struct{ message, hint string }

// unconnected tells why no connection was made. Only where nobody answers does it say so. A private database that is
// not there yet is made together with its schema.
func (s *Store) unconnected(err error) *model.Error {
	if e, ok := errors.AsType[*pq.Error](err); ok && e.Code == "3D000" && s.cfg.Start != nil {
		return &model.Error{Kind: model.Unavailable, Message: noSchema, Hint: makeSchema, Err: err}
	}
	c := causeOf(err, s.target)
	if several := eachHost(err); len(several) > 1 {
		c = causeOfSeveral(several, s.target)
	}
	return &model.Error{Kind: model.Unavailable, Message: c.message, Hint: c.hint, Err: err}
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
	same := !slices.ContainsFunc(errs, func(err error) bool { return causeOf(err, target) != first })
	if same {
		return first
	}
	_, database, _ := strings.Cut(target, "/")
	var messages []string
	for _, err := range errs {
		host, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "connecting to "), ": ")
		messages = append(messages, causeOf(err, host+"/"+database).message)
	}
	return cause{"none of the databases can be used: " + strings.Join(messages, "; "), "mend one of them, or correct the address"}
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
		return cause{"no database answers at " + target, "see whether the server runs and whether host and port are right"}
	case strings.Contains(said, forkless):
		_, why, _ := strings.Cut(said, forkless)
		return cause{fmt.Sprintf("the database at %s cannot take a connection: %s", target, strings.TrimSpace(why)), "try again in a moment, or make room on the server"}
	case strings.Contains(said, "read-only"), strings.Contains(said, "hot standby"):
		return cause{fmt.Sprintf("the database at %s is not of the kind that target_session_attrs asks for", target),
			"give the address of another server, or ask for another kind"}
	case strings.Contains(said, "kerberos"), strings.Contains(said, "authentication"), strings.Contains(said, "SCRAM"):
		return cause{fmt.Sprintf("the database at %s asks for a way to log in that epev does not know, or does not prove that it knows the password", target),
			"have the server ask for a password (scram-sha-256) or a certificate"}
	}
	return cause{"what answers at " + target + " is no PostgreSQL that epev understands", "see whether host and port are right"}
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
	const direct = "see whether the server speaks TLS there, or leave sslnegotiation=direct out"
	switch said := err.Error(); {
	case errors.Is(err, pq.ErrSSLNotSupported):
		return cause{fmt.Sprintf("the database at %s offers no encryption", target), "add sslmode=disable to the address if the network can be trusted"}, true
	case unknown:
		return cause{fmt.Sprintf("the certificate of the database at %s is signed by an unknown authority", target),
			"give the authority's certificate as sslrootcert=FILE; sslmode=require without it encrypts, but does not ask who is there"}, true
	case isName:
		return cause{fmt.Sprintf("the certificate of the database at %s is for another name than %q", target, name.Host),
			"give the host by the name that its certificate holds, or sslmode=verify-ca if any of the authority's servers will do"}, true
	case isInvalid && invalid.Reason == x509.Expired:
		return cause{fmt.Sprintf("the certificate of the database at %s has expired, or is not valid yet", target), "have it renewed, and see whether this machine's clock is right"}, true
	case isInvalid, isVerification:
		return cause{fmt.Sprintf("the certificate of the database at %s is not valid", target), "have a server's certificate made for it"}, true
	case isFile:
		return cause{fmt.Sprintf("the file %s, which the connection to %s needs, cannot be read: %v", missing.Path, target, missing.Err), "correct the path, or let yourself read the file"}, true
	case strings.Contains(said, "pem from sslrootcert"):
		return cause{"the file that sslrootcert names holds no certificate in PEM form", "give the file of the authority that signs the server's certificate"}, true
	case strings.Contains(said, "private key"):
		return cause{"the file of the private key, sslkey, may be read by others, or does not fit the certificate", "chmod 600 it, and give sslcert and sslkey that belong together"}, true
	case isNoTLS:
		return cause{fmt.Sprintf("what answers at %s speaks no TLS", target), direct}, true
	case strings.Contains(said, remoteAlert):
		_, alert, _ := strings.Cut(said, remoteAlert)
		return cause{fmt.Sprintf("the database at %s ended the encryption: %s", target, alert), "it may ask for a client certificate (sslcert, sslkey), or for another version of TLS"}, true
	case strings.Contains(said, "tls: "), strings.Contains(said, "x509: "):
		return cause{fmt.Sprintf("no encryption was agreed upon with the database at %s", target), direct}, true
	}
	return cause{}, false
}

// refusal tells why a server, or a pooler before it, lets nobody in. The codes say it where they are of one meaning;
// what else there is says the server in its own words, which hold nothing but what the address does.
func refusal(e *pq.Error, target string) cause {
	quoted := fmt.Sprintf("the database at %s refuses the connection: %s", target, strings.TrimSuffix(e.Message, "."))
	switch e.Code {
	case "28P01":
		return cause{fmt.Sprintf("the database at %s refuses this user or password", target), "see whether user and password in the address are right"}
	case "28000":
		if strings.Contains(e.Message, "pg_hba.conf") {
			return cause{fmt.Sprintf("the database at %s lets nobody in as this user from here: its pg_hba.conf has no entry for it, or one that rejects it", target),
				"have an entry added; it may also ask for encryption (sslmode=require)"}
		}
		return cause{fmt.Sprintf("the database at %s refuses this user or password", target), "see whether the user is there and may log in"}
	case "3D000":
		return cause{"there is no such database: " + target, "create it, or correct the name in the address"}
	case "42501":
		return cause{fmt.Sprintf("the user has not the right to connect to %s", target), "GRANT CONNECT ON DATABASE to it, or use the owner's account"}
	case "55000":
		return cause{fmt.Sprintf("the database at %s takes no connections at present (allow_connections)", target), "have its administrator open it again, or correct the name in the address"}
	case "53300":
		return cause{fmt.Sprintf("the database at %s has no connection left", target), "try again in a moment, or have its limit of connections raised"}
	case "57P03", "57P01", "57P02":
		return cause{fmt.Sprintf("the database at %s is starting or stopping", target), "try again in a moment"}
	case "42704", "22023", "22P02":
		return cause{fmt.Sprintf("the database at %s does not understand a parameter of the address: %s", target, strings.TrimSuffix(e.Message, ".")), "correct it, or leave it out"}
	}
	if strings.Contains(e.Message, "startup param") {
		return cause{fmt.Sprintf("the pooler at %s does not take a parameter of the address: %s", target, strings.TrimSuffix(e.Message, ".")), "leave it out"}
	}
	return cause{quoted, "see whether user, password, host and database in the address are right, and what the server's log says"}
}
