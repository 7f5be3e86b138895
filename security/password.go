package security

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"epev/model"
	"epev/model/ownfile"

	"golang.org/x/crypto/bcrypt"
	"golang.org/x/sys/unix"
)

const (
	// hashCost is bcrypt's cost for new hashes: about a third of a second (SPEC 7).
	hashCost = 12
	// maxStoredCost bounds what a stored hash may cost: at 31, a login would hang for two days.
	maxStoredCost = 14
	// maxPasswordBytes is as far as bcrypt reads: it would accept any ending after that.
	maxPasswordBytes = 72
	// maxPasswordFileBytes leaves room for any password with its line break.
	maxPasswordFileBytes = 4096
	// pipePatience is for a password manager that asks its own question before it writes.
	pipePatience = time.Minute
)

// PasswordPolicy says which new passwords are good enough. Min and Max count characters
// (PASSWORD_MIN_LENGTH, PASSWORD_MAX_LENGTH); 72 bytes is the most in any case.
type PasswordPolicy struct{ Min, Max int }

// Check returns a Usage error that says everything that is wrong with a new password, and never
// holds the password itself.
func (p PasswordPolicy) Check(password string) error {
	length := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return badPassword("password-not-utf-8", nil)
	case strings.ContainsFunc(password, unicode.IsControl):
		return badPassword("password-with-control", nil)
	case len(password) > maxPasswordBytes:
		return tooLong()
	case length > p.Max:
		return badPassword("password-too-long", model.Facts{"most": p.Max})
	}
	var missing []error
	if length < p.Min {
		missing = append(missing, &model.Error{Fault: "characters", Facts: model.Facts{"least": p.Min}})
	}
	for _, class := range []struct {
		fault model.Fault
		holds func(rune) bool
	}{{"upper-case", unicode.IsUpper}, {"lower-case", unicode.IsLower}, {"digit", unicode.IsDigit}} {
		if !strings.ContainsFunc(password, class.holds) {
			missing = append(missing, class.fault)
		}
	}
	if missing == nil {
		return nil
	}
	return badPassword("password-too-weak", model.Facts{"missing": missing, "least": p.Min})
}

func tooLong() error {
	return badPassword("password-beyond-bcrypt", model.Facts{"most": maxPasswordBytes})
}

func badPassword(fault model.Fault, facts model.Facts) error {
	return &model.Error{Kind: model.Usage, Field: "password", Fault: fault, Facts: facts}
}

// HashPassword returns the bcrypt hash of a password that the policy let through; more than 72 bytes is a Usage error.
func HashPassword(password string) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(password), hashCost)
	if errors.Is(err, bcrypt.ErrPasswordTooLong) {
		return "", tooLong()
	}
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return string(hash), nil
}

// storedHash is a whole bcrypt hash and its cost. The library alone would take other versions, and
// would pass over anything that follows.
var storedHash = model.Pattern(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)

// VerifyPassword reports whether password is the one that hash was made from, and whether the hash
// is cheaper than today's and should be made again. It takes versions 2a, 2b and 2y. A wrong password
// costs as much time as VerifyNobody, so that time tells nobody which users there are. Only a hash
// costlier than today's, which epev does not make, takes longer.
func VerifyPassword(hash, password string) (ok, renew bool) {
	ok, spent := compare(hash, password)
	if ok {
		return true, spent < hashCost
	}
	for _, cost := range remainingCosts(spent) {
		burn(cost, password)
	}
	return false, false
}

// compare reports whether password is the one that hash was made from, and the cost that finding out
// took: 0 for a hash or password that is refused unseen.
func compare(hash, password string) (ok bool, spent int) {
	match := storedHash().FindStringSubmatch(hash)
	if match == nil || len(password) > maxPasswordBytes {
		return false, 0
	}
	cost, err := strconv.Atoi(match[1])
	if err != nil || cost < bcrypt.MinCost || cost > maxStoredCost {
		return false, 0
	}
	return bcrypt.CompareHashAndPassword([]byte(hash), []byte(password)) == nil, cost
}

// remainingCosts returns the costs that, with the one already spent, add up to the time of one hash
// of hashCost. A hash takes 2^cost rounds, and 2^c + (2^c + 2^(c+1) + … + 2^11) = 2^12.
func remainingCosts(spent int) []int {
	if spent == 0 {
		return []int{hashCost}
	}
	var costs []int
	for c := spent; c < hashCost; c++ {
		costs = append(costs, c)
	}
	return costs
}

// VerifyNobody takes as long as VerifyPassword takes for a wrong password: it is called for a user
// who does not exist (SPEC 7).
func VerifyNobody(password string) { burn(hashCost, password) }

// burn spends the time that one hash of that cost takes.
func burn(cost int, password string) {
	hash := fmt.Sprintf("$2a$%02d$%s", cost, strings.Repeat(".", 53))
	_ = bcrypt.CompareHashAndPassword([]byte(hash), []byte(password[:min(len(password), maxPasswordBytes)]))
}

// ReadPasswordFile returns the one line of the file at path, without its line break. Nobody but this
// process's effective user, or one of owners (under sudo, the invoking user), may own the file, and
// nobody else may open it. Errors are of kind Usage, about password-file.
func ReadPasswordFile(path string, owners ...int) (string, error) {
	password, err := readPasswordFile(path, owners)
	if err != nil {
		return "", &model.Error{Kind: model.Usage, Field: "password-file", Fault: "password-file-unusable",
			Facts: model.Facts{"path": path, "why": withoutPath(err)}, Err: err}
	}
	return password, nil
}

func readPasswordFile(path string, owners []int) (string, error) {
	// Without O_NONBLOCK a named pipe that nobody writes to would hang the shell.
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	switch {
	case !info.Mode().IsRegular() && info.Mode()&fs.ModeNamedPipe == 0:
		return "", model.Fault("no-file-nor-pipe")
	case ownfile.Owner(info) != os.Geteuid() && !slices.Contains(owners, ownfile.Owner(info)):
		return "", ownfile.Foreign
	case ownfile.IsExposed(info):
		return "", ownfile.FaultOf(info, 0, ownfile.Exposed)
	}
	_ = file.SetReadDeadline(time.Now().Add(pipePatience)) // which a regular file does not need, nor take
	content, err := io.ReadAll(io.LimitReader(file, maxPasswordFileBytes+1))
	if err != nil {
		return "", err
	}
	// An editor may have begun the file with a byte-order mark, which nobody can type.
	line := strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(string(content), "\ufeff"), "\n"), "\r")
	switch {
	case line == "":
		return "", model.Fault("without-content")
	case len(content) > maxPasswordFileBytes || strings.ContainsAny(line, "\r\n"):
		return "", model.Fault("several-lines")
	}
	return line, nil
}
