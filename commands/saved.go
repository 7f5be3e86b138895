package commands

import (
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"golang.org/x/sys/unix"
	"golang.org/x/text/unicode/norm"

	"epev/model"
	"epev/model/ownfile"
)

// View is a command that a person saved under a name of their own.
type View struct {
	Name  string
	Words []string // of the command
}

// Saved are the commands that a person saved, in a file of their own: one "NAME = COMMAND" after the other. All shells of
// the person share it. A nil Saved holds none, and keeps none.
type Saved struct {
	Path     string
	UID, GID int          // whose file it is
	Make     func() error // makes its directory

	mu    sync.Mutex
	read  fs.FileInfo // the file that views were read from
	views []View
}

// longestSaved is how many bytes of the file are read, longestName how many characters a name has.
const (
	longestSaved = 1 << 20
	longestName  = 32
)

// All returns what is saved, in the order of the names.
func (s *Saved) All() ([]View, error) {
	if s == nil {
		return nil, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f, err := os.OpenFile(s.Path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		s.read, s.views = nil, nil
		return nil, nil
	} else if err != nil {
		return nil, s.unusable(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, s.unusable(err)
	}
	if fault := ownfile.FaultOf(info, s.UID, ownfile.Irregular, ownfile.Foreign, ownfile.Exposed); fault != nil {
		return nil, s.unusable(fault)
	}
	if s.read != nil && os.SameFile(s.read, info) && s.read.ModTime().Equal(info.ModTime()) && s.read.Size() == info.Size() {
		return s.views, nil
	}
	content, err := io.ReadAll(io.LimitReader(f, longestSaved))
	if err != nil {
		return nil, s.unusable(err)
	}
	s.read, s.views = info, readViews(string(content))
	return s.views, nil
}

// readViews passes over what is no view.
func readViews(content string) (views []View) {
	for content != "" {
		var s Scanner
		size := s.scan(content)
		if words := Texts(s.Words); s.Finish(1) == nil && len(words) > 2 && words[1] == equals && nameFault(words[0]) == "" {
			views = append(views, View{words[0], words[2:]})
		}
		content = content[min(size+1, len(content)):]
	}
	slices.SortFunc(views, func(a, b View) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(views, func(a, b View) bool { return a.Name == b.Name })
}

// Words returns those of the command that is saved under that name, nil for none. A file that cannot be used holds none.
func (s *Saved) Words(name string) []string {
	views, _ := s.All()
	i := slices.IndexFunc(views, func(v View) bool { return v.Name == name })
	if i < 0 {
		return nil
	}
	return views[i].Words
}

// change writes the file anew. Other shells of the person wait meanwhile.
func (s *Saved) change(to func([]View) ([]View, error)) error {
	if s == nil || s.Path == "" {
		return model.Errorf(model.Unavailable, "there is no place for saved commands here").WithHint("set EPEV_HOME")
	}
	if s.Make != nil {
		if err := s.Make(); err != nil {
			return err
		}
	}
	dir, err := os.OpenRoot(filepath.Dir(s.Path))
	if err != nil {
		return s.unusable(err)
	}
	defer dir.Close()
	held, err := dir.Open(".")
	if err != nil {
		return s.unusable(err)
	}
	defer held.Close() // and with it the lock
	for tries := 0; ; tries++ {
		free, err := ownfile.TryLock(held, false)
		switch {
		case err != nil:
			return s.unusable(err)
		case !free && tries > 200:
			return model.Errorf(model.Unavailable, "another shell keeps the saved commands locked").WithHint("end it, or try again")
		case !free:
			time.Sleep(10 * time.Millisecond)
			continue
		}
		break
	}
	views, err := s.All()
	if err != nil {
		return err
	}
	if views, err = to(slices.Clone(views)); err != nil {
		return err
	}
	var content strings.Builder
	for _, v := range views {
		content.WriteString(v.Name + " " + equals + " " + Join(v.Words) + "\n")
	}
	if content.Len() > longestSaved {
		return model.Errorf(model.Conflict, "there is no room for more saved commands").WithTry("{try} takes one away", "unsave NAME")
	}
	if err := ownfile.Put(dir, filepath.Base(s.Path), []byte(content.String()), s.UID, s.GID, dir.Rename); err != nil {
		return s.unusable(err)
	}
	return nil
}

// unusable tells why the file cannot be used.
func (s *Saved) unusable(err error) error {
	why := err.Error()
	if path, is := errors.AsType[*fs.PathError](err); is {
		why = path.Err.Error()
	}
	switch fault, _ := errors.AsType[*model.Error](err); {
	case fault == nil:
	case fault.Fault == ownfile.Irregular:
		why = "it is no regular file"
	case fault.Fault == ownfile.Foreign:
		why = "it is another user's"
	case fault.Fault == ownfile.Exposed:
		why = "others may open it"
	}
	return model.Errorf(model.Unavailable, "the saved commands in %s cannot be used: %s", s.Path, why).
		WithHint("make the file yours alone (chmod 600), or move it away")
}

// nameFault says what keeps a word from being the name of a saved command, "" where nothing does.
func nameFault(name string) string {
	letter := func(r rune) bool { return unicode.IsLetter(r) }
	switch runes := []rune(name); {
	case len(runes) == 0 || !letter(runes[0]):
		return "it begins with no letter"
	case len(runes) > longestName:
		return "it has more than 32 characters"
	case strings.ContainsFunc(name, func(r rune) bool { return !letter(r) && !unicode.IsDigit(r) && r != '-' && r != '_' }):
		return "it has more than letters, digits, - and _"
	case !norm.NFC.IsNormalString(name):
		return "it is not written in the usual form of its accents"
	}
	return ""
}

// hides says what a saved command of that name would hide, "" for nothing.
func (r *Registry) hides(name string) string {
	lower := strings.ToLower(name)
	if _, ok := r.byPath[lower]; ok {
		return "a command"
	}
	if _, ok := r.group(lower); ok {
		return "a group of commands"
	}
	if _, ok := nearCommands[lower]; ok {
		return "a word that stands for a command"
	}
	if _, ok := r.nearVerbs[lower]; ok {
		return "a word that stands for a command"
	}
	if lower == "demo" || lower == "epev" {
		return "a word of epev's own"
	}
	return ""
}

// Save keeps a command under a name. It replaces the one that was there.
func (r *Registry) Save(name, command string, v Values) (replaced bool, err error) {
	name = norm.NFC.String(name)
	if why := nameFault(name); why != "" {
		return false, model.Invalid("name", "%q is no name for a command: %s", name, why).WithHint("write letters, digits, - and _, like unpaid-mine")
	}
	if what := r.hides(name); what != "" {
		return false, model.Errorf(model.Conflict, "the name %q would hide %s", name, what).WithHint("choose another name")
	}
	line, err := Read(command)
	if err != nil {
		return false, err
	}
	if line.Sink != (Sink{}) {
		return false, model.Errorf(model.Usage, "a saved command sends its result nowhere").
			WithHint("leave out what stands behind the sign, and write it behind the name: %s > clients.csv", name)
	}
	words := line.Words
	if c := r.Meant(words); c != nil && c.TakesPassword() || r.HoldsSecret(command) {
		return false, model.Errorf(model.Usage, "a command that could hold a secret is not saved").WithHint("type it each time")
	}
	within, _ := r.inner(words)
	for _, part := range [][]string{words, within} {
		if len(part) > 0 && r.Saved.Words(part[0]) != nil && r.hides(part[0]) == "" {
			return false, model.Errorf(model.Usage, "%q is saved itself, and a saved command stands for no other one", part[0]).
				WithTry("save the command that it stands for; {try} shows it", "saved")
		}
	}
	inv, err := r.Parse(words)
	if err == nil {
		err = savable(inv)
	}
	if err == nil {
		_, err = inv.Bind(v)
	}
	if err != nil {
		return false, err
	}
	return replaced, r.Saved.change(func(views []View) ([]View, error) {
		i, found := slices.BinarySearchFunc(views, name, func(v View, name string) int { return cmp.Compare(v.Name, name) })
		if replaced = found; found {
			views[i].Words = words
			return views, nil
		}
		return slices.Insert(views, i, View{name, words}), nil
	})
}

// Unsave forgets a saved command.
func (r *Registry) Unsave(name string) error {
	return r.Saved.change(func(views []View) ([]View, error) {
		kept := slices.DeleteFunc(slices.Clone(views), func(v View) bool { return v.Name == norm.NFC.String(name) })
		if len(kept) == len(views) {
			return nil, model.Errorf(model.NotFound, "no command is saved as %q", name).WithTry("{try} shows those that are", "saved")
		}
		return kept, nil
	})
}

// expand puts a saved command in the place of its name. What has the name of a command of epev's is that command.
func (r *Registry) expand(words []string) []string {
	if len(words) == 0 || r.Saved == nil {
		return words
	}
	if _, known := r.byPath[words[0]]; known || slices.Contains(r.groups, words[0]) {
		return words
	}
	if saved := r.Saved.Words(words[0]); saved != nil {
		return slices.Concat(saved, words[1:])
	}
	return words
}
