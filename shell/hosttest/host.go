// Package hosttest gives a test a host of its own: its accounts, its configuration and its processes, with an sshd on loopback.
package hosttest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"epev/data/testdb"
	"epev/data/testdb/needs"
)

// A Host is there until its test ends.
type Host struct {
	// Dir is where all that is the host's own lies: what is /home there is Dir/home here.
	Dir string
	// Port is the one on loopback at which sshd listens.
	Port int
	// Enter are the words that stand before a command to run it there, as root and in its home.
	Enter []string
}

// script is the first process of a host of a test's own. It has the machine's programs, but its own processes, accounts, homes and
// configuration, in a directory of the test. When its standard input ends, all of it goes.
const script = `set -e
own=$1 port=$2
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=~root; export PATH HOME
read -r outside rest </proc/self/stat
mount -t proc proc /proc
cd "$own"
cp -a /etc etc
for at in usr/local/bin usr/local/sbin home root run srv var/log var/mail tmp; do mkdir -p "$at"; done
chmod 0700 root; chmod 1777 tmp srv; chmod 0755 .; mkdir run/sshd; : >var/log/lastlog; : >run/utmp; : >var/log/wtmp
rm -rf etc/epev etc/ssh/sshd_config.d/* etc/ssh/ssh_config.d/*
mkdir -p etc/ssh/sshd_config.d
[ -e etc/ssh/epev_host_key ] || ssh-keygen -q -t ed25519 -N '' -f etc/ssh/epev_host_key
cat >etc/ssh/sshd_config <<END
Include /etc/ssh/sshd_config.d/*.conf
Port $port
ListenAddress 127.0.0.1
HostKey /etc/ssh/epev_host_key
PidFile /run/sshd.pid
UsePAM no
LoginGraceTime 600
AcceptEnv *
Subsystem sftp internal-sftp
PermitUserEnvironment yes
X11Forwarding yes
END
cat >etc/ssh/ssh_config <<END
Host crm
    Port $port
END
printf '127.0.0.1 localhost crm\n' >etc/hosts
# It stands for the machine's service manager.
cat >usr/local/sbin/systemctl <<'END'
#!/bin/bash
[ "$*" = "reload ssh" ] || exit 1
if read -r old </run/sshd.pid; then kill "$old"; while [ -e "/proc/$old" ]; do sleep 0.01; done; fi 2>/dev/null
/usr/sbin/sshd -E /var/log/sshd || exit 1
port=$(sed -n 's/^Port //p' /etc/ssh/sshd_config)
until exec 3<>"/dev/tcp/127.0.0.1/$port"; do sleep 0.01; done 2>/dev/null
END
cat >usr/local/sbin/sudo <<'END'
#!/bin/sh
# It stands for sudo as root has it.
export SUDO_UID=0 SUDO_GID=0 SUDO_USER=root
[ "$1" = -u ] || exec "$@"
user=$2; shift 2
exec env HOME="$(getent passwd "$user" | cut -d: -f6)" setpriv --reuid "$user" --regid "$user" --init-groups "$@"
END
chmod 0755 usr/local/sbin/*
for at in usr/local/bin usr/local/sbin home root run srv var/log var/mail etc tmp; do mount --bind "$at" "/$at"; done
systemctl reload ssh
echo "$outside"
set +e
cat >/dev/null
kill -KILL -1
umount -l /tmp
rm -rf "$own"
`

// New makes a host. It is skipped for want of what it needs.
func New(t testing.TB) *Host {
	t.Helper()
	for _, name := range []string{"ssh", "ssh-keygen", "bash", "setpriv", "useradd", "sshd"} {
		needs.Program(t, name, "/usr/sbin/"+name)
	}
	sudo := needs.AsRoot(t, "who alone can make a host of accounts and of an sshd")
	dir, err := os.MkdirTemp("", "epev-host-")
	if err != nil {
		t.Fatal(err)
	}
	h := &Host{Dir: dir, Port: FreePort(t)}
	words := append(sudo, needs.Program(t, "unshare"), "--mount", "--pid", "--fork", "--kill-child", "--", "/bin/sh", "-c", script, "sh", dir, strconv.Itoa(h.Port))
	cmd := exec.Command(words[0], words[1:]...)
	var said strings.Builder
	cmd.Stderr = &said
	alive, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	first, err := bufio.NewReader(out).ReadString('\n')
	pid, _ := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid == 0 {
		alive.Close()
		t.Fatalf("there is no host: %v, %v: %s", err, cmd.Wait(), said.String())
	}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "var/log/sshd"))
			t.Logf("sshd: %s", log)
		}
		alive.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the host: %v: %s", err, said.String())
		}
	})
	h.Enter = append(sudo, needs.Program(t, "nsenter"), "-t", strconv.Itoa(pid), "-m", "-p", "env", "-i",
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm-256color", "TZ=Europe/Paris",
		"/bin/sh", "-c", `HOME=~root; export HOME; cd && exec "$@"`, "sh")
	return h
}

// Install puts this program where whoever has downloaded it has put it: ~/bin.
func (h *Host) Install(t testing.TB, name string) {
	t.Helper()
	program, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	h.Run(t, program, "sh", "-c", `mkdir -p bin && cat >"bin/$0" && chmod 0755 "bin/$0"`, name)
}

// Run runs a command there.
func (h *Host) Run(t testing.TB, in io.Reader, args ...string) (said string) {
	t.Helper()
	words := append(h.Enter[:len(h.Enter):len(h.Enter)], args...)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdin = in
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v: %s", args, err, out)
	}
	return string(out)
}

// Database makes a way from the host to a database whose own socket is not for its accounts, and returns the address that it has there.
func (h *Host) Database(t testing.TB, database string) string {
	t.Helper()
	address, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	query := address.Query()
	name := ".s.PGSQL." + query.Get("port")
	to, here := filepath.Join(query.Get("host"), name), filepath.Join(h.Dir, "srv", name)
	testdb.Relay(t, here, to)
	query.Set("host", "/srv")
	address.RawQuery = query.Encode()
	return address.String()
}

// Office writes the configuration there, as the README tells, and does what gate-setup tells, but for its last step: there is a database, and a
// manager.
func (h *Host) Office(t testing.TB, database, secretKey string) {
	t.Helper()
	text := fmt.Sprintf("DATABASE_URL='%s'\nSECRET_KEY='%s'\nEPEV_TIMEZONE=Europe/Paris\n", h.Database(t, database), secretKey)
	h.Run(t, strings.NewReader(text), "sh", "-c", "install -D -m 600 /dev/null /etc/epev/env && cat >/etc/epev/env")
	setup := h.Run(t, nil, "bin/epev", "gate-setup")
	steps, _, found := strings.Cut(setup, "\n# 5. ")
	if !found {
		t.Fatalf("gate-setup has no fifth step: %s", setup)
	}
	h.Run(t, strings.NewReader(steps), "sh", "-e")
}

// FreePort returns a port of loopback at which nobody listens.
func FreePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
