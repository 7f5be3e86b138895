package shell

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/commands"
	"epev/commands/sentences"
	"epev/data"
	"epev/model"
	"epev/security"
)

// Config is what the environment says (SPEC 2).
type Config struct {
	// DatabaseURL is the external database; empty: the private one.
	DatabaseURL string
	// StandbyURL is a server that follows it and answers what reads much; empty: there is none.
	StandbyURL string
	// NoDatabase is why the variables name no database that there could be. Whatever needs none goes on.
	NoDatabase error

	SecretKey, SecretKeyID                 string // empty: generated for the private database, an error for an external one
	PreviousSecretKey, PreviousSecretKeyID string
	AccessLife, RefreshLife                time.Duration
	Policy                                 commands.Policy

	Location *time.Location // of the office
	Zoned    bool           // the machine's clock is another than the office's

	SentryDSN, SentryEnvironment string
	SentrySampleRate             float64 // of traces, 0 to 1

	// Owner is whose the office's configuration is, in place of a .env file; -1: there is none, or it is another's.
	Owner int

	// Getenv looks a variable up in the environment, then in .env. An empty one counts as not set.
	Getenv func(string) string

	// Set are the variables of epev's that are set, and where. Wrong is why some of it all is not taken, where epev begins all the same.
	Set   []commands.Setting
	Wrong error
}

// variables are those that a .env file may set (SPEC 2). It sets no others, because the directory may be somebody
// else's, and a variable such as $PAGER names a program that is run.
var variables = []string{
	"DATABASE_URL", "DATABASE_URL_READONLY", "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB",
	"SECRET_KEY", "JWT_KID", "SECRET_KEY_PREV", "JWT_KID_PREV", "ACCESS_TOKEN_LIFETIME_MINUTES", "REFRESH_TOKEN_LIFETIME_DAYS",
	"USERNAME_MIN_LENGTH", "USERNAME_MAX_LENGTH", "PASSWORD_MIN_LENGTH", "PASSWORD_MAX_LENGTH", "TEMP_FILE_PATH",
	"SENTRY_DSN", "SENTRY_ENVIRONMENT", "SENTRY_TRACES_SAMPLE_RATE", "EPEV_HOME", "EPEV_TIMEZONE",
}

// ReadConfig reads the environment, after the .env file of the working directory, which never
// overrides it. For whom the office's configuration is, that is read in place of the .env file. Its errors are of kind Usage, and name the
// variable and what is allowed. What comes along with one is what the rest says.
func ReadConfig(environ []string) (Config, error) {
	environment := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		environment[name] = value
	}
	lookup := func(name string) (string, bool) {
		value, set := environment[name]
		return value, set
	}
	fromFile, owner, err := readOffice(lookup)
	file := OfficeFile
	if owner < 0 && err == nil {
		fromFile, err = readDotEnv(lookup)
		file = dotEnv
	}
	if os.Geteuid() == 0 && owner > 0 { // root works for the account, as if that had called sudo
		environment["SUDO_UID"] = strconv.Itoa(owner)
		for _, name := range []string{"HOME", "XDG_DATA_HOME"} {
			delete(environment, name)
		}
	}
	r := reader{err: err, getenv: func(name string) string {
		if value, set := environment[name]; set {
			return value
		}
		if !slices.Contains(variables, name) {
			return ""
		}
		return fromFile[name]
	}}
	database := reader{getenv: r.getenv}
	c := Config{
		Owner:               owner,
		DatabaseURL:         database.database(),
		StandbyURL:          r.getenv("DATABASE_URL_READONLY"),
		SecretKey:           r.getenv("SECRET_KEY"),
		SecretKeyID:         cmp.Or(r.getenv("JWT_KID"), "v1"),
		PreviousSecretKey:   r.getenv("SECRET_KEY_PREV"),
		PreviousSecretKeyID: cmp.Or(r.getenv("JWT_KID_PREV"), "v0"),
		AccessLife:          time.Duration(r.number("ACCESS_TOKEN_LIFETIME_MINUTES", 30, 1, 1440)) * time.Minute,
		RefreshLife:         time.Duration(r.number("REFRESH_TOKEN_LIFETIME_DAYS", 1, 1, 365)) * 24 * time.Hour,
		Policy: commands.Policy{
			UsernameMin: r.number("USERNAME_MIN_LENGTH", 5, 1, 64),
			UsernameMax: r.number("USERNAME_MAX_LENGTH", 64, 1, 64),
			Password: security.PasswordPolicy{
				Min: r.number("PASSWORD_MIN_LENGTH", 8, 8, 72),
				Max: r.number("PASSWORD_MAX_LENGTH", 128, 8, 1024),
			},
		},
		SentryDSN:         r.getenv("SENTRY_DSN"),
		SentryEnvironment: cmp.Or(r.getenv("SENTRY_ENVIRONMENT"), "production"),
		SentrySampleRate:  number(&r, "SENTRY_TRACES_SAMPLE_RATE", "number", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) }, 0, 0, 1),
		Getenv:            r.getenv,
	}
	c.Set = settingsFrom(environment, fromFile, file)
	c.NoDatabase = database.err
	if err != nil && c.DatabaseURL == "" { // the file may name one
		c.NoDatabase = err
	}
	if c.StandbyURL != "" && c.DatabaseURL == "" && c.NoDatabase == nil {
		c.NoDatabase = model.Invalid("DATABASE_URL_READONLY", "DATABASE_URL_READONLY is set, but DATABASE_URL is not").
			WithHint("set DATABASE_URL to the primary that this standby follows, or neither of them for the private database")
	}
	c.Location, c.Zoned = r.office()
	for _, name := range []string{"EPEV_HOME", "TEMP_FILE_PATH"} {
		if path := r.getenv(name); strings.HasPrefix(path, "~") { // it would be made in the current directory
			r.fail(name, path, "a path that begins with / (write your home directory out, ~ does not stand for it here)")
		}
	}
	if path := r.getenv("TEMP_FILE_PATH"); path != "" {
		if allowed := security.CheckSessionPath(path); allowed != "" {
			r.fail("TEMP_FILE_PATH", path, sentences.Message(allowed))
		}
	}
	r.ordered("USERNAME_MIN_LENGTH", c.Policy.UsernameMin, "USERNAME_MAX_LENGTH", c.Policy.UsernameMax)
	r.ordered("PASSWORD_MIN_LENGTH", c.Policy.Password.Min, "PASSWORD_MAX_LENGTH", c.Policy.Password.Max)
	if c.SecretKey != "" && r.err == nil {
		_, r.err = c.Keys()
	}
	return c, r.err
}

// settingsFrom tells which of epev's and libpq's variables are set, and where, in the order in which they are told.
func settingsFrom(environment, inFile map[string]string, file string) (set []commands.Setting) {
	for _, name := range slices.Concat(variables, data.Variables()) {
		value, given := environment[name]
		from := commands.FromEnvironment
		if !given && slices.Contains(variables, name) {
			value, from = inFile[name], file
		}
		if value != "" {
			set = append(set, commands.Setting{Name: name, From: from})
		}
	}
	return set
}

// Keys returns the keys that sign and verify access tokens.
func (c Config) Keys() (*security.Keys, error) {
	keys, err := security.NewKeys(c.SecretKey, c.SecretKeyID, c.PreviousSecretKey, c.PreviousSecretKeyID)
	if err == nil { // one that is too short is told as such, whatever it is made of
		err = security.CheckSecret(c.SecretKey)
	}
	if err != nil {
		return nil, err
	}
	return keys, nil
}

// reader reads variables and keeps the first error.
type reader struct {
	getenv func(string) string
	err    error
}

func (r *reader) fail(name, value, allowed string) {
	if r.err == nil {
		r.err = model.Invalid(name, "%s is %q", name, model.Escape(value)).WithHint("it must be %s", allowed)
	}
}

// number returns a number within limits, and the one otherwise where none is set.
func number[N int | float64](r *reader, name, what string, parse func(string) (N, error), otherwise, min, max N) N {
	value := r.getenv(name)
	if value == "" {
		return otherwise
	}
	n, err := parse(value)
	if err != nil || !(n >= min && n <= max) {
		r.fail(name, value, fmt.Sprintf("a %s from %v to %v", what, min, max))
		return otherwise
	}
	return n
}

func (r *reader) number(name string, otherwise, min, max int) int {
	return number(r, name, "whole number", strconv.Atoi, otherwise, min, max)
}

func (r *reader) ordered(minName string, min int, maxName string, max int) {
	if min > max {
		r.fail(minName, strconv.Itoa(min), fmt.Sprintf("at most %s, which is %d", maxName, max))
	}
}

// database returns the address of the external database: DATABASE_URL, or one made of POSTGRES_*.
func (r *reader) database() string {
	if address := r.getenv("DATABASE_URL"); address != "" {
		return address
	}
	var set []string
	parts := map[string]string{}
	for _, name := range []string{"POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB"} {
		if parts[name] = r.getenv(name); parts[name] != "" {
			set = append(set, name)
		}
	}
	if len(set) == 0 {
		return ""
	}
	for _, name := range []string{"POSTGRES_USER", "POSTGRES_DB"} {
		if parts[name] == "" && r.err == nil {
			r.err = model.Invalid(name, "%s is not set, but %s is", name, set[0]).
				WithHint("set %s too, or DATABASE_URL, or none of the POSTGRES_ variables for the private database", name)
		}
	}
	return data.Words(
		[2]string{"host", cmp.Or(parts["POSTGRES_HOST"], "localhost")},
		[2]string{"port", strconv.Itoa(r.number("POSTGRES_PORT", 5432, 1, 65535))},
		[2]string{"user", parts["POSTGRES_USER"]}, [2]string{"password", parts["POSTGRES_PASSWORD"]},
		[2]string{"dbname", parts["POSTGRES_DB"]})
}
