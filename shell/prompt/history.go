package prompt

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"epev/model/ownfile"
)

const (
	longestHistory     = 2000 // lines kept
	longestHistoryLine = 8192 // bytes; longer ones are not kept
)

// A history is the lines of all shells of this user, oldest first and each once. Its file has one line per entry, 0600,
// and grows by whole lines only. Whoever starts and finds it twice too long writes it anew. A history without a path,
// or whose file cannot be used, lives in memory: history never gets in the way.
type history struct {
	path  string
	lines []string
	own   []string    // those of this shell
	file  os.FileInfo // what lines were read from
	read  int64       // how far
}

var (
	escapeEntry   = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	unescapeEntry = strings.NewReplacer(`\\`, `\`, `\n`, "\n")
)

// Past returns the lines of the history at path, oldest first.
func Past(path string) []string {
	h := history{path: path}
	h.load()
	return h.lines
}

// recalled returns the lines in the order in which Up offers them, the next one last: first those of this
// shell, then those of others.
func (h *history) recalled() []string { return newest(slices.Concat(h.lines, h.own)) }

// load reads what was added since the last time, by whichever shell.
func (h *history) load() error {
	if h.path == "" {
		return nil
	}
	f, err := h.open(os.O_RDONLY)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if h.file == nil || !os.SameFile(h.file, info) || info.Size() < h.read {
		h.lines, h.read = nil, 0
	}
	if info.Size() == h.read {
		return nil
	}
	b, err := io.ReadAll(io.NewSectionReader(f, h.read, info.Size()-h.read))
	if err != nil {
		return err
	}
	whole := bytes.LastIndexByte(b, '\n') + 1
	h.file, h.read = info, h.read+int64(whole)
	var added []string
	for _, entry := range entries(b[:whole]) {
		added = append(added, unescapeEntry.Replace(entry))
	}
	h.lines = newest(append(h.lines, added...))
	if len(added) > 2*longestHistory {
		f.Close() // and with it the lock
		return h.rewrite()
	}
	return nil
}

// add appends a line and has it on disk when it returns. It keeps no line that begins with a blank, as bash's
// HISTCONTROL=ignorespace: so somebody can type what is to be found nowhere.
func (h *history) add(line string) error {
	if line == "" || strings.TrimLeft(line, " \t\n") != line || len(line) > longestHistoryLine {
		return nil
	}
	h.own = newest(append(h.own, line))
	if n := len(h.lines); n > 0 && h.lines[n-1] == line {
		return nil
	}
	h.lines = newest(append(h.lines, line))
	if h.path == "" {
		return nil
	}
	f, err := h.open(os.O_RDWR | os.O_APPEND | os.O_CREATE)
	if err != nil {
		return err
	}
	defer f.Close()
	entry := escapeEntry.Replace(line) + "\n"
	last := make([]byte, 1)
	if end, _ := f.Seek(0, io.SeekEnd); end > 0 {
		if _, err := f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			entry = "\n" + entry // a shell was killed while it wrote
		}
	}
	_, err = f.WriteString(entry)
	return err
}

// open opens and locks the file that is at path at this moment.
func (h *history) open(flag int) (*os.File, error) {
	for {
		f, err := os.OpenFile(h.path, flag|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
		if err != nil {
			return nil, err
		}
		opened, err := f.Stat()
		if err == nil && !opened.Mode().IsRegular() {
			err = errors.New(h.path + " is not a regular file")
		}
		if err == nil && ownfile.IsExposed(opened) {
			err = f.Chmod(0o600)
		}
		if err == nil {
			err = lock(f, flag == os.O_RDONLY)
		}
		if err != nil {
			f.Close()
			return nil, err
		}
		if now, err := os.Lstat(h.path); err == nil && os.SameFile(opened, now) {
			return f, nil
		}
		f.Close() // another shell has just written it anew
	}
}

// lock waits 200 ms at most: a shell that was stopped in the middle of a write must
// not stop the others.
func lock(f *os.File, shared bool) error {
	for range 100 {
		if free, err := ownfile.TryLock(f, shared); free || err != nil {
			return err
		}
		time.Sleep(2 * time.Millisecond)
	}
	return errors.New(f.Name() + " is locked")
}

// rewrite replaces the file by one that holds each line once.
func (h *history) rewrite() error {
	f, err := h.open(os.O_RDWR)
	if err != nil {
		return err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return err
	}
	dir, err := os.OpenRoot(filepath.Dir(h.path))
	if err != nil {
		return err
	}
	defer dir.Close()
	content := strings.Join(newest(entries(b)), "\n") + "\n"
	return ownfile.Put(dir, filepath.Base(h.path), []byte(content), os.Geteuid(), os.Getegid(), dir.Rename)
}

// entries are the lines of a file's content, none of them empty.
func entries(b []byte) []string {
	return strings.FieldsFunc(string(b), func(r rune) bool { return r == '\n' })
}

// newest keeps the last occurrence of each line, and the last longestHistory of them.
func newest(lines []string) []string {
	seen := make(map[string]bool, len(lines))
	kept := make([]string, 0, len(lines))
	for _, line := range slices.Backward(lines) {
		if !seen[line] && len(kept) < longestHistory {
			seen[line] = true
			kept = append(kept, line)
		}
	}
	slices.Reverse(kept)
	return kept
}
