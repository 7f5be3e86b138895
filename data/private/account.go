package private

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"epev/model"
	"epev/model/ownfile"
)

// account is who the server runs as: PostgreSQL refuses to be root.
type account struct {
	name     string
	uid, gid int
	other    bool // not the user who owns the home: it cannot pass that user's directories
}

// serverAccount is the user itself, and under sudo the invoking one. For a real root it is the owner of the data
// directory that is there, else the account postgres, else nobody.
func serverAccount(home Home, data string) (account, error) {
	if home.UID != 0 {
		return home.account(), nil
	}
	if info, err := os.Lstat(data); err == nil && ownfile.Owner(info) != 0 {
		st := info.Sys().(*syscall.Stat_t)
		return account{name: strconv.Itoa(int(st.Uid)), uid: int(st.Uid), gid: int(st.Gid), other: true}, nil
	}
	for _, name := range []string{"postgres", "_postgres", "nobody"} {
		if u, err := user.Lookup(name); err == nil {
			uid, _ := strconv.Atoi(u.Uid)
			if gid, err := strconv.Atoi(u.Gid); err == nil && uid > 0 {
				return account{name: name, uid: uid, gid: gid, other: true}, nil
			}
		}
	}
	return account{}, unavailable("no-account-for-root", nil)
}

// account is that of the owner.
func (h Home) account() account { return account{name: strconv.Itoa(h.UID), uid: h.UID, gid: h.GID} }

// accountName is what the machine calls a user. It may know users from elsewhere, which "id" finds as PostgreSQL does.
func accountName(uid int) (string, error) {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username, nil
	}
	said, err := exec.Command("id", "-un", strconv.Itoa(uid)).Output()
	name := strings.TrimSpace(string(said))
	if err == nil && (name == "" || name == strconv.Itoa(uid)) {
		err = user.UnknownUserIdError(uid)
	}
	return name, err
}

// command prepares a program of PostgreSQL to run as the account. It runs in a session of its own, so that the
// terminal's signals pass it by, and without the environment, which holds secrets.
func (a account) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	// LC_ALL: its messages are read here, and macOS starts threads to find out an unset locale.
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
	for _, name := range []string{"LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"} {
		if v, ok := os.LookupEnv(name); ok {
			cmd.Env = append(cmd.Env, name+"="+v)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if os.Geteuid() == 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} // and no other groups
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// lend gives the program a way into a directory below one that the account cannot pass, such as the home of root. The directory is
// opened here and inherited, and /proc/self/fd jumps to it. It returns the name under which the program knows the
// directory; giveBack is called once the program has started.
func (a account) lend(cmd *exec.Cmd, dir string) (name string, giveBack func(), err error) {
	if !a.other || runtime.GOOS != "linux" {
		return dir, func() {}, nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return "", nil, err
	}
	cmd.ExtraFiles = append(cmd.ExtraFiles, f)
	return fmt.Sprintf("/proc/self/fd/%d", 2+len(cmd.ExtraFiles)), func() { f.Close() }, nil
}

// mkdir makes dir, 0700 and the account's, or checks that this is what is there.
func (a account) mkdir(dir string) error {
	if err := mkdir(dir, a.uid, a.gid); !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(dir)
	switch {
	case err != nil:
		return err
	case !info.IsDir():
		return unavailable("no-directory", model.Facts{"path": dir})
	case ownfile.Owner(info) != a.uid:
		return foreign(dir, ownfile.Owner(info), a.uid)
	case ownfile.IsExposed(info):
		return unavailable("directory-exposed", model.Facts{"path": dir, "mode": info.Mode().Perm()})
	}
	return nil
}
