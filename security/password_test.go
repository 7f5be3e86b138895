package security

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"epev/commands/sentences"
	"epev/model"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sys/unix"
)

// SPEC 7: at least 8 characters with upper, lower and digit; more than 72 bytes is refused by name.
func TestPasswordPolicy(t *testing.T) {
	t.Parallel()
	p := PasswordPolicy{Min: 8, Max: 128}
	for password, want := range map[string]string{
		"Secret12":                       "",
		"Épinards1":                      "",
		"ÉÉÉÉ été 9":                     "",
		"Aa1 ' \" ; -- 🙂":                "",
		"Aa1" + strings.Repeat("x", 69):  "",
		"Aa1" + strings.Repeat("x", 70):  "the password is longer than 72 bytes, the most that bcrypt reads",
		"Aa1" + strings.Repeat("é", 35):  "the password is longer than 72 bytes, the most that bcrypt reads",
		"Aa1" + strings.Repeat("x", 500): "the password is longer than 72 bytes, the most that bcrypt reads",
		"Secre12":                        "the password needs at least 8 characters",
		"Éé1éééé":                        "the password needs at least 8 characters", // characters, not bytes
		"secret12":                       "the password needs an upper-case letter",
		"SECRET12":                       "the password needs a lower-case letter",
		"Secretxx":                       "the password needs a digit",
		"":                               "the password needs at least 8 characters, an upper-case letter, a lower-case letter and a digit",
		"Secret12\n":                     "the password holds a control character",
		"Secret\x0012":                   "the password holds a control character",
		"Secret12\x1b[A":                 "the password holds a control character",
		"Secret12\xff":                   "the password is not valid UTF-8",
	} {
		err := p.Check(password)
		if want == "" {
			if err != nil {
				t.Errorf("Check(%q) = %v", password, err)
			}
			continue
		}
		var e *model.Error
		if !errors.As(err, &e) || e.Kind != model.Usage || e.Field != "password" || sentences.Of(e).Message != want {
			t.Errorf("Check(%q) = %v, want %q", password, err, want)
			continue
		}
		if password != "" && strings.Contains(sentences.Of(e).Message+sentences.Of(e).Hint, password) {
			t.Errorf("the error shows the password: %q, %q", sentences.Of(e).Message, sentences.Of(e).Hint)
		}
	}
	if err := (PasswordPolicy{Min: 3, Max: 10}).Check("Secret12345"); err == nil || sentences.Of(err).Message != "the password is longer than 10 characters" {
		t.Errorf("beyond Max: %v", err)
	}
}

func TestHashAndVerifyPassword(t *testing.T) {
	t.Parallel()
	hash, err := HashPassword("Secret12")
	do(t, err)
	if cost, err := bcrypt.Cost([]byte(hash)); err != nil || cost != 12 {
		t.Errorf("cost %d, %v; want 12", cost, err)
	}
	if ok, renew := VerifyPassword(hash, "Secret12"); !ok || renew {
		t.Errorf("right password: %v, renew %v", ok, renew)
	}
	if ok, _ := VerifyPassword(hash, "Secret13"); ok {
		t.Error("wrong password accepted")
	}
}

// SPEC 7: older hashes are accepted, and renewed at login.
func TestVerifyOlderHashes(t *testing.T) {
	t.Parallel()
	// A published test vector of crypt_blowfish, not of the library that is tested here.
	const vector = "$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	for _, version := range []string{"$2a", "$2b", "$2y"} {
		if ok, renew := VerifyPassword(version+vector, "U*U"); !ok || !renew {
			t.Errorf("%s: %v, renew %v; want both", version, ok, renew)
		}
		if ok, spent := compare(version+vector, "U*V"); ok || spent != 5 {
			t.Errorf("%s, wrong password: %v, cost %d", version, ok, spent)
		}
	}
}

// TRAPS "bcrypt": only the first 72 bytes are compared, and a stored cost of 31 hangs the login.
func TestVerifyPasswordRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 72)
	cheap, err := bcrypt.GenerateFromPassword([]byte(long), bcrypt.MinCost)
	do(t, err)
	hash := string(cheap)
	if ok, _ := compare(hash, long); !ok {
		t.Fatal("72 bytes are refused")
	}
	for name, c := range map[string]struct{ hash, password string }{
		"73 bytes":         {hash, long + "y"},
		"cost 15":          {"$2a$15" + hash[6:], long},
		"cost 31":          {"$2a$31" + hash[6:], long},
		"cost 99":          {"$2a$99" + hash[6:], long},
		"cost 3":           {"$2a$03" + hash[6:], long},
		"cost +4":          {"$2a$+4" + hash[6:], long},
		"version 2":        {"$2$" + hash[4:], long},
		"version 2x":       {"$2x" + hash[3:], long},
		"something behind": {hash + "x", long},
		"line break":       {hash + "\n", long},
		"no hash":          {"", ""},
		"plain text":       {long, long},
	} {
		if ok, spent := compare(c.hash, c.password); ok || spent != 0 {
			t.Errorf("%s: accepted %v after cost %d", name, ok, spent)
		}
	}
	if _, err := HashPassword(long + "y"); model.KindOf(err) != model.Usage {
		t.Errorf("HashPassword of 73 bytes: %v", err)
	}
}

// SPEC 7: no difference in time between an unknown user and a wrong password, of an old hash too.
// Counted in rounds of the key schedule, which are all of the time.
func TestWrongPasswordsTakeTheSameWork(t *testing.T) {
	t.Parallel()
	if costs := remainingCosts(0); len(costs) != 1 || costs[0] != hashCost {
		t.Errorf("a hash that is refused unseen costs %v", costs)
	}
	for cost := bcrypt.MinCost; cost <= hashCost; cost++ {
		rounds := 1 << cost
		for _, c := range remainingCosts(cost) {
			rounds += 1 << c
		}
		if rounds != 1<<hashCost {
			t.Errorf("a wrong password for a hash of cost %d takes %d rounds, want %d", cost, rounds, 1<<hashCost)
		}
	}
	// The hash that is burnt must be one that the library works on, not one that it refuses at once.
	fake := "$2a$04$" + strings.Repeat(".", 53)
	if err := bcrypt.CompareHashAndPassword([]byte(fake), []byte("x")); !errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		t.Errorf("the burnt hash gives %v", err)
	}
	burn(bcrypt.MinCost, strings.Repeat("x", 1000)) // nor may an endless password end the program
}

func TestReadPasswordFile(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"Secret12":      "Secret12",
		"Secret12\n":    "Secret12",
		"Secret12\r\n":  "Secret12",
		" Secret 12 \n": " Secret 12 ",
	} {
		path := filepath.Join(t.TempDir(), "pw")
		do(t, os.WriteFile(path, []byte(content), 0o600))
		if got, err := ReadPasswordFile(path); got != want || err != nil {
			t.Errorf("file %q: %q, %v", content, got, err)
		}
	}
}

func TestReadPasswordFileRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason string
		plant  func(path string) error
	}{
		{"no such file or directory", func(string) error { return nil }},
		{"it is neither a regular file nor a pipe", func(path string) error { return os.Mkdir(path, 0o700) }},
		{"it is empty", func(path string) error { return unix.Mkfifo(path, 0o600) }}, // nobody writes to it
		{"others may open it (mode 0640)", func(path string) error {
			return errors.Join(os.WriteFile(path, []byte("Secret12"), 0o600), os.Chmod(path, 0o640))
		}},
		{"it is empty", func(path string) error { return os.WriteFile(path, []byte("\n"), 0o600) }},
		{"it holds more than one line", func(path string) error { return os.WriteFile(path, []byte("Secret12\n\n"), 0o600) }},
		{"it holds more than one line", func(path string) error { return os.WriteFile(path, []byte("Secret12\nSecret13"), 0o600) }},
		{"it holds more than one line", func(path string) error {
			return os.WriteFile(path, []byte(strings.Repeat("Secret12", 1000)), 0o600)
		}},
	} {
		path := filepath.Join(t.TempDir(), "pw")
		do(t, c.plant(path))
		got, err := ReadPasswordFile(path)
		var e *model.Error
		if got != "" || !errors.As(err, &e) || e.Kind != model.Usage || e.Field != "password-file" ||
			sentences.Of(e).Message != "cannot use password file "+path+": "+c.reason {
			t.Errorf("got %q, %v; want %q", got, err, c.reason)
		}
		if err != nil && strings.Contains(sentences.Of(e).Message+sentences.Of(e).Hint, "Secret1") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

// Under sudo the file is the invoking user's.
func TestReadPasswordFileOwners(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root to give a file away")
	}
	path := filepath.Join(t.TempDir(), "pw")
	do(t, os.WriteFile(path, []byte("Secret12"), 0o600))
	do(t, os.Chown(path, 65534, 65534))
	if _, err := ReadPasswordFile(path); err == nil || !strings.Contains(sentences.Of(err).Message, "it belongs to somebody else") {
		t.Errorf("somebody else's file: %v", err)
	}
	if got, err := ReadPasswordFile(path, 1000, 65534); got != "Secret12" || err != nil {
		t.Errorf("the invoking user's file: %q, %v", got, err)
	}
}

// No password is taken that bcrypt would cut, a terminal would obey, or nobody can type again. None is repeated.
func FuzzPasswordPolicy(f *testing.F) {
	for _, s := range []string{"Sunny-Terrace-7", "short", strings.Repeat("Aa1", 24), strings.Repeat("Aa1", 25), "Aa1\x00bcdefg", "\xffAa1bcdefg", "Ää1éèêëî"} {
		f.Add(s)
	}
	policy := PasswordPolicy{Min: 8, Max: 128}
	f.Fuzz(func(t *testing.T, password string) {
		err := policy.Check(password)
		if err == nil && (len(password) > 72 || utf8.RuneCountInString(password) < 8 || !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl)) {
			t.Errorf("%q is taken", password)
		}
		if err != nil && len(password) > 20 && strings.Contains(err.Error(), password) {
			t.Errorf("%v repeats it", err)
		}
	})
}
