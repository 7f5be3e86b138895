package shell

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/term"

	"epev/commands"
	"epev/model"
	"epev/model/ownfile"
	"epev/shell/render"
)

// output is where the result of one command goes.
type output struct {
	io.Writer
	screen bool   // a person reads it there
	paged  bool   // page by page
	file   *kept  // it is a file on its way to its name
	pipe   string // it goes to that program, once it is whole
	format render.Format
	rows   *int64 // of an export that was written
}

// kept is a file that is written beside the one whose place it takes.
type kept struct {
	*ownfile.Draft
	dir  *os.Root
	path string // as it was typed
}

// drop takes away what was written, unless it has its name.
func (k *kept) drop() {
	k.Drop()
	_ = k.dir.Close()
}

// give puts the file in its place.
func (k *kept) give() error {
	defer k.drop()
	err := k.Give(func(draft, name string) error {
		if err := replaceable(k.dir, name); err != nil {
			return err
		}
		return k.dir.Rename(draft, name)
	})
	if err != nil {
		return unwritten{fmt.Errorf("%s: %s", k.path, why(err))}
	}
	return nil
}

// why tells what is wrong with a file whose name is told besides.
func why(err error) string {
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return failed.Err.Error()
	}
	if failed, ok := errors.AsType[*os.LinkError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

// unwritable refuses a path before anything is done.
func unwritable(path string, err error) error {
	hint := "choose another place"
	if ownfile.IsDiskFull(err) {
		hint = "free some space there, or choose another place"
	}
	return model.Invalid("file", "%s cannot be written: %s", path, why(err)).WithHint("%s", hint)
}

// replaceable refuses a name whose file is not to be replaced: nothing but a regular file is, and by nobody who may not write it.
func replaceable(dir *os.Root, name string) error {
	info, err := dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return errDirectory
	case info.Mode()&fs.ModeSymlink != 0:
		return errors.New("it is a symbolic link")
	case !info.Mode().IsRegular():
		return errors.New("it is no regular file")
	}
	f, err := dir.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return f.Close()
}

// lent reports whether epev runs as root for somebody else, who is to get no more by that than epev itself gives.
func (s *Shell) lent() bool { return os.Geteuid() == 0 && s.Env.Invoker != 0 }

// open returns where the result of an invocation goes. What cannot be is refused before anything is done.
func (s *Shell) open(inv commands.Invocation, to commands.Sink) (*output, error) {
	format, err := s.Options.format(inv)
	if err != nil {
		return nil, err
	}
	c := inv.Command
	if c.Streams {
		if to, format, err = streamed(inv, to, format); err != nil {
			return nil, err
		}
	}
	if s.Gate != nil && to != (commands.Sink{}) {
		return nil, errFiles
	}
	if format := cmp.Or(render.FormatOfFile(to.File), format); format == render.FormatICS {
		if err := c.CheckFormat(string(format)); err != nil {
			return nil, err
		}
	}
	switch {
	case to == commands.Sink{}:
		if err := s.fits(format, inv); err != nil {
			return nil, err
		}
		return &output{Writer: s.Stdout, screen: s.human, paged: s.human, format: format}, nil
	case c.TakesPassword(): // what stands behind the sign may be the password
		return nil, model.Errorf(model.Usage, "the result of %s goes to no file and no program, as it takes a password", c.Path).WithHint("leave out what stands behind the sign")
	case c.Inside != nil:
		return nil, model.Errorf(model.Usage, "the result of %s goes to no file and no program", c.Path).WithHint("leave out what stands behind the sign")
	case to.Program != "" && !s.atPrompt:
		return nil, model.Errorf(model.Usage, "a result goes to a program at epev's own prompt alone").
			WithHint("here the shell that runs epev can do so: epev … | program; or write a file: > clients.csv")
	case to.Program != "" && s.lent() && to.Program != "less":
		return nil, model.Errorf(model.Denied, "under sudo no program but less is run: it would run as root").WithHint("write | less, or work without sudo")
	case to.Program != "":
		if err := runnable(to.Program); err != nil {
			return nil, err
		}
		return &output{Writer: new(bytes.Buffer), pipe: to.Program, format: format}, nil
	case s.lent():
		return nil, model.Errorf(model.Denied, "under sudo no file is written: it would be written as root").WithHint("work without sudo")
	}
	ending := render.FormatOfFile(to.File)
	switch {
	case isDirectory(to.File):
		return nil, unwritable(to.File, errDirectory)
	case ending == "" && inv.Format == "":
		return nil, model.Invalid("file", "the ending of %s tells no format", to.File).
			WithHint("end the name with one of %s, or give --format", strings.Join(endings(c), " "))
	case ending != "" && inv.Format != "" && ending != format:
		return nil, model.Invalid("format", "%s would hold %s by its ending, and --format says %s", to.File, ending, format).WithHint("leave out --format, or give another name")
	}
	file, err := openFile(to.File)
	if err != nil {
		return nil, err
	}
	return &output{Writer: file, file: file, format: cmp.Or(ending, format)}, nil
}

// endings are those of the formats that the command has.
func endings(c *commands.Command) []string {
	return slices.DeleteFunc(render.Endings(), func(ending string) bool {
		format := render.FormatOfFile(ending)
		return format != render.FormatJSONL && c.CheckFormat(string(format)) != nil
	})
}

var errDirectory = errors.New("it is a directory")

// isDirectory reports whether a path as it was typed is that of a directory, or can be of nothing else.
func isDirectory(typed string) bool {
	info, err := os.Stat(atHome(typed))
	return err == nil && info.IsDir() || strings.HasSuffix(typed, "/")
}

// atHome puts the person's own directory in for ~, which no shell has done here.
func atHome(typed string) string {
	rest, ok := strings.CutPrefix(typed, "~/")
	if home, err := os.UserHomeDir(); ok && err == nil {
		return filepath.Join(home, rest)
	}
	return typed
}

// openFile begins the file at a path. It is for its owner alone, unless it takes the place of one of theirs that is not.
func openFile(typed string) (*kept, error) {
	path := atHome(typed)
	dir, err := os.OpenRoot(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		err = errors.New("its directory does not exist")
	}
	if err != nil {
		return nil, unwritable(typed, err)
	}
	name := filepath.Base(path)
	var draft *ownfile.Draft
	if err = replaceable(dir, name); err == nil {
		draft, err = ownfile.NewDraft(dir, name, os.Geteuid(), os.Getegid())
	}
	if info, is := dir.Lstat(name); err == nil && is == nil && ownfile.FaultOf(info, os.Geteuid(), ownfile.Foreign) == nil {
		err = draft.Chmod(info.Mode().Perm())
	}
	if err != nil {
		_ = dir.Close()
		return nil, unwritable(typed, err)
	}
	return &kept{draft, dir, typed}, nil
}

// close ends an output whose result was not delivered.
func (o *output) close() {
	if o != nil && o.file != nil {
		o.file.drop()
	}
}

// deliver brings a whole result to its file or program. In an atomic script files wait for its end.
func (s *Shell) deliver(ctx context.Context, to *output, r commands.Result) error {
	switch {
	case to.pipe != "":
		return s.pipe(ctx, to.pipe, to.Writer.(*bytes.Buffer).Bytes())
	case to.file == nil:
		return nil
	}
	file := to.file
	to.file = nil
	if s.atomic {
		s.wait(file.give, file.drop)
		return nil
	}
	if err := file.give(); err != nil {
		return err
	}
	t := r.Table
	switch {
	case !s.human:
	case to.rows != nil:
		s.Notify(file.path + " is written, with " + rows(*to.rows))
	case t != nil && !t.Single:
		s.Notify(file.path + " is written, with " + rows(int64(len(t.Rows))))
	default:
		s.Notify(file.path + " is written")
	}
	return nil
}

// rows says how many. A table's name does not tell what a row is: one of a report of payments is a month.
func rows(n int64) string {
	if n == 1 {
		return "1 row"
	}
	return model.Grouped(strconv.FormatInt(n, 10)) + " rows"
}

// waiting is a file that is whole, and gets its name, or goes, at the end of an atomic script.
type waiting struct {
	give func() error
	drop func()
}

func (s *Shell) wait(give func() error, drop func()) { s.files = append(s.files, waiting{give, drop}) }

// settle gives the files of an atomic script their names, or takes all of them away.
func (s *Shell) settle(done bool) (err error) {
	for _, file := range s.files {
		if !done {
			file.drop()
			continue
		}
		err = cmp.Or(err, file.give())
	}
	s.files = nil
	return err
}

// pipe has a program read a text, and tells how it ended. One that ends early has seen enough.
func (s *Shell) pipe(ctx context.Context, line string, text []byte) error {
	status, err := runProgram(ctx, line, text, s.Stdout.(*os.File), s.Getenv, s.lent())
	if err == nil && status != "" {
		s.Notify("the program ended with " + status)
	}
	return err
}

// typedIn reports whether standard input is a terminal.
func (s *Shell) typedIn() bool {
	in, isFile := s.Stdin.(*os.File)
	return isFile && term.IsTerminal(int(in.Fd()))
}

// onTerminal reports whether a terminal obeys what is printed. A script's terminal may do so too.
func (s *Shell) onTerminal() bool {
	out, isFile := s.Stdout.(*os.File)
	return isFile && term.IsTerminal(int(out.Fd()))
}
