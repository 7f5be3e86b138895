package backup

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"epev/data"
	"epev/model"
	"epev/model/ownfile"
)

// label is what the last line of a backup tells.
type label struct {
	Made     time.Time `json:"made"`
	Database string    `json:"database"`
	Address  string    `json:"address"` // of its server, by which databases of one name are told apart
	Server   int       `json:"server"`  // its major version
	Held     data.Held `json:"held"`
}

// mark begins the last line, after the end of what pg_dump wrote.
const mark = "\nepev-backup "

// labelMax is how long that line can be.
const labelMax = 1 << 20

// seal adds the last line to what was dumped: the sum of it and of the label, and the label.
func seal(dumped io.ReadSeeker, onto io.Writer, l label) error {
	told, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if _, err := dumped.Seek(0, io.SeekStart); err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, dumped); err != nil {
		return err
	}
	sum.Write(told)
	_, err = fmt.Fprintf(onto, "%s%x %s\n", mark, sum.Sum(nil), told)
	return err
}

// File is a backup that was opened.
type File struct {
	*os.File
	Path  string
	label *label // nil where pg_dump alone made it
}

// Open opens a backup and holds it to its sum. One that pg_dump alone made has none. A file that is neither is refused, and so is one
// that was cut or changed.
func Open(path string) (*File, error) {
	if path == "" {
		return nil, refused("backup-unnamed", path)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a pipe in its place must not block
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, refused("backup-not-there", path)
	case err != nil:
		return nil, pathError(err, path)
	}
	l, err := read(f, path)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &File{f, path, l}, nil
}

func read(f *os.File, path string) (*label, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, pathError(err, path)
	}
	if info.IsDir() {
		return nil, refused("backup-directory", path)
	}
	if !info.Mode().IsRegular() {
		return nil, refused("backup-no-file", path)
	}
	head := make([]byte, 5)
	if _, err := io.ReadFull(f, head); err != nil || string(head) != "PGDMP" {
		return nil, refused("backup-no-archive", path)
	}
	line, at, err := lastLine(f, info.Size())
	if err != nil {
		return nil, pathError(err, path)
	}
	if line == nil {
		return nil, nil
	}
	wanted, told, l := parseLine(line)
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, at)); err != nil {
		return nil, pathError(err, path)
	}
	sum.Write(told)
	if l == nil || hex.EncodeToString(sum.Sum(nil)) != string(wanted) {
		return nil, refused("backup-damaged", path)
	}
	return l, nil
}

// lastLine returns what stands behind the mark of the last line, and where that mark begins; nil where there is none.
func lastLine(f io.ReaderAt, size int64) (line []byte, at int64, err error) {
	tail := make([]byte, min(labelMax, size))
	begin := size - int64(len(tail))
	if _, err := f.ReadAt(tail, begin); err != nil {
		return nil, 0, err
	}
	marked := bytes.LastIndex(tail, []byte(mark))
	if marked < 0 {
		return nil, 0, nil
	}
	return tail[marked+len(mark):], begin + int64(marked), nil
}

// parseLine returns the sum and the label of a last line, the label also as it is written; it is nil where there is none.
func parseLine(line []byte) (sum, told []byte, l *label) {
	whole, ends := bytes.CutSuffix(line, []byte("\n"))
	sum, told, parted := bytes.Cut(whole, []byte(" "))
	l = new(label)
	if !ends || !parted || json.Unmarshal(told, l) != nil {
		return sum, told, nil
	}
	return sum, told, l
}

// labelOf returns what a file in a directory says of itself, which is not held to its sum; nil where it is no backup that says so.
func labelOf(dir *os.Root, name string) *label {
	f, err := dir.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return nil
	}
	line, _, err := lastLine(f, info.Size())
	if err != nil || line == nil {
		return nil
	}
	_, _, l := parseLine(line)
	return l
}

// Made is when the backup was made; zero where it does not say so.
func (f *File) Made() (made time.Time) {
	if f.label != nil {
		made = f.label.Made
	}
	return made
}

// Held is what the backup says that it holds; ok is false where it does not say so.
func (f *File) Held() (held data.Held, ok bool) {
	if f.label == nil {
		return held, false
	}
	return f.label.Held, true
}

func refused(fault model.Fault, path string) *model.Error {
	return &model.Error{Kind: model.Usage, Field: "file", Fault: fault, Facts: model.Facts{"path": model.Escape(path)}}
}

// pathError turns the refusal of the file system into an error about the path.
func pathError(err error, path string) error {
	if _, known := errors.AsType[*model.Error](err); known || err == nil {
		return err
	}
	fault := model.Fault("backup-unusable")
	switch {
	case ownfile.IsDiskFull(err):
		return &model.Error{Kind: model.Unavailable, Fault: "backup-disk-full", Err: err}
	case errors.Is(err, fs.ErrNotExist):
		fault = "backup-absent"
	}
	told := refused(fault, path)
	told.Facts["why"], told.Err = reason(err), err
	return told
}

// reason is what the file system said, without the path and the call.
func reason(err error) string {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err.Error()
	}
	return err.Error()
}
