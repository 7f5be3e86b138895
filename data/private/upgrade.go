package private

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"epev/model"
	"epev/model/ownfile"
)

// An upgrade makes a cluster of the newer version in the directory upgrade, beside the old one. It moves all that there is, and puts
// the new cluster in the place of the old one by three renames. Only a cluster that is whole bears the name data.upgraded. So whoever
// finds that, and no data, finishes the upgrade; and whoever finds both removes it, because the old one may have changed since.
const (
	upgrading = "upgrade"
	upgraded  = "data.upgraded"
)

// Upgrade is a way from one major version of PostgreSQL to a newer one.
type Upgrade struct {
	From, To int
	Programs string // the directory of the newer ones; empty where they are fetched
	Kept     string // where the old data is from then on
	Bytes    int64  // how large the old data is, and so how much room it takes
	Free     int64  // how much there is
	Settings bool   // it has settings of its owner's, which may mean nothing to the newer version
}

// Step is where an upgrade has come to.
type Step string

// The steps of an upgrade, in their order.
const (
	Ending    Step = "ending"    // what other shells do
	Making    Step = "making"    // the new cluster
	Moving    Step = "moving"    // what the old one holds
	Closing   Step = "closing"   // both
	Placing   Step = "placing"   // the new one is whole from here on
	Keeping   Step = "keeping"   // the old one, under its other name
	Replacing Step = "replacing" // nothing is in the place of the data at this moment
	Answering Step = "answering" // the new one, in its place
)

// Mover is what moves the data.
type Mover struct {
	At      func(Step)                                        // is told each step as it begins
	Move    func(ctx context.Context, from, to Address) error // while nobody else reaches either server
	Answers func(ctx context.Context, address Address) error  // whether the new one does, in its place
}

// Upgradable tells how the private database would come to a newer version. It is that of the first newer programs that this machine
// has, in the order in which they are looked for, or else of the newest that can be fetched. To is From where there is none. Nothing
// changes.
func (s *Server) Upgradable(ctx context.Context) (u Upgrade, err error) {
	u.From, err = clusterVersion(s.data())
	if err == nil && u.From == 0 {
		err = unavailable("nothing-to-upgrade", model.Facts{"path": s.base()})
	}
	if err != nil {
		return u, fileError(err, s.base())
	}
	as, err := serverAccount(s.home, s.data())
	if err != nil {
		return u, err
	}
	u.To = newest
	for dir := range s.candidates(ctx) {
		if p, err := programsIn(ctx, as, dir); err == nil && p.major > u.From {
			u.To, u.Programs = p.major, p.bin
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return u, err
	}
	if u.To <= u.From {
		u.To = u.From
		return u, nil
	}
	u.Kept = fmt.Sprintf("%s.%d", s.data(), u.From)
	if _, err := os.Lstat(u.Kept); err == nil {
		return u, &model.Error{Kind: model.Conflict, Fault: "kept-already", Facts: model.Facts{"major": u.From, "path": u.Kept}}
	}
	u.Settings = ownSettings(s.data())
	if u.Bytes, err = size(s.data()); err != nil {
		return u, fileError(err, s.base())
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.base(), &disk); err != nil {
		return u, fileError(err, s.base())
	}
	u.Free = int64(disk.Bavail) * int64(disk.Bsize)
	if u.Free < u.Bytes {
		return u, unavailable("no-room-to-upgrade", model.Facts{"path": s.base(), "mb": (u.Bytes - u.Free + 1<<20 - 1) >> 20})
	}
	return u, nil
}

// ownSettings reports whether there are settings beside initdb's and epev's.
func ownSettings(data string) bool {
	auto, _ := os.ReadFile(filepath.Join(data, "postgresql.auto.conf"))
	main, _ := os.ReadFile(filepath.Join(data, "postgresql.conf"))
	_, own, _ := strings.Cut(string(main), include)
	for line := range strings.Lines(string(auto) + "\n" + own) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return true
		}
	}
	return false
}

// size is how many bytes the files of a directory take.
func size(dir string) (bytes int64, err error) {
	dir, err = filepath.EvalSymlinks(dir)
	if err != nil {
		return 0, err
	}
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				bytes += info.Size()
			}
		}
		if errors.Is(err, fs.ErrNotExist) { // a server that runs removes files
			return nil
		}
		return err
	})
	return bytes, err
}

// Upgrade goes that way. The old server then answers nobody but move, and no other epev starts it meanwhile. Whatever goes wrong, and
// wherever it is killed, what the old data directory holds is untouched; it is kept under its other name in the end.
func (s *Server) Upgrade(ctx context.Context, u Upgrade, m Mover) error {
	return s.exclusively(ctx, "upgrade", func(root *os.Root) (err error) {
		lock, err := s.home.open(root, "upgrade.lock", os.O_RDWR, nil)
		if err != nil {
			return err
		}
		defer lock.Close()
		// Whoever looks whether somebody has it, has it for a moment.
		if err := wait(ctx, func() (bool, error) { return ownfile.Hold(lock) }); err != nil {
			return err
		}
		m.At(Ending)
		if err := s.halt(ctx); err != nil {
			return err
		}
		if err := s.settle(ctx, root); err != nil {
			return err
		}
		again, err := s.Upgradable(ctx)
		if err != nil {
			return err
		}
		if again.From != u.From || again.To != u.To || again.Programs != u.Programs {
			return &model.Error{Kind: model.Conflict, Fault: "upgraded-meanwhile", Facts: model.Facts{"major": again.From}}
		}
		if err := s.makeUpgraded(ctx, root, u, m); err != nil {
			if s.full() && ctx.Err() == nil {
				err = &model.Error{Kind: model.Unavailable, Fault: "upgrade-disk-full", Err: err}
			}
			return errors.Join(err, s.settle(context.WithoutCancel(ctx), root))
		}
		return s.replace(ctx, root, u, m)
	})
}

// makeUpgraded makes the cluster of the newer version, and has all that there is moved into it. In the end both servers are stopped.
func (s *Server) makeUpgraded(ctx context.Context, root *os.Root, u Upgrade, m Mover) (err error) {
	// Nobody else looks for the old server at this socket.
	old := *s
	old.aside, old.notify = true, func(error) {}
	new := s.beside()
	defer func() {
		ending := context.WithoutCancel(ctx)
		err = errors.Join(err, new.halt(ending), old.halt(ending))
	}()
	m.At(Making)
	as, err := serverAccount(new.home, new.data())
	if err != nil {
		return err
	}
	if u.Programs == "" {
		// Into the place where this server looks for them.
		fetched, err := s.fetch(ctx, as, u.To)
		if err != nil && ctx.Err() == nil {
			err = &model.Error{Kind: model.Unavailable, Fault: "no-newer-programs", Facts: model.Facts{"major": u.From, "to": u.To}, Err: err}
		}
		if err != nil {
			return err
		}
		new.given = &fetched
	} else {
		new.given = &programs{u.Programs, u.To}
	}
	if err := new.home.Make(); err != nil { // by which settle knows that there is something to settle
		return err
	}
	if err := old.start(ctx, root); err != nil {
		return err
	}
	if err := new.Start(ctx); err != nil {
		if e, ok := errors.AsType[*model.Error](err); ok && e.Fault == notStarted {
			err = &model.Error{Kind: model.Unavailable, Fault: "upgrade-not-started", Facts: model.Facts{"major": u.To, "said": e.Facts["said"]}, Err: err}
		}
		return err
	}
	m.At(Moving)
	if err := m.Move(ctx, old.Address(), new.Address()); err != nil {
		return err
	}
	m.At(Closing)
	return nil
}

// beside is the server of the newer version until it is in its place.
func (s *Server) beside() *Server {
	other := *s
	other.home = Home{Dir: filepath.Join(s.base(), upgrading), UID: s.home.UID, GID: s.home.GID}
	other.Cluster, other.notify = nil, func(error) {}
	return &other
}

// replace puts the new cluster in the place of the old one, and the old one back where the new one does not answer there.
func (s *Server) replace(ctx context.Context, root *os.Root, u Upgrade, m Mover) error {
	kept := filepath.Base(u.Kept)
	m.At(Placing)
	if err := rename(root, upgrading+"/postgresql/data", upgraded); err != nil {
		return errors.Join(err, s.settle(context.WithoutCancel(ctx), root))
	}
	m.At(Keeping)
	if err := rename(root, "data", kept); err != nil {
		return errors.Join(err, s.settle(context.WithoutCancel(ctx), root))
	}
	m.At(Replacing)
	if err := rename(root, upgraded, "data"); err != nil {
		return errors.Join(err, rename(root, kept, "data"), s.settle(context.WithoutCancel(ctx), root))
	}
	m.At(Answering)
	err := s.start(ctx, root)
	if err == nil {
		err = m.Answers(ctx, s.Address())
	}
	if err == nil {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	return errors.Join(err, s.halt(ctx), rename(root, "data", upgraded), rename(root, kept, "data"), s.settle(ctx, root))
}

func rename(root *os.Root, from, to string) error {
	if err := root.Rename(from, to); err != nil {
		return err
	}
	return ownfile.Sync(root)
}

// settle ends and removes what an upgrade left that was killed, or finishes it where nothing is in the place of the data. It is
// called where no server is alive but that of such an upgrade.
func (s *Server) settle(ctx context.Context, root *os.Root) error {
	if _, err := root.Lstat(upgrading); err == nil {
		if err := s.beside().halt(ctx); err != nil {
			return err
		}
		old := *s
		old.aside = true
		old.removeSocket()
		if err := root.RemoveAll(upgrading); err != nil {
			return err
		}
	}
	if _, err := root.Lstat(upgraded); err != nil {
		return nil
	}
	if _, err := root.Lstat("data"); errors.Is(err, fs.ErrNotExist) {
		return rename(root, upgraded, "data")
	}
	return root.RemoveAll(upgraded)
}

// halt ends the server, also one that is still starting, and waits until all of it has ended.
func (s *Server) halt(ctx context.Context) error {
	err := wait(ctx, func() (bool, error) {
		if !s.alive() {
			return true, nil
		}
		if !s.interrupt() && s.running() {
			return false, unavailable("private-elsewhere", model.Facts{"path": s.base()})
		}
		return false, nil
	})
	if err == nil && (s.aside || filepath.Dir(s.socketDir()) != s.base()) {
		s.removeSocket()
	}
	return err
}

// removeSocket removes the directory of the socket of a server that has ended.
func (s *Server) removeSocket() {
	dir := s.socketDir()
	for _, path := range []string{dir + socket, dir + socket + ".lock", dir} {
		os.Remove(path)
	}
	if parent := filepath.Dir(dir); parent != s.base() {
		os.Remove(parent)
	}
}

// upgradedBy tells which process upgrades the server at this moment.
func (s *Server) upgradedBy() (who error, is bool) {
	f, err := os.Open(filepath.Join(s.base(), "upgrade.lock"))
	if err != nil {
		return nil, false
	}
	defer f.Close()
	free, err := ownfile.TryLock(f, true)
	if err != nil || free {
		return nil, false
	}
	content := make([]byte, 64)
	n, _ := f.Read(content)
	who, _ = ownfile.Holder(content[:n])
	return who, true
}
