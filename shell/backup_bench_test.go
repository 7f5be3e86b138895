package shell

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"epev/data/testdb/needs"
)

// BenchmarkBackup measures what keeps, proves, brings back and upgrades all that an office holds, with its history. Each runs in turn
// with PostgreSQL's own programs alone, at the same work on the same server: these count nothing and prove nothing.
//
//	go test -run - -bench Backup ./shell -timeout 1h -args -size 100000
func BenchmarkBackup(b *testing.B) {
	large := *howMany
	*howMany = 1000 // the firm's own database is not what is measured
	o := openFirm(b, numbered, *howMany*3/2)
	*howMany = large
	defer tellFigures()
	o.run(b, "demo", "--size", strconv.Itoa(large), "client", "view", "1")
	var status struct{ Version string }
	if err := json.Unmarshal(o.run(b, "demo", "db-status", "--format", "json"), &status); err != nil {
		b.Fatal(err)
	}
	const database = "epev_demo"
	in := func(name string) string { return filepath.Join(o.dir, name) }
	alone := func(name, script string) program {
		set := fmt.Sprintf("set -e; export PGHOST='%s' PGPORT=%s PGUSER=%s PATH='%s':$PATH; ", o.socket, o.port, o.user, filepath.Dir(o.psqlBinary))
		return program{firm: o, name: name, args: []string{"/bin/sh", "-c", set + script}}
	}
	const anew = "dropdb --if-exists alone; createdb -T template0 alone; "
	note := func(what string, aim float64, ours, theirs cost) {
		most(what, ours.wall.Seconds()/theirs.wall.Seconds(), aim, fmt.Sprintf("%.1f s, %.1f s; %.0f MiB", ours.wall.Seconds(), theirs.wall.Seconds(), ours.peak))
	}
	share := func(b *testing.B, what string, aim float64, programs ...program) {
		middles := compare(b, what, large, programs...)
		note(what+", of the time of "+programs[1].name+" alone", aim, middles[0], middles[1])
	}
	files := 0
	b.Run("backup", func(b *testing.B) {
		share(b, "db-backup", 2, o.epev("demo", "db-backup").given(func() string {
			files++
			return in(fmt.Sprintf("%d.dump", files))
		}), alone("pg_dump", "pg_dump -Fc -n epic_events --extension=pg_trgm -f "+in("alone.dump")+" "+database))
		if info, err := os.Stat(in("1.dump")); err == nil {
			b.Logf("the backup takes %.1f MiB", float64(info.Size())/(1<<20))
		}
	})
	if files == 0 {
		return
	}
	restored := alone("pg_restore", anew+"pg_restore -1 --no-owner -d alone "+in("alone.dump"))
	b.Run("verify", func(b *testing.B) { share(b, "db-verify", 1.5, o.epev("demo", "db-verify", in("1.dump")), restored) })
	b.Run("restore", func(b *testing.B) {
		share(b, "db-restore", 1.5, o.epev("demo", "db-restore", "--yes", in("1.dump")), restored)
	})
	var theirs []cost
	b.Run("moved", func(b *testing.B) {
		theirs = compare(b, "what the office holds, moved", 1, alone("pg_dump-to-pg_restore", anew+"pg_dump -Fc -Z0 "+database+" | pg_restore --no-owner -d alone; dropdb alone"))
	})
	b.Run("upgrade", func(b *testing.B) {
		major, _ := strconv.Atoi(status.Version[:2])
		bin, _ := needs.NewerPostgres(b, major)
		upgrade := o.epev("demo", "db-upgrade", "--yes")
		upgrade.args = append([]string{"/usr/bin/env", "PATH=" + bin + ":" + os.Getenv("PATH")}, upgrade.args...)
		ours := compare(b, "db-upgrade", 1, upgrade) // at last: behind it the server is the newer one
		note("db-upgrade, of the time of pg_dump | pg_restore alone", 2, ours[0], theirs[0])
	})
}
