// Command epev is the shell in which the staff of an events company run their clients, contracts and events.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // machines without zone files would take every TZ for UTC

	"epev/commands"
	"epev/data"
	"epev/data/private"
	"epev/security"
	"epev/shell"
)

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// run is epev without its process: it wires the packages together, and returns the exit status.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer stop()
	quit := make(chan os.Signal, 1)
	signal.Notify(quit, syscall.SIGQUIT) // which Go would answer with a dump of its stacks
	defer func() {
		signal.Stop(quit)
		if len(quit) > 0 {
			status = 128 + int(syscall.SIGQUIT)
		}
	}()
	s := &shell.Shell{
		Reporter: &shell.Reporter{},
		Stdin:    stdin, Stdout: stdout, Stderr: stderr,
	}
	gate, args, environ, err := shell.Enter(args, environ)
	if err != nil {
		return s.Fail(err)
	}
	if s.Gate = gate; gate != nil {
		signal.Ignore(syscall.SIGPIPE) // who has gone is noticed by the write, and the session ends
	}
	options, words, err := shell.ParseOptions(args)
	if err != nil {
		return s.Fail(err)
	}
	if s.Options = options; options.Version {
		info, _ := debug.ReadBuildInfo()
		if _, err := fmt.Fprintln(stdout, shell.Version(info)); err != nil {
			return 1
		}
		return 0
	}
	if gate != nil {
		if err := gate.Admits(options); err != nil {
			return s.Fail(err)
		}
	}
	if options.Help {
		words = append([]string{"help"}, words...)
	}
	config, err := shell.ReadConfig(environ)
	if err == nil {
		s.Reporter, err = shell.NewReporter(config)
	}
	if err != nil {
		s.Reporter = &shell.Reporter{}
		declare(s)
		if !s.Diagnoses(words) {
			return s.Fail(err)
		}
		config.Wrong = err
	}
	s.Getenv = config.Getenv
	defer s.Reporter.Flush()
	defer s.Recover(&status)
	wiring, wired := signal.NotifyContext(ctx, os.Interrupt) // it may make the sandbox; s.Run has its own way with Ctrl-C
	err = wire(wiring, s, config, words)
	wired()
	if err != nil {
		return s.Fail(err)
	}
	defer s.Env.Store.Close()
	if gate != nil {
		leave, err := s.ComeIn(ctx, func(userID int64) *commands.Saved {
			own := private.Home{Dir: filepath.Join(s.Home, "people", strconv.FormatInt(userID, 10)), UID: os.Geteuid(), GID: os.Getegid()}
			return savedIn(own)
		})
		if err != nil {
			return s.Fail(err)
		}
		defer leave()
	}
	return s.Run(ctx, words)
}

// declare gives the shell its commands.
func declare(s *shell.Shell) {
	if s.Registry == nil {
		s.Registry = commands.NewRegistry(commands.All())
	}
}

// wire gives the shell its commands, its database and its sessions: the configured one, the private one, or the
// sandbox on the private one. It takes about as long to declare the commands as to connect, so that both go on at once.
func wire(ctx context.Context, s *shell.Shell, config shell.Config, words []string) error {
	demo := s.Options.Demo != nil
	home, err := private.FindHome(config.Getenv)
	if err != nil {
		return err
	}
	s.Home, s.MakeHome = home.Dir, home.Make
	s.Reporter.LogPath, s.Reporter.OpenLog = home.LogPath(), home.OpenLog
	saved := savedIn(home)
	if s.Gate != nil || len(words) > 0 && words[0] == "gate-keys" {
		if err := shell.Guard(home.Dir, config.Owner); err != nil {
			return err
		}
	}
	sessions := &commands.Sessions{
		Keys: config.Keys, Now: time.Now,
		AccessLife: config.AccessLife, RefreshLife: config.RefreshLife,
		Machine: func() ([]byte, error) { return private.MachineKey(home) },
	}
	if s.Gate == nil {
		file := security.NewSessionFile(config.Getenv)
		file.Tidy()
		sessions.File = &file
		sessions.Origin, _ = os.Hostname()
	} else {
		sessions.Origin = s.Gate.From
	}
	s.Env = &commands.Env{
		Sessions: sessions, Policy: config.Policy, Clock: commands.Clock{Now: time.Now, Location: config.Location, Zoned: config.Zoned},
		Person: commands.Person{Invoker: home.UID, Saved: saved}, Host: commands.Host{Log: home.LogPath(), Home: home},
	}
	s.Env.Config = commands.Configuration{Set: config.Set, Wrong: config.Wrong, OfficeFile: shell.OfficeFile}

	database := data.Config{DSN: config.DatabaseURL, Standby: config.StandbyURL, Getenv: config.Getenv}
	var maintenance data.Config
	err = config.NoDatabase
	if config.DatabaseURL == "" && err == nil || demo {
		err = nil
		server := private.New(home, s.Tell)
		use := data.Main
		if demo {
			use = data.Demo
		}
		database, maintenance = privateDatabase(server, use)
		s.Env.Private, s.Env.Database = server, use.Name
		if config.SecretKey == "" || demo {
			sessions.Keys = func() (*security.Keys, error) {
				secret, err := private.Secret(home)
				if err != nil {
					return nil, err
				}
				return security.NewKeys(string(secret), config.SecretKeyID, "", "")
			}
		}
		if demo {
			sessions.File = nil
		}
	}
	database.Waiting, maintenance.Waiting = s.Tell, s.Tell
	if err == nil {
		s.Env.Store, err = data.Open(database)
	}
	if err == nil && !demo && asksDatabase(words) {
		s.Env.Store.Ahead()
	}
	declare(s)
	s.Registry.Saved = saved
	if err != nil && !s.NeedsDatabase(words) {
		s.Env.Config.NoDatabase = err
		s.Env.Store, err = data.Open(data.Config{DSN: "user=nobody"}) // which nobody asks
	}
	if err != nil {
		return err
	}
	sessions.Store = s.Env.Store
	if demo {
		return s.SetUpDemo(ctx, words, maintenance)
	}
	return nil
}

// asksDatabase reports whether the words most likely begin a command that asks the database, before the commands are known.
func asksDatabase(words []string) bool {
	if len(words) == 0 {
		return true
	}
	first, _, _ := strings.Cut(words[0], "-")
	return !slices.Contains([]string{"help", "completion", "db", "gate", "doctor"}, first)
}

// savedIn is the place for a person's own commands in a home.
func savedIn(home private.Home) *commands.Saved {
	return &commands.Saved{Path: filepath.Join(home.Dir, "saved"), UID: home.UID, GID: home.GID, Make: home.Make}
}

// privateDatabase returns a database on the private server, which is started and made when it is
// needed, and the server's own database, through which others are made and dropped.
func privateDatabase(server *private.Server, use data.Private) (database, maintenance data.Config) {
	a := server.Address()
	dsn := func(database string) string { return data.Words(a.Words(database)...) }
	maintenance = data.Config{DSN: dsn("postgres"), Start: server.Start}
	return data.Config{
		DSN: dsn(use.Name),
		Start: func(ctx context.Context) error {
			if err := server.Start(ctx); err != nil {
				return err
			}
			return use.Ensure(ctx, maintenance)
		},
	}, maintenance
}
