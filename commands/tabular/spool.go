package tabular

import (
	"context"
	"errors"
	"io"
	"os"

	"epev/model"
	"epev/model/ownfile"
)

// Input is what standard input is called in messages about the table in it.
const Input = "standard input"

// Spool is a table that came on standard input. It is kept in a file without a name, since it is read more than once.
type Spool struct{ f *os.File }

// watched keeps what went wrong with reading, apart from what does with writing.
type watched struct {
	io.Reader
	failed error
}

func (w *watched) Read(b []byte) (n int, err error) {
	if n, err = w.Reader.Read(b); err != nil && !errors.Is(err, io.EOF) {
		w.failed = err
	}
	return n, err
}

// ReadAll reads all that comes, as long as a file may be. Its errors are those of Open.
func ReadAll(from io.Reader) (*Spool, error) { return readAll(from, largest) }

func readAll(from io.Reader, most int64) (_ *Spool, err error) {
	noRoom := func(err error) error {
		if ownfile.IsDiskFull(err) {
			return wrong("there is no room to keep what comes on standard input").WithHint("free some space where temporary files are, or divide it")
		}
		return wrong("what comes on standard input cannot be kept: %s", reason(err)).WithHint("make the directory for temporary files writable")
	}
	f, err := os.CreateTemp("", "epev-input-") // mode 0600
	if err != nil {
		return nil, noRoom(err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
	}()
	if err := os.Remove(f.Name()); err != nil { // whatever becomes of this process, it is gone
		return nil, noRoom(err)
	}
	in := &watched{Reader: from}
	size, err := io.Copy(f, io.LimitReader(in, most+1))
	switch {
	case errors.Is(in.failed, context.Canceled):
		return nil, &model.Error{Kind: model.Interrupted, Message: "interrupted", Err: in.failed}
	case in.failed != nil:
		return nil, wrong("standard input cannot be read: %s", reason(in.failed)).WithHint("send it again")
	case err != nil:
		return nil, noRoom(err)
	case size == 0:
		return nil, wrong("standard input is empty").WithHint("send a line of column names, and lines below it")
	case size > most:
		return nil, wrong("what comes on standard input is larger than a gigabyte").WithHint("divide it")
	}
	return &Spool{f}, nil
}

// Open begins to read the table, from its beginning.
func (s *Spool) Open(o Options) (*Table, error) {
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return beginNamed(s.f, Input, o)
}

// Close lets go of what was kept.
func (s *Spool) Close() error { return s.f.Close() }
