package data

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/lib/pq"

	"epev/model"
)

// parametersOf returns the parameters that an address gives, by libpq's names.
func parametersOf(dsn string) (given map[string]string, err error) {
	form, ok := addressForm, false
	if scheme := urlScheme().FindString(dsn); scheme != "" {
		given, form, ok = parametersOfURL(dsn[len(scheme):])
	} else {
		given, ok = parametersOfWords(dsn)
	}
	if !ok {
		return nil, &model.Error{Kind: model.Usage, Fault: "address-not-valid", Accepts: form}
	}
	if database, ok := given["database"]; ok { // not libpq's name for it, but that of many others
		given["dbname"] = database
		delete(given, "database")
	}
	if mode, ok := given["ssl"]; ok { // JDBC's and asyncpg's name
		delete(given, "ssl")
		switch mode {
		case "true", "1", "on":
			mode = string(pq.SSLModeRequire)
		case "false", "0", "off":
			mode = string(pq.SSLModeDisable)
		}
		if given["sslmode"] == "" {
			given["sslmode"] = mode
		}
	}
	return given, nil
}

const addressForm model.Form = "address"

// A scheme of SQLAlchemy's may name a driver, too.
var urlScheme = model.Pattern(`^postgres(?:ql)?(?:\+\w+)?://`)

// urlRest is what follows the user in a URL: hosts with their ports, the database, and parameters.
var urlRest = func() func() *regexp.Regexp {
	const host, parameter = `(?:\[[^\]/?@]*\]|[^:/?#@,\[\]]*)(?::[^:/?#@,\[\]]*)?`, `[\w.-]+=[^&]*`
	return model.Pattern(`^(` + host + `(?:,` + host + `)*)(?:/([^/?#@]*))?(?:\?((?:` + parameter + `(?:&` + parameter + `)*)?&?))?$`)
}()

// parametersOfURL reads what follows the scheme. It takes a password with any character in it, escaped or not. So the
// user's part ends at the first @ behind which the rest of a URL can stand.
func parametersOfURL(rest string) (given map[string]string, form model.Form, ok bool) {
	person, parts := "", urlRest().FindStringSubmatch(rest)
	for i := 0; parts == nil; i++ {
		at := strings.IndexByte(rest[i:], '@')
		if at < 0 {
			return nil, addressForm, false
		}
		i += at
		person, parts = rest[:i], urlRest().FindStringSubmatch(rest[i+1:])
	}
	given = map[string]string{}
	ok = true
	put := func(name, escaped string) {
		value, valid := unescaped(escaped)
		if ok = ok && valid; value != "" {
			given[name] = value
		}
	}
	name, password, _ := strings.Cut(person, ":")
	put("user", name)
	put("password", password)
	hosts, ports := hostsOf(parts[1])
	put("host", hosts)
	put("port", ports)
	put("dbname", parts[2])
	for _, p := range strings.FieldsFunc(parts[3], func(r rune) bool { return r == '&' }) {
		name, value, _ := strings.Cut(p, "=")
		put(name, value)
	}
	if !ok {
		return nil, "escaped-address", false
	}
	return given, "", true
}

// hostsOf splits host:port,[::1]:port into the list of hosts and that of ports, which is empty where none is given.
func hostsOf(authority string) (hosts, ports string) {
	var names, numbers []string
	for _, h := range strings.Split(authority, ",") {
		name, number := h, ""
		if i := strings.LastIndexByte(h, ':'); i > strings.LastIndexByte(h, ']') {
			name, number = h[:i], h[i+1:]
		}
		names, numbers = append(names, strings.Trim(name, "[]")), append(numbers, number)
	}
	if ports = strings.Join(numbers, ","); strings.Trim(ports, ",") == "" {
		ports = ""
	}
	return strings.Join(names, ","), ports
}

// unescaped decodes %XX; all else stands for itself, + too.
func unescaped(s string) (string, bool) {
	if !strings.Contains(s, "%") {
		return s, true
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+3 > len(s) {
			return "", false
		}
		code, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil || code == 0 {
			return "", false
		}
		b.WriteByte(byte(code))
		i += 2
	}
	return b.String(), true
}

// parametersOfWords reads name=value words. A value with blanks stands in single quotes; a backslash takes the next
// character as it is.
func parametersOfWords(s string) (map[string]string, bool) {
	given := map[string]string{}
	for {
		s = strings.TrimLeftFunc(s, unicode.IsSpace)
		if s == "" {
			return given, true
		}
		name, rest, found := strings.Cut(s, "=")
		name = strings.TrimRightFunc(name, unicode.IsSpace)
		if !found || name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
			return nil, false
		}
		value, rest, ok := cutValue(strings.TrimLeftFunc(rest, unicode.IsSpace))
		if !ok {
			return nil, false
		}
		given[name], s = value, rest
	}
}

func cutValue(s string) (value, rest string, ok bool) {
	quoted := strings.HasPrefix(s, "'")
	if quoted {
		s = s[1:]
	}
	var b strings.Builder
	escaped := false
	for i, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case quoted && r == '\'':
			return b.String(), s[i+1:], true
		case !quoted && unicode.IsSpace(r):
			return b.String(), s[i:], true
		}
		b.WriteRune(r)
	}
	return b.String(), "", !quoted && !escaped
}

// Words writes parameters as words of an address; an empty one is left out.
func Words(parameters ...[2]string) string {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
	var words []string
	for _, p := range parameters {
		if p[1] != "" {
			words = append(words, p[0]+"='"+quote.Replace(p[1])+"'")
		}
	}
	return strings.Join(words, " ")
}

// service is a named set of parameters in a file (libpq's "connection service file").
type service struct{ name, file string }

func serviceOf(given map[string]string, getenv func(string) string) service {
	return service{cmp.Or(given["service"], getenv("PGSERVICE")), cmp.Or(given["servicefile"], getenv("PGSERVICEFILE"))}
}

// parameters reads the service from its file: the one that is named, else the person's own, else that of the machine.
func (s service) parameters(getenv func(string) string) (map[string]string, error) {
	if s.name == "" {
		return nil, nil
	}
	files := []string{s.file}
	if s.file == "" {
		files = []string{filepath.Join(getenv("HOME"), ".pg_service.conf"), filepath.Join(getenv("PGSYSCONFDIR"), "pg_service.conf")}
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		if found, ok := s.in(string(content)); ok {
			for name := range found {
				if !isParameter(name) {
					return nil, &model.Error{Kind: model.Usage, Fault: "service-parameter-unknown",
						Facts: model.Facts{"service": model.Escape(s.name), "parameter": model.Escape(name), "file": file}}
				}
			}
			return found, nil
		}
	}
	return nil, &model.Error{Kind: model.Usage, Fault: "no-such-service", Facts: model.Facts{"service": model.Escape(s.name), "file": files[0]}}
}

func (s service) in(content string) (found map[string]string, ok bool) {
	here := false
	for line := range strings.Lines(content) {
		switch line = strings.TrimSpace(line); {
		case line == "", line[0] == '#':
		case line[0] == '[':
			here = line == "["+s.name+"]"
			if here && !ok {
				found, ok = map[string]string{}, true
			}
		case here:
			name, value, _ := strings.Cut(line, "=")
			found[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	return found, ok
}
