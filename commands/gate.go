package commands

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"strings"

	"epev/model"
	"epev/security"
)

// offeredKey is what sshd asks about: for which account, and with which key.
type offeredKey struct{ account, kind, key string }

// gateCommands are those by which an office comes in through ssh. They are sshd's, and of who sets it up.
func gateCommands() []Command {
	word := func(name, format, help string) Param {
		return Param{Name: name, Positional: true, Required: true, Format: format, Help: help}
	}
	return []Command{
		Define(Spec[struct{}]{
			Command: Command{Path: "gate-setup", Help: "Print what lets an office come in through ssh, each step with its reason", Example: "gate-setup",
				Access: Offline(), Host: true},
			Run: func(context.Context, *Act, struct{}) (Result, error) {
				program, err := thisProgram()
				return Result{Shell: Verbatim{strings.ReplaceAll(gateSetup, "PROGRAM", program)}}, err
			},
		}),
		Define(Spec[offeredKey]{
			Command: Command{Path: "gate-keys", Help: "Tell sshd whether somebody may come in with a key: its AuthorizedKeysCommand", Example: "gate-keys epev ssh-ed25519 AAAA",
				Access: Anyone(), Host: true},
			Fields: []Field[offeredKey]{
				field(word("account", "%u", "the account that somebody comes to"), func(in *offeredKey) *string { return &in.account }, anything),
				field(word("kind", "%t", "the kind of the key"), func(in *offeredKey) *string { return &in.kind }, anything),
				field(word("key", "%k", "the key in base64"), func(in *offeredKey) *string { return &in.key }, anything),
			},
			Run: tellKey,
		}),
		Define(Spec[string]{
			Command: Command{Path: "gate", Help: "Let in who has shown the key of that number: what sshd runs, as gate-keys tells it", Example: "gate 1",
				Access: Offline(), Host: true},
			Fields: []Field[string]{field(word("key", "KEYID", "which key"), itself[string], anything)},
			Run: func(context.Context, *Act, string) (Result, error) {
				return Result{}, model.Errorf(model.Usage, "gate is run by sshd alone").WithTry("{try} tells how", "gate-setup")
			},
		}),
	}
}

// tellKey writes a line of a file authorized_keys for a key whose user may come in, and nothing for any other.
func tellKey(ctx context.Context, e *Act, in offeredKey) (Result, error) {
	if who, err := user.Current(); err != nil || who.Username != in.account {
		return Result{}, err
	}
	offered, ok := security.OfferedKey(in.kind, in.key)
	if !ok {
		return Result{}, nil
	}
	id, known, err := e.Data.OfferedKey(ctx, offered.Bytes)
	if err != nil || !known {
		return Result{}, err
	}
	program, err := thisProgram()
	// The number stands for the person: a name could hold what a shell obeys.
	return Result{Shell: Verbatim{fmt.Sprintf("restrict,pty,command=\"%s gate %d\" %s\n", program, id, offered.AuthorizedKey())}}, err
}

// thisProgram is the path of this program, which the shell of an account takes as it is.
func thisProgram() (string, error) {
	path, err := os.Executable()
	if err == nil && strings.Trim(path, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+-") != "" {
		err = model.Errorf(model.Usage, "the path of this program holds what a shell obeys: %s", model.Escape(path)).
			WithHint("put it where gate-setup says: /usr/local/bin/epev")
	}
	return path, err
}

// gateSetup is what root does once on the machine that an office comes to.
const gateSetup = `# Lets an office come in through ssh. Read it, then run it as root: nothing was done yet.
set -e

# 1. The account that alone reads the configuration and the database. sshd runs epev through its shell, so that this is a real one.
#    No password opens it: * is none, and does not lock the account, which sshd would refuse.
id epev >/dev/null 2>&1 || useradd --system --create-home --shell /bin/sh epev
usermod --password '*' epev
chmod 0700 ~epev

# 2. The program, in a directory that root alone may write: sshd runs its AuthorizedKeysCommand from no other.
install -o root -g root -m 0755 PROGRAM /usr/local/bin/epev

# 3. The configuration, which its account alone may read: DATABASE_URL and SECRET_KEY, as .env.example tells. Write them before this
#    runs. Left empty, the account has a private database. No .env of a directory counts beside it.
install -d -o root -g root -m 0755 /etc/epev
test -e /etc/epev/env || install -m 0600 /dev/null /etc/epev/env
chown epev: /etc/epev/env
chmod 0600 /etc/epev/env

# 4. What sshd is told. MaxStartups: so that a whole office may come at once.
cat >/etc/ssh/sshd_config.d/epev.conf <<'END'
MaxStartups 100:30:200
Match User epev
    AuthenticationMethods publickey
    PubkeyAuthentication yes
    # Keys are in epev's database, and in no file.
    AuthorizedKeysFile none
    AuthorizedKeysCommand /usr/local/bin/epev gate-keys %u %t %k
    AuthorizedKeysCommandUser epev
    # Nothing else lets anybody in, nor does an authority whose certificates this machine takes for other accounts: it names no command.
    TrustedUserCAKeys none
    PasswordAuthentication no
    KbdInteractiveAuthentication no
    HostbasedAuthentication no
    # No port, socket, agent, screen or tunnel is passed on, and nothing of the account's is run before epev.
    DisableForwarding yes
    AllowTcpForwarding no
    AllowStreamLocalForwarding no
    AllowAgentForwarding no
    X11Forwarding no
    PermitTunnel no
    PermitUserRC no
    PermitTTY yes
    # The shell of the account and what loads programs obey variables. Of the client's they get these alone, whatever other accounts get.
    AcceptEnv LANG TZ COLUMNS
    # A connection that has gone is noticed within three minutes, and its session ends.
    ClientAliveInterval 60
    ClientAliveCountMax 3
Match all
END
chmod 0644 /etc/ssh/sshd_config.d/epev.conf
sshd -t
for must in 'authorizedkeyscommand /usr/local/bin/epev gate-keys %u %t %k' 'authorizedkeysfile none' 'trustedusercakeys none' \
	'authenticationmethods publickey' 'disableforwarding yes'; do
	sshd -T -C user=epev,host=localhost,addr=127.0.0.1 | grep -qixF "$must" || {
		echo "For epev sshd does not go by \"$must\": write \"Include /etc/ssh/sshd_config.d/*.conf\" at the top of /etc/ssh/sshd_config," >&2
		echo "and see that no other Match there comes before this one." >&2
		exit 1
	}
done
systemctl reload ssh 2>/dev/null || systemctl reload sshd 2>/dev/null || service ssh reload

# 5. The database, and the first manager. From then on: ssh epev@HOST
#    Where DATABASE_URL is of a role that "db-create --app-role" made, its owner has made the database: leave out db-create.
su -l epev -c '/usr/local/bin/epev db-create'
/usr/local/bin/epev manager-create -u admin.root -n "Admin Root" -e admin@example.com
`
