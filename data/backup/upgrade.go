package backup

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"

	"epev/data"
	"epev/data/private"
	"epev/model"
)

// Moved tells what came of an upgrade.
type Moved struct {
	Held      data.Held // by the database that was asked about
	Databases int64
}

// Upgrade brings the private server to the newer version of the plan. All of its databases and roles are dumped, and restored into a
// new cluster, which is held to what the old one counts. Killed on the way, it leaves the old one.
func Upgrade(ctx context.Context, s *data.Store, server *private.Server, plan private.Upgrade, at func(private.Step), watch func(share float64)) (moved Moved, err error) {
	progs, err := moving(ctx, plan)
	if err != nil {
		return moved, err
	}
	info, err := s.Info(ctx) // by which the old server has answered before it is ended
	if err != nil {
		return moved, err
	}
	var held map[string]data.Held
	err = s.Exclusively(ctx, info.Database, func(ctx context.Context) error {
		return server.Upgrade(ctx, plan, private.Mover{
			At: at,
			Move: func(ctx context.Context, from, to private.Address) (err error) {
				held, err = move(ctx, progs, from, to, watch)
				return err
			},
			Answers: func(ctx context.Context, address private.Address) error { return answers(ctx, address, held) },
		})
	})
	if e, ok := errors.AsType[*model.Error](err); ok && e.Fault == "program-gave-up" {
		err = &model.Error{Kind: e.Kind, Fault: "upgrade-gave-up", Facts: model.Facts{"why": e}, Err: err}
	} else if ok && e.Kind == model.Interrupted || errors.Is(err, context.Canceled) { // also before the upgrade begins
		err = &model.Error{Kind: model.Interrupted, Fault: "upgrade-interrupted", Err: err}
	}
	for name := range held {
		if name != maintained {
			moved.Databases++
		}
	}
	moved.Held = held[info.Database]
	return moved, err
}

// maintained is the database that every cluster has, and that other ones are made through.
const maintained = "postgres"

// moving returns the programs that read the old data and write the new: those of the newer version, where there are any.
func moving(ctx context.Context, plan private.Upgrade) (programs, error) {
	progs, err := find(ctx, plan.To)
	if err == nil || ctx.Err() != nil {
		return progs, err
	}
	return find(ctx, plan.From)
}

// Usable tells why backups cannot be made of a server of that version, if they cannot.
func Usable(ctx context.Context, major int) error {
	_, err := find(ctx, major)
	return err
}

func at(address private.Address, database string) (*data.Store, error) {
	return data.Open(data.Config{DSN: data.Words(address.Words(database)...)})
}

// move copies what one server holds to another one, and returns what each database holds, by its name.
func move(ctx context.Context, progs programs, from, to private.Address, watch func(share float64)) (map[string]data.Held, error) {
	old, err := at(from, maintained)
	if err != nil {
		return nil, err
	}
	defer old.Close()
	new, err := at(to, maintained)
	if err != nil {
		return nil, err
	}
	defer new.Close()
	databases, err := old.Databases(ctx)
	if err != nil {
		return nil, err
	}
	left, err := leftOvers(ctx, old)
	if err != nil {
		return nil, err
	}
	databases = slices.DeleteFunc(databases, func(d data.Sized) bool { return slices.Contains(left, d.Name) })
	if err := moveRoles(ctx, progs, old, new, from.User); err != nil {
		return nil, err
	}
	held := map[string]data.Held{}
	var all, done float64
	for _, d := range databases {
		all += float64(d.Bytes)
	}
	for _, d := range databases {
		part := float64(d.Bytes)
		held[d.Name], err = moveDatabase(ctx, progs, from, to, d.Name, func(share float64) { watch((done + share*part) / all) })
		if err != nil {
			return nil, err
		}
		done += part
	}
	return held, nil
}

// leftOvers are the databases that killed commands left beside epev's own ones.
func leftOvers(ctx context.Context, s *data.Store) (all []string, err error) {
	for _, database := range []string{data.Main.Name, data.Demo.Name} {
		left, err := Leftovers(ctx, s, database)
		if err != nil {
			return nil, err
		}
		all = append(all, left...)
	}
	return all, nil
}

// moveRoles makes the roles that the old server has, beside the one that every cluster of epev's has.
func moveRoles(ctx context.Context, progs programs, old, new *data.Store, own string) error {
	var dumped bytes.Buffer
	err := progs.run(ctx, task{name: "pg_dumpall", on: old, stdout: &dumped, args: []string{"--roles-only", "--no-password"}})
	if err != nil {
		return err
	}
	script := bytes.Replace(dumped.Bytes(), []byte("\nCREATE ROLE "+own+";\n"), []byte("\n"), 1)
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	written := make(chan error, 1)
	go func() {
		_, err := w.Write(script)
		written <- errors.Join(err, w.Close())
	}()
	err = progs.run(ctx, task{name: "psql", on: new, stdin: r, stdout: io.Discard, args: []string{"--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1"}})
	r.Close() // psql may have read no more
	if writeErr := <-written; err == nil {
		err = writeErr
	}
	return err
}

// moveDatabase makes a database as it is on the other server. What pg_dump writes goes to pg_restore at once, so that it takes no
// room. Nobody writes to the old one meanwhile.
func moveDatabase(ctx context.Context, progs programs, from, to private.Address, name string, watch func(share float64)) (held data.Held, err error) {
	old, err := at(from, name)
	if err != nil {
		return held, err
	}
	defer old.Close()
	through, err := at(to, maintained)
	if err != nil {
		return held, err
	}
	defer through.Close()
	sizes, err := old.Sizes(ctx)
	if err != nil {
		return held, err
	}
	if held, err = old.Counted(ctx, nil); err != nil {
		return held, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return held, err
	}
	both, giveUp := context.WithCancel(ctx)
	defer giveUp()
	dumped := make(chan error, 1)
	go func() {
		err := progs.run(both, task{name: "pg_dump", on: old, stdout: w, line: dumping(sizes, watch),
			args: []string{"--format=custom", "--compress=0", "--no-password", "--verbose", "--no-tablespaces"}})
		if err != nil {
			giveUp() // half a dump is not restored
		}
		dumped <- errors.Join(err, w.Close())
	}()
	args := []string{"--format=custom", "--no-password", "--no-tablespaces", "--exit-on-error", "--dbname=" + maintained}
	if name != maintained {
		args = append(args, "--create")
	}
	err = progs.run(both, task{name: "pg_restore", on: through, stdin: r, args: args})
	r.Close()
	dumpErr := <-dumped
	if ctx.Err() == nil && dumpErr != nil && model.KindOf(err) == model.Interrupted || err == nil {
		err = dumpErr
	}
	if err != nil {
		return held, err
	}
	new, err := at(to, name)
	if err != nil {
		return held, err
	}
	defer new.Close()
	if err := new.Analyse(ctx); err != nil {
		return held, err
	}
	is, err := new.Counted(ctx, nil)
	if err == nil {
		err = differs(name, held.Differences(is)...)
	}
	watch(1)
	return held, err
}

// answers holds the new server, which was started anew, to have all of the databases, and each of them its schema and its rules. The rows
// were counted and compared before.
func answers(ctx context.Context, address private.Address, held map[string]data.Held) error {
	through, err := at(address, maintained)
	if err != nil {
		return err
	}
	defer through.Close()
	there, err := through.Databases(ctx)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(held)) {
		was := held[name]
		if !slices.ContainsFunc(there, func(d data.Sized) bool { return d.Name == name }) {
			return differs(name, model.Fault("held-no-database"))
		}
		s, err := at(address, name)
		if err != nil {
			return err
		}
		is, err := s.Ruled(ctx)
		s.Close()
		if err != nil {
			return err
		}
		is.Tables = was.Tables
		if err := differs(name, was.Differences(is)...); err != nil {
			return err
		}
	}
	return nil
}

// differs tells the first differences of a database of the newer version, if there are any.
func differs(name string, differences ...error) error {
	if len(differences) == 0 {
		return nil
	}
	return &model.Error{Kind: model.Conflict, Fault: "upgrade-differs", Facts: model.Facts{"name": name, "differences": differences[:min(3, len(differences))]}}
}
