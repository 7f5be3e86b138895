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
)

// logLimit is how large a server's log of changes becomes: max_wal_size in epev.conf, and what comes while it is cut.
const logLimit = 320 << 20

// Upgradable tells how the private database would come to a newer version. It is that of the first newer programs that this machine
// has, in the order in which they are looked for, or else of the newest that can be fetched. To is From where there is none. Nothing
// changes.
func (s *Server) Upgradable(ctx context.Context) (u Upgrade, err error) {
	data := s.holding()
	u.From, err = clusterVersion(data)
	if err == nil && u.From == 0 {
		err = unavailable("nothing-to-upgrade", model.Facts{"path": s.base()})
	}
	if err != nil {
		return u, fileError(err, s.base())
	}
	as, err := serverAccount(s.home, data)
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
	u.Settings = ownSettings(data)
	if u.Bytes, err = size(data); err != nil {
		return u, fileError(err, s.base())
	}
	log, err := size(filepath.Join(data, "pg_wal"))
	if err != nil {
		return u, fileError(err, s.base())
	}
	// What is moved takes as much once more, and the new server writes a log of it. No file lies between: one program reads what another writes.
	u.Needs = u.Bytes - log + min(u.Bytes-log, logLimit)
	var disk syscall.Statfs_t
	if err := syscall.Statfs(s.base(), &disk); err != nil {
		return u, fileError(err, s.base())
	}
	u.Free = int64(disk.Bavail) * int64(disk.Bsize)
	for _, left := range []string{upgrading, upgraded} { // which goes first, where an upgrade was killed
		if left = filepath.Join(s.base(), left); left != data {
			bytes, _ := size(left)
			u.Free += bytes
		}
	}
	if u.Free < u.Needs {
		return u, unavailable("no-room-to-upgrade", model.Facts{"path": s.base(), "mb": (u.Needs - u.Free + 1<<20 - 1) >> 20})
	}
	return u, nil
}

// holding is the directory of the data: data, or where an upgrade was killed that has only to be finished, data.upgraded.
func (s *Server) holding() string {
	if _, err := os.Lstat(s.data()); errors.Is(err, fs.ErrNotExist) {
		other := filepath.Join(s.base(), upgraded)
		if _, err := os.Lstat(other); err == nil {
			return other
		}
	}
	return s.data()
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
