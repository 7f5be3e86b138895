package shell

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"epev/model"
)

// A .env file is read as python-dotenv reads it, which the predecessor used: the same patterns in the same order. Only
// ${NAME} and ${NAME:-default} are replaced by other variables, so that a $ in a password is a $. What is not epev's is
// passed over, however it is written.

// blank is what Python takes for a blank, and no line's end.
const blank = `[\t\v\f\x1c-\x1f\x{85}\p{Z}]`

var (
	envBlanks      = model.Pattern(`^(?:` + blank + `|\n)*`)
	envExport      = model.Pattern(`^(?:export` + blank + `+)?`)
	envQuotedName  = model.Pattern(`^'([^']+)'`)
	envName        = model.Pattern(`^((?:[^=#\s\v\x1c-\x1f\x{85}\p{Z}])+)`)
	envSpace       = model.Pattern(`^` + blank + `*`)
	envSingle      = model.Pattern(`^'((?:\\'|[^'])*)'`)
	envDouble      = model.Pattern(`^"((?:\\"|[^"])*)"`)
	envLine        = model.Pattern(`^[^\n]*`)
	envEnd         = model.Pattern(`^(?:` + blank + `*#[^\n]*)?` + blank + `*(?:\n|$)`)
	envTail        = model.Pattern(blank + `+(?:#.*)?$`)
	envInDouble    = model.Pattern(`\\[\\'"abfnrtv]`)
	envInSingle    = model.Pattern(`\\[\\']`)
	envReplacement = model.Pattern(`\$\{([^}:]*)(?::-([^}]*))?\}`)
)

// envEscapes are those of Python.
var envEscapes = map[string]string{`\\`: `\`, `\'`: `'`, `\"`: `"`, `\a`: "\a", `\b`: "\b", `\f`: "\f", `\n`: "\n", `\r`: "\r", `\t`: "\t", `\v`: "\v"}

func envUnescape(escapes func() *regexp.Regexp, s string) string {
	return escapes().ReplaceAllStringFunc(s, func(e string) string { return envEscapes[e] })
}

// envReader reads what is left of a file.
type envReader struct {
	text string
	line int
}

// take takes what the pattern matches at this place, and returns its group or all of it.
func (r *envReader) take(pattern func() *regexp.Regexp) (string, bool) {
	found := pattern().FindStringSubmatch(r.text)
	if found == nil {
		return "", false
	}
	r.text = r.text[len(found[0]):]
	r.line += strings.Count(found[0], "\n")
	return found[len(found)-1], true
}

// parseDotEnv returns the variables of a .env file; lookup finds those of the environment, which go before. The line
// wrong is the one that does not write a variable of epev's as python-dotenv has it, 0 for none.
func parseDotEnv(text string, lookup func(string) (string, bool)) (values map[string]string, wrong int) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.TrimPrefix(text, "\ufeff"))
	values = map[string]string{}
	expand := func(value string) string {
		return envReplacement().ReplaceAllStringFunc(value, func(match string) string {
			parts := envReplacement().FindStringSubmatch(match)
			if value, ok := lookup(parts[1]); ok {
				return value
			}
			if value, ok := values[parts[1]]; ok {
				return value
			}
			return parts[2]
		})
	}
	r := envReader{text: text, line: 1}
	for r.text != "" {
		r.take(envBlanks)
		begin := r.line
		if name, value, ok := r.binding(); ok {
			if name != "" {
				values[name] = expand(value)
			}
			continue
		} else if wrong == 0 && slices.Contains(variables, name) {
			wrong = begin
		}
		r.take(envLine)
	}
	return values, wrong
}

// binding takes one NAME=value; without a name it is a comment. What it does not understand stays unread from where it
// stopped on, as with python-dotenv.
func (r *envReader) binding() (name, value string, ok bool) {
	r.take(envExport)
	switch {
	case strings.HasPrefix(r.text, "#"), r.text == "":
	case strings.HasPrefix(r.text, "'"):
		name, _ = r.take(envQuotedName)
	default:
		name, _ = r.take(envName)
	}
	if name == "" && !strings.HasPrefix(r.text, "#") && r.text != "" {
		return "", "", false
	}
	r.take(envSpace)
	if strings.HasPrefix(r.text, "=") {
		r.text = r.text[1:]
		r.take(envSpace)
		if value, ok = r.value(); !ok {
			return name, "", false
		}
	}
	_, ok = r.take(envEnd)
	return name, value, ok
}

func (r *envReader) value() (string, bool) {
	switch {
	case strings.HasPrefix(r.text, "'"):
		value, ok := r.take(envSingle)
		return envUnescape(envInSingle, value), ok
	case strings.HasPrefix(r.text, `"`):
		value, ok := r.take(envDouble)
		return envUnescape(envInDouble, value), ok
	}
	line, _ := r.take(envLine)
	return envTail().ReplaceAllString(line, ""), true
}

// dotEnv is the name of the file.
const dotEnv = ".env"

// readDotEnv reads the .env file of the working directory, if there is one. It counts where it is mine, root's or that of
// who called sudo, and nobody else may write it: in a directory of many it may be anybody's.
func readDotEnv(lookup func(string) (string, bool)) (map[string]string, error) {
	const name = dotEnv
	link, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	unreadable := model.Errorf(model.Usage, "the file .env cannot be read").WithHint("let yourself read it, and nobody else")
	if err != nil {
		return nil, unreadable
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !isFileOrPipe(info):
		return nil, nil // a link to nowhere; a directory, say
	case err != nil:
		return nil, unreadable
	}
	trusted := envOwners(lookup)
	mine := func(info fs.FileInfo) error {
		if why := envForeign(info, trusted); why != "" {
			return model.Errorf(model.Usage, "the file .env %s, so that it is not taken", why).
				WithHint("run epev in another directory, or make it a file of yours that only you may write: chmod 600 .env")
		}
		return nil
	}
	// Before it is opened as well: a pipe that nobody writes to would be waited for.
	if err := cmp.Or(mine(link), mine(info)); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, unreadable
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, unreadable
	}
	if err := mine(info); err != nil {
		return nil, err
	}
	return parseEnvFile(name, f, lookup)
}

// parseEnvFile reads an open file of variables.
func parseEnvFile(name string, f io.Reader, lookup func(string) (string, bool)) (map[string]string, error) {
	text, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, model.Errorf(model.Usage, "the file %s cannot be read", name).WithHint("let yourself read it, and nobody else")
	}
	values, wrong := parseDotEnv(string(bytes.ToValidUTF8(text, []byte("\ufffd"))), lookup)
	if wrong > 0 {
		return nil, model.Errorf(model.Usage, "the file %s is not valid from line %d on", name, wrong).WithHint("write one NAME=value a line, and close every quote")
	}
	return values, nil
}

func isFileOrPipe(info fs.FileInfo) bool {
	return info.Mode().IsRegular() || info.Mode()&fs.ModeNamedPipe != 0
}

// envOwners are the users whose .env counts.
func envOwners(lookup func(string) (string, bool)) []int {
	owners := []int{0, os.Geteuid(), os.Getuid()}
	if invoker, _ := lookup("SUDO_UID"); os.Geteuid() == 0 {
		if uid, err := strconv.ParseUint(invoker, 10, 31); err == nil {
			owners = append(owners, int(uid))
		}
	}
	return owners
}

// envForeign says why a file may say what somebody else wants, "" where it may not.
func envForeign(info fs.FileInfo, owners []int) string {
	st := info.Sys().(*syscall.Stat_t)
	switch {
	case !slices.Contains(owners, int(st.Uid)):
		return fmt.Sprintf("belongs to user id %d", st.Uid)
	case info.Mode()&fs.ModeSymlink != 0: // whose mode says nothing
	case info.Mode().Perm()&0o002 != 0:
		return "may be written by everybody"
	case info.Mode().Perm()&0o020 != 0 && !isPrivateGroup(int(st.Gid), int(st.Uid)):
		return fmt.Sprintf("may be written by group id %d", st.Gid)
	}
	return ""
}

// isPrivateGroup reports whether a group is that of one user alone: it has the user's name, is the group that the user
// begins with, and lists nobody else.
func isPrivateGroup(gid, uid int) bool {
	group, err := user.LookupGroupId(strconv.Itoa(gid))
	if err != nil {
		return false
	}
	owner, err := user.LookupId(strconv.Itoa(uid))
	if err != nil || group.Name != owner.Username || owner.Gid != group.Gid {
		return false
	}
	for _, entry := range entries("/etc/group") {
		if len(entry) > 3 && entry[2] == group.Gid {
			for _, member := range strings.Split(entry[3], ",") {
				if member != "" && member != owner.Username {
					return false
				}
			}
		}
	}
	for _, entry := range entries("/etc/passwd") {
		if len(entry) > 3 && entry[3] == group.Gid && entry[2] != owner.Uid {
			return false
		}
	}
	return true
}

// entries returns the fields of each line of a file such as /etc/group.
func entries(file string) (all [][]string) {
	content, _ := os.ReadFile(file) // what is not there lists nobody
	for line := range strings.Lines(string(content)) {
		all = append(all, strings.Split(strings.TrimSpace(line), ":"))
	}
	return all
}
