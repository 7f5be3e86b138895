package security

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"

	"golang.org/x/sys/unix"
)

// foreign is what may stand at a path that was given by mistake, and how to put it there.
var foreign = map[string]struct {
	reason string
	plant  func(t *testing.T, path string)
}{
	"a novel":                   {"it is not a session file of epev's", write("It was a dark and stormy night.\n")},
	"a line break":              {"it is not a session file of epev's", write("\n")},
	"JSON":                      {"it is not a session file of epev's", write(`{"servers":["a","b"]}`)},
	"JSON with a session in it": {"it is not a session file of epev's", write(`{"current":{"access":"a","refresh":"5s"},"theme":"dark"}`)},
	"a session and more":        {"it is not a session file of epev's", write(`{"current":{"access":"a","refresh":"r"}} and more`)},
	"a session without tokens":  {"it is not a session file of epev's", write(`{"current":{"access":"a"}}`)},
	"a session cut off":         {"it is not a session file of epev's", write(`{"current":{"access":"a","refresh":"r`)},
	"an .env":                   {"it is not a session file of epev's", write("SECRET_KEY=x\nDATABASE_URL=y\n")},
	"a large file":              {"it is not a session file of epev's", write(strings.Repeat("x", 3*maxSessionBytes))},
	"a link to a novel": {"it is a symbolic link", func(t *testing.T, path string) {
		do(t, os.WriteFile(path+".novel", []byte("unharmed"), 0o600))
		do(t, os.Symlink(path+".novel", path))
	}},
	"a link to a session": {"it is a symbolic link", func(t *testing.T, path string) {
		save(t, SessionFile{Path: path + ".other"}, pair)
		do(t, os.Symlink(path+".other", path))
	}},
	"a link to nothing": {"it is a symbolic link", func(t *testing.T, path string) { do(t, os.Symlink(path+".none", path)) }},
	"a named pipe":      {"it is not a regular file", func(t *testing.T, path string) { do(t, unix.Mkfifo(path, 0o600)) }},
	"a socket": {"it is not a regular file", func(t *testing.T, path string) {
		fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0)
		do(t, err)
		t.Cleanup(func() { unix.Close(fd) })
		do(t, unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
	}},
	"a directory": {"it is a directory", func(t *testing.T, path string) { do(t, os.Mkdir(path, 0o700)) }},
	"a hard link to a session": {"it has a second name (a hard link)", func(t *testing.T, path string) {
		save(t, SessionFile{Path: path}, pair)
		do(t, os.Link(path, path+".second"))
	}},
	"a hard link to an empty file": {"it has a second name (a hard link)", func(t *testing.T, path string) {
		do(t, os.WriteFile(path, nil, 0o600))
		do(t, os.Link(path, path+".second"))
	}},
	"somebody else's empty file": {"it belongs to somebody else", func(t *testing.T, path string) {
		if os.Geteuid() != 0 {
			t.Skip("needs root to give a file away")
		}
		do(t, os.WriteFile(path, nil, 0o666))
		do(t, os.Chown(path, 65534, 65534))
	}},
	"somebody else's session": {"it belongs to somebody else", func(t *testing.T, path string) {
		if os.Geteuid() != 0 {
			t.Skip("needs root to give a file away")
		}
		save(t, SessionFile{Path: path}, pair)
		do(t, os.Chown(path, 65534, 65534))
	}},
}

func write(content string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) { do(t, os.WriteFile(path, []byte(content), 0o600)) }
}

// What is no session file of epev's is neither replaced nor removed, and Check says so before anything is asked.
func TestWhatIsNoSessionFileStays(t *testing.T) {
	t.Parallel()
	for name, c := range foreign {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := SessionFile{Path: filepath.Join(t.TempDir(), "s")}
			c.plant(t, f.Path)
			before, err := os.Lstat(f.Path)
			do(t, err)
			for _, err := range []error{f.Check(), f.Save(pair)} {
				e, ok := errors.AsType[*model.Error](err)
				if want := "cannot write the session file " + f.Path + ": " + c.reason; !ok || sentences.Of(e).Message != want || !strings.Contains(sentences.Of(e).Hint, "TEMP_FILE_PATH") {
					t.Errorf("%v; want %q and a hint", err, want)
				}
			}
			if err := f.Remove(); err != nil {
				t.Errorf("Remove: %v", err)
			}
			after, err := os.Lstat(f.Path)
			if err != nil || !os.SameFile(before, after) || before.Size() != after.Size() || before.ModTime() != after.ModTime() {
				t.Errorf("before %v, after %v, %v", before, after, err)
			}
			if left, _ := filepath.Glob(filepath.Dir(f.Path) + "/.s-*"); len(left) > 0 {
				t.Errorf("drafts stay behind: %v", left)
			}
		})
	}
}

// An empty file of mine, as mktemp and touch make it, becomes a session file, and a session file another one,
// whoever may read them until then.
func TestAnEmptyFileBecomesASession(t *testing.T) {
	t.Parallel()
	content, err := json.Marshal(pair)
	do(t, err)
	for _, c := range []struct {
		content string
		mode    os.FileMode
	}{{"", 0o600}, {"", 0o644}, {"", 0o666}, {string(content), 0o600}, {string(content), 0o644}, {string(content) + "\n", 0o600}, {" \n" + string(content), 0o600}} {
		f := SessionFile{Path: filepath.Join(t.TempDir(), "s")}
		do(t, os.WriteFile(f.Path, []byte(c.content), 0o600))
		do(t, os.Chmod(f.Path, c.mode))
		do(t, f.Check())
		other := Session{Current: TokenPair{Refresh: "another"}}
		save(t, f, other)
		if s, err := f.Load(); err != nil || s != other {
			t.Errorf("over %q of mode %v: %v, %v", c.content, c.mode, s, err)
		}
		do(t, f.Remove())
		if _, err := os.Lstat(f.Path); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("over %q of mode %v: it stays: %v", c.content, c.mode, err)
		}
	}
}

// A lock file is no place for anything else either.
func TestALockFileHoldsAProcessNumberAtMost(t *testing.T) {
	t.Parallel()
	f := SessionFile{Path: filepath.Join(t.TempDir(), "novel.txt")}
	do(t, os.WriteFile(f.Path+".lock", []byte("chapter two"), 0o600))
	_, err := f.Lock(t.Context())
	if e, ok := errors.AsType[*model.Error](err); !ok || !strings.Contains(sentences.Of(e).Message, "it is not a lock file of epev's") {
		t.Errorf("Lock: %v", err)
	}
	if content, err := os.ReadFile(f.Path + ".lock"); err != nil || string(content) != "chapter two" {
		t.Errorf("the file now holds %q, %v", content, err)
	}
}
