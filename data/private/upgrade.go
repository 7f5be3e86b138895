package private

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"epev/model"
	"epev/model/ownfile"
)

// An upgrade makes a cluster of the newer version in the directory upgrade, beside the old one. It moves all that there is, ends the new
// server, and has it answer after a start of its own. Nobody else looks for either server meanwhile, so that nobody writes what would be
// lost were the new one given up. Then three renames put it in the place of the old one, in which no server works while they happen.
// Only a cluster that has answered bears the name data.upgraded. So whoever finds that, and no data, finishes the upgrade; and whoever
// finds both removes it, because the old one may have changed since.
const (
	upgrading = "upgrade"
	upgraded  = "data.upgraded"
)

// Upgrade is a way from one major version of PostgreSQL to a newer one.
type Upgrade struct {
	From, To int
	Programs string // the directory of the newer ones; empty where they are fetched
	Kept     string // where the old data is from then on
	Bytes    int64  // how large the old data is
	Needs    int64  // how much room it takes
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
	Answering Step = "answering" // the new one, after a start of its own, where nobody else looks for it
	Placing   Step = "placing"   // the new one, which is not given up from here on
	Keeping   Step = "keeping"   // the old one, under its other name
	Replacing Step = "replacing" // nothing is in the place of the data at this moment
	Starting  Step = "starting"  // the new one, in its place
)

// Mover is what moves the data.
type Mover struct {
	At      func(Step)                                        // is told each step as it begins
	Move    func(ctx context.Context, from, to Address) error // while nobody else reaches either server
	Answers func(ctx context.Context, address Address) error  // whether the new one does; nobody else reaches it
}

// Upgrade goes that way. The old server then answers nobody but move, and no other epev starts it meanwhile. Whatever goes wrong, and
// wherever it is killed, what the old data directory holds is untouched; it is kept under its other name in the end. Where ctx ends
// before the new one is put in place, all is as it was; after that it counts no more.
func (s *Server) Upgrade(ctx context.Context, u Upgrade, m Mover) error {
	err := s.locked(ctx, func(root *os.Root) error { return s.upgrade(ctx, root, u, m) })
	e, known := errors.AsType[*model.Error](err)
	switch {
	case err == nil:
		return nil
	case known && (e.Fault == upgradeLeft || e.Fault == upgradeBetween || e.Fault == upgradedNotStarted): // which nobody may miss
		return err
	case errors.Is(ctx.Err(), context.Canceled):
		return &model.Error{Kind: model.Interrupted, Fault: "upgrade-interrupted", Err: err}
	case ctx.Err() != nil:
		return fmt.Errorf("upgrade the private database: %w", err)
	}
	return fileError(err, s.base())
}

const (
	upgradeLeft        model.Fault = "upgrade-left"
	upgradeBetween     model.Fault = "upgrade-between"
	upgradedNotStarted model.Fault = "upgraded-not-started"
)

func (s *Server) upgrade(ctx context.Context, root *os.Root, u Upgrade, m Mover) error {
	lock, err := s.home.open(root, "upgrade.lock", os.O_RDWR, nil)
	if err != nil {
		return err
	}
	defer lock.Close()
	// Whoever looks whether somebody has it, has it for a moment.
	if err := wait(ctx, func() (bool, error) { return ownfile.Hold(lock) }); err != nil {
		return err
	}
	progs, err := s.newer(ctx, u) // while the old server still serves: it may take minutes, or fail
	if err != nil {
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
	if again.From != u.From || again.To != u.To || u.Programs != "" && again.Programs != u.Programs {
		return &model.Error{Kind: model.Conflict, Fault: "upgraded-meanwhile", Facts: model.Facts{"major": again.From}}
	}
	if err := s.makeUpgraded(ctx, root, s.beside(progs), m); err != nil {
		return s.giveUp(ctx, root, s.because(err))
	}
	if err := s.replace(root, u, m); err != nil {
		return s.putBack(ctx, root, u, err)
	}
	m.At(Starting)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer cancel()
	if err := s.start(ctx, root); err != nil {
		return &model.Error{Kind: model.Unavailable, Fault: upgradedNotStarted,
			Facts: model.Facts{"major": u.To, "why": fileError(err, s.base()), "log": s.logPath(), "kept": u.Kept}, Err: err}
	}
	return nil
}

// newer returns the programs that the upgrade takes. Where they are fetched, it is into the place where this server looks for them.
func (s *Server) newer(ctx context.Context, u Upgrade) (programs, error) {
	if u.Programs != "" {
		return programs{u.Programs, u.To}, nil
	}
	as, err := serverAccount(s.home, s.holding())
	if err != nil {
		return programs{}, err
	}
	fetched, err := s.fetch(ctx, as, u.To)
	if err != nil && ctx.Err() == nil {
		err = &model.Error{Kind: model.Unavailable, Fault: "no-newer-programs", Facts: model.Facts{"major": u.From, "to": u.To}, Err: err}
	}
	return fetched, err
}

// makeUpgraded makes the cluster of the newer version, has all that there is moved into it, and has it answer. In the end both servers
// are stopped, or it fails.
func (s *Server) makeUpgraded(ctx context.Context, root *os.Root, new *Server, m Mover) (err error) {
	old := *s
	old.aside, old.notify = true, func(error) {}
	defer func() { err = errors.Join(err, new.end(ctx), old.end(ctx)) }()
	m.At(Making)
	if err := old.start(ctx, root); err != nil {
		return err
	}
	if err := new.startNewer(ctx); err != nil {
		return err
	}
	m.At(Moving)
	if err := m.Move(ctx, old.Address(), new.Address()); err != nil {
		return err
	}
	m.At(Closing)
	if err := errors.Join(new.end(ctx), old.end(ctx)); err != nil {
		return err
	}
	m.At(Answering)
	if err := new.startNewer(ctx); err != nil {
		return err
	}
	if err := m.Answers(ctx, new.Address()); err != nil {
		return err
	}
	return ctx.Err() // the last moment to give up
}

// beside is the server of the newer version until it is in its place. It runs as the account that the old one runs as.
func (s *Server) beside(progs programs) *Server {
	other := *s
	other.home = Home{Dir: filepath.Join(s.base(), upgrading), UID: s.home.UID, GID: s.home.GID}
	other.like, other.given = s.data(), &progs
	other.Cluster, other.notify = nil, func(error) {}
	return &other
}

func (s *Server) startNewer(ctx context.Context) error {
	err := s.Start(ctx)
	if e, ok := errors.AsType[*model.Error](err); ok && (e.Fault == notStarted || e.Fault == notStartedFull) {
		err = &model.Error{Kind: model.Unavailable, Fault: "upgrade-not-started", Facts: model.Facts{"major": s.given.major, "said": e.Facts["said"]}, Err: err}
	}
	return err
}

// because tells of a full disk where that is why the upgrade failed, or may be. The new server's log goes to the other's, before it is
// removed.
func (s *Server) because(err error) error {
	said, _ := os.ReadFile(s.beside(programs{}).logPath())
	if log, openErr := os.OpenFile(s.logPath(), os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0); openErr == nil {
		_, _ = log.Write(said)
		_ = log.Close()
	}
	e, known := errors.AsType[*model.Error](err)
	facts := model.Facts{"path": s.base(), "why": e}
	switch {
	case ownfile.IsDiskFull(err), ownfile.TellsDiskFull(string(said)),
		known && (e.Fault == homeDiskFull || e.Fault == "disk-full" || e.Fault == "backup-disk-full"), !known && s.full():
		return &model.Error{Kind: model.Unavailable, Fault: "upgrade-disk-full", Facts: facts, Err: err}
	case s.full():
		return &model.Error{Kind: model.Unavailable, Fault: "upgrade-gave-up-full", Facts: facts, Err: err}
	}
	return err
}

// giveUp removes what an upgrade made that has failed because of why. It changes nothing where one of its servers could not be stopped.
func (s *Server) giveUp(ctx context.Context, root *os.Root, why error) error {
	limited, cancel := patient(ctx)
	defer cancel()
	err := s.settle(limited, root)
	if err == nil {
		return why
	}
	facts := model.Facts{"why": why, "left": fileError(err, s.base()), "data": s.data()}
	if ctx.Err() != nil {
		facts["why"] = model.Fault("stopped")
	}
	return &model.Error{Kind: model.Unavailable, Fault: upgradeLeft, Facts: facts, Err: errors.Join(why, err)}
}

// replace puts the new cluster in the place of the old one.
func (s *Server) replace(root *os.Root, u Upgrade, m Mover) error {
	for _, r := range []struct {
		step     Step
		from, to string
	}{
		{Placing, upgrading + "/postgresql/data", upgraded}, {Keeping, "data", filepath.Base(u.Kept)}, {Replacing, upgraded, "data"},
	} {
		m.At(r.step)
		if err := root.Rename(r.from, r.to); err != nil {
			return err
		}
		// Whether the last one is on the disk does not count: the new cluster is found under both of its names.
		if err := ownfile.Sync(root); err != nil && r.step != Replacing {
			return err
		}
	}
	return nil
}

// putBack puts the old cluster back in its place where the new one could not be put there, because of why. No server works in either.
func (s *Server) putBack(ctx context.Context, root *os.Root, u Upgrade, why error) error {
	_, err := root.Lstat("data")
	if errors.Is(err, fs.ErrNotExist) {
		err = root.Rename(filepath.Base(u.Kept), "data")
	} else if major, versionErr := clusterVersion(s.data()); err == nil && (versionErr != nil || major != u.From) {
		err = errors.New("something else is there")
	}
	if err != nil {
		return &model.Error{Kind: model.Unavailable, Fault: upgradeBetween,
			Facts: model.Facts{"why": why, "back": err, "kept": u.Kept, "data": s.data(), "new": filepath.Join(s.base(), upgraded)}, Err: errors.Join(why, err)}
	}
	return s.giveUp(ctx, root, &model.Error{Kind: model.Unavailable, Fault: "upgrade-not-placed", Facts: model.Facts{"why": why, "path": s.base()}, Err: why})
}

// patient is for what is waited for even where a person has given up, though not for ever.
func patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), lockPatience)
}

// settle ends and removes what an upgrade left that was killed, or finishes it where nothing is in the place of the data. It is
// called where no server is alive but that of such an upgrade.
func (s *Server) settle(ctx context.Context, root *os.Root) error {
	old := *s
	old.aside = true
	old.removeSocket()
	if _, err := root.Lstat(upgrading); err == nil {
		if err := s.beside(programs{}).halt(ctx); err != nil {
			return err
		}
		if err := root.RemoveAll(upgrading); err != nil {
			return err
		}
	}
	if _, err := root.Lstat(upgraded); err != nil {
		return nil
	}
	to := "data"
	if _, err := root.Lstat("data"); !errors.Is(err, fs.ErrNotExist) {
		to = upgrading // half of it must never be taken for a whole cluster
	}
	if err := errors.Join(root.Rename(upgraded, to), ownfile.Sync(root)); err != nil {
		return err
	}
	return root.RemoveAll(upgrading)
}

// end is halt that is waited for even where a person has given up.
func (s *Server) end(ctx context.Context) error {
	limited, cancel := patient(ctx)
	defer cancel()
	return s.halt(limited)
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
