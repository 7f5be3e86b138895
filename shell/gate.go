package shell

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/user"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"epev/commands"
	"epev/model"
	"epev/model/ownfile"
)

// The gate is how an office comes in by ssh: sshd runs "epev gate KEYID" for whoever has shown a key of that number. What the
// client sends is taken for a command of epev's, and for nothing else: no shell reads it, and no file of this machine is named in it.

// OfficeFile holds the configuration of the account through which an office comes in.
const OfficeFile = "/etc/epev/env"

// Gate is who comes in, by the number of a public key, and from where.
type Gate struct {
	Key  int64
	From string // the client's address; empty: not known
}

// errFiles refuses a path of this machine.
var errFiles = model.Errorf(model.Denied, "through ssh, files travel on standard input and output: ssh … < FILE").
	WithHint("leave the file out, and give - where a password is to come from standard input")

// gatePath is where programs are looked for, whatever the client's environment says.
const gatePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// gateVariables are those of the client's environment that count, with what they may look like.
var gateVariables = map[string]func() *regexp.Regexp{
	"TERM":    model.Pattern(`^[A-Za-z0-9._+-]{1,64}$`),
	"LANG":    model.Pattern(`^[A-Za-z0-9._@-]{1,64}$`),
	"TZ":      model.Pattern(`^[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,3}$`),
	"COLUMNS": model.Pattern(`^[0-9]{1,4}$`),
}

// Enter finds out whether sshd runs this process for somebody. Then the arguments are what the client sent, the environment is what is
// left of its own, and options are refused that are about this machine. Otherwise gate is nil, and both stay as they are.
func Enter(args, environ []string) (gate *Gate, words, environment []string, err error) {
	if len(args) == 0 || args[0] != "gate" && args[0] != "gate-keys" {
		return nil, args, environ, nil
	}
	given := map[string]string{}
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		given[name] = value
	}
	environment = []string{"PATH=" + gatePath}
	if who, err := user.Current(); err == nil {
		environment = append(environment, "HOME="+who.HomeDir)
	}
	for name, form := range gateVariables {
		if form().MatchString(given[name]) {
			environment = append(environment, name+"="+given[name])
		}
	}
	// What runs in this process looks there too.
	os.Clearenv()
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		_ = os.Setenv(name, value)
	}
	if args[0] == "gate-keys" {
		return nil, args, environment, nil
	}
	if len(args) != 2 || strings.Trim(args[1], "0123456789") != "" {
		return nil, nil, environment, model.Errorf(model.Usage, "gate takes the number of a key").WithHint("sshd runs it as gate-keys tells")
	}
	gate = &Gate{}
	if gate.Key, err = model.ParseSerial("key", args[1]); err != nil {
		return nil, nil, environment, err
	}
	address, _, _ := strings.Cut(given["SSH_CONNECTION"], " ")
	if from, err := netip.ParseAddr(address); err == nil {
		gate.From = from.WithZone("").String()
	}
	words, err = gateWords(given["SSH_ORIGINAL_COMMAND"])
	return gate, words, environment, err
}

// gateWords splits what the client sent as a command.
func gateWords(sent string) ([]string, error) {
	sent = strings.TrimRight(sent, "\r\n")
	switch {
	case len(sent) > maxLine:
		return nil, model.Errorf(model.Usage, "the command is longer than %d bytes", maxLine).WithHint("send a script on standard input: ssh … < FILE")
	case !commands.IsOne(sent):
		return nil, model.Errorf(model.Usage, "through ssh one command is given at a time").WithHint("send a script on standard input: ssh … < FILE")
	}
	line, err := commands.Read(sent)
	if err != nil {
		return nil, err
	}
	if line.Sink != (commands.Sink{}) {
		return nil, errFiles
	}
	return line.Words, nil
}

// Admits refuses global flags that are about this machine.
func (g *Gate) Admits(o Options) error {
	switch {
	case o.Complete != nil, o.Demo != nil:
		return model.Errorf(model.Denied, "through ssh there is neither a sandbox nor completion for another shell").WithHint("run epev on a machine of your own for these")
	case o.File != "" && o.File != standardInput:
		return errFiles
	}
	return nil
}

// mayRun refuses a command that is about this machine, or would read or write a file on it.
func (g *Gate) mayRun(inv commands.Invocation) error {
	if err := g.withholds(inv.Command); err != nil {
		return err
	}
	for _, p := range inv.Command.Params {
		if value, given := inv.Raw[p.Name]; given && p.Source != nil && p.Source.Path && value != standardInput {
			return errFiles
		}
	}
	return nil
}

// withholds tells why a command is nobody's who comes in by ssh; nil if it may be theirs.
func (g *Gate) withholds(c *commands.Command) error {
	switch {
	case c.Host:
		return model.Errorf(model.Denied, "through ssh there is no %s: it is for who works on the machine itself", c.Path).WithHint("ask whoever runs epev there")
	case c.Path == "login":
		return model.Errorf(model.Denied, "through ssh your key is your login").WithHint("leave with exit, and come in again with another key")
	}
	return nil
}

// fromInput has a command that reads a file, and was given none, read standard input.
func (g *Gate) fromInput(inv *commands.Invocation) {
	for _, p := range inv.Command.Params {
		if _, given := inv.Raw[p.Name]; !given && p.Positional && p.Required && p.Source != nil && p.Source.Path {
			inv.Raw[p.Name] = standardInput
		}
	}
}

// Guard refuses the gate, and what it tells sshd, to any account but the one that owns the configuration, or the private database where there is no
// configuration. owner is whose the configuration is; -1: there is none.
func Guard(home string, owner int) error {
	uid := os.Geteuid()
	refuse := func(why string) error {
		return model.Errorf(model.Denied, "the gate is not for this account: %s", why).WithHint("run epev gate-setup, and do what it tells")
	}
	if uid == 0 {
		return refuse("it never runs as root")
	}
	if _, err := os.Lstat(OfficeFile); owner != uid && (owner >= 0 || err == nil) {
		return refuse(OfficeFile + " is another's")
	}
	if owner < 0 {
		info, err := os.Stat(home)
		if err != nil || ownfile.Owner(info) != uid {
			return refuse("it has neither " + OfficeFile + " nor a private database")
		}
	}
	return nil
}

// leaving is how long the end of a session is waited for as its bearer leaves.
const leaving = 5 * time.Second

// ComeIn opens a session for whoever has shown the key. Beside the saved commands in their place is their history. leave ends
// the session.
func (s *Shell) ComeIn(ctx context.Context, place func(userID int64) *commands.Saved) (leave func(), err error) {
	opened, err := s.Env.Sessions.OpenByKey(ctx, s.Gate.Key)
	if err != nil {
		return nil, err
	}
	s.Registry.Saved = place(opened.UserID)
	s.Home, s.MakeHome, s.Env.Saved = filepath.Dir(s.Registry.Saved.Path), s.Registry.Saved.Make, s.Registry.Saved
	return func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaving)
		defer cancel()
		_ = s.Env.Sessions.End(ending, "disconnected") // if it cannot be ended, nobody has its tokens, and it runs out
	}, nil
}

// readOffice reads the office's configuration, where it is this account's or this is root; owner is whose it is, -1 for none.
func readOffice(lookup func(string) (string, bool)) (values map[string]string, owner int, err error) {
	info, err := os.Lstat(OfficeFile)
	if err != nil || os.Geteuid() != 0 && ownfile.Owner(info) != os.Geteuid() {
		return nil, -1, nil
	}
	unfit := func(why string, hint string, args ...any) error {
		return model.Errorf(model.Usage, "the file %s %s, so that it is not taken", OfficeFile, why).WithHint(hint, args...)
	}
	f, err := os.OpenFile(OfficeFile, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err == nil {
		defer f.Close()
		info, err = f.Stat()
	}
	if err != nil {
		return nil, -1, unfit("cannot be read", "make it a file of the account's that it alone may read: chmod 600 %s", OfficeFile)
	}
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return nil, -1, unfit("is no regular file", "make it a file of the account's")
	case mode.Perm()&0o077 != 0:
		return nil, -1, unfit(fmt.Sprintf("may be used by others: its mode is %#o", mode.Perm()), "chmod 600 %s", OfficeFile)
	}
	values, err = parseEnvFile(OfficeFile, f, lookup)
	return values, ownfile.Owner(info), err
}
