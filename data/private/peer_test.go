package private

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"epev/data/testdb/needs"
	"epev/model/ownfile"
)

// psqlAs runs psql as another account on the server's socket. Where that account may not pass the home, psql finds the
// socket among the open files of the server, as any process of the account can.
func psqlAs(t *testing.T, s *Server, uid int, role string) (string, error) {
	t.Helper()
	program := ""
	for _, pattern := range places {
		found, _ := filepath.Glob(filepath.Join(pattern, "psql"))
		if len(found) > 0 {
			program = found[len(found)-1]
		}
	}
	if program == "" {
		program = needs.Program(t, "psql")
	}
	host := s.Address().Socket
	if links, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", s.postmaster().pid)); err == nil && uid != 0 {
		for _, link := range links {
			if path, err := os.Readlink(link); err == nil && path == host {
				host = link
			}
		}
	}
	cmd := exec.Command(program, "-X", "-w", "-h", host, "-U", role, "-Atc", "select rolsuper from pg_roles where rolname = session_user", "postgres")
	cmd.Dir = "/"
	gid := uid
	if info, err := os.Stat(fmt.Sprintf("/proc/%d", s.postmaster().pid)); err == nil && uid == ownfile.Owner(info) {
		gid = int(info.Sys().(*syscall.Stat_t).Gid)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	said, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(said)), err
}

// SPEC 3: root's server runs as another account, whose other processes are nobody to it.
func TestTheAccountThatRunsRootsServerGetsNotIn(t *testing.T) {
	t.Parallel()
	root(t)
	s := server(t)
	s.Volatile = false
	db := start(t, s)
	if said, err := psqlAs(t, s, processUser(t, s.postmaster().pid), superuser); err == nil || !strings.Contains(said, "Peer authentication failed") {
		t.Errorf("the account of the server: %q %v", said, err)
	}
	if said, err := psqlAs(t, s, 0, superuser); err != nil || said != "t" {
		t.Errorf("root: %q %v", said, err)
	}
	// Nor under the name of a role that somebody made.
	if _, err := db.Exec("CREATE ROLE postgres LOGIN SUPERUSER"); err != nil {
		t.Fatal(err)
	}
	if said, err := psqlAs(t, s, processUser(t, s.postmaster().pid), "postgres"); err == nil || !strings.Contains(said, "Peer authentication failed") {
		t.Errorf("the account of the server as postgres: %q %v", said, err)
	}
}

// A cluster that an older epev made with trust is mended at its next start.
func TestAnExistingClusterLetsInWhomANewOneDoes(t *testing.T) {
	t.Parallel()
	root(t)
	s := server(t)
	s.Volatile = false
	start(t, s)
	account := processUser(t, s.postmaster().pid)
	if _, err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	hba := filepath.Join(s.data(), "pg_hba.conf")
	if err := os.WriteFile(hba, []byte("local all all trust\nhost all all 127.0.0.1/32 trust\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(s.data(), "pg_ident.conf")); err != nil {
		t.Fatal(err)
	}
	start(t, s)
	if said, err := psqlAs(t, s, account, superuser); err == nil || !strings.Contains(said, "Peer authentication failed") {
		t.Errorf("%q %v", said, err)
	}
	for _, name := range []string{"pg_hba.conf", "pg_ident.conf", "epev.conf"} {
		info, err := os.Stat(filepath.Join(s.data(), name))
		if err != nil || info.Mode().Perm() != 0o600 || ownfile.Owner(info) != account {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
}

// Under sudo the database is that of the person, who gets in, and root with them.
func TestTheInvokingUserAndRootGetIn(t *testing.T) {
	t.Parallel()
	root(t)
	dir, err := os.MkdirTemp("", "epev-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	s := serverIn(t, Home{Dir: filepath.Join(dir, "home"), UID: nobody, GID: nobody})
	s.Volatile = false
	start(t, s)
	for _, uid := range []int{0, nobody} {
		if said, err := psqlAs(t, s, uid, superuser); err != nil || said != "t" {
			t.Errorf("user id %d: %q %v", uid, said, err)
		}
	}
	people, err := s.people()
	if want := "epev \"root\" epev\nepev \"nobody\" epev\n"; err != nil || !strings.HasSuffix(string(people), want) {
		t.Errorf("%s %v", people, err)
	}
}
