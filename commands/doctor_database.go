package commands

// What doctor finds out from the server and the database.

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"epev/data"
	"epev/data/backup"
	"epev/model"
)

// encrypted is what has a connection encrypted and asks who answers.
const encrypted = "sslmode=verify-full&sslrootcert=system"

// lookAtStandby finds nothing where no standby is configured, which most do without.
func lookAtStandby(ctx context.Context, x *examination) []finding {
	switch standby, is := x.store.Standby(ctx); {
	case !is:
		return nil
	case standby.Unfit != nil:
		f := x.failed(warning, standby.Unfit)
		f.remedy = "epev db-status"
		return []finding{f}
	default:
		return well("%s answers what is read", model.Escape(standby.Target))
	}
}

func lookAtTLS(_ context.Context, x *examination) []finding {
	way, err := x.store.Way()
	if err != nil {
		return []finding{x.failed(wrong, err)}
	}
	return []finding{judgeTLS(way, x.server.TLS)}
}

// judgeTLS judges how a connection is kept from who listens on the way, and from who answers in the server's place. Where TLS is demanded there
// is no connection without it. Elsewhere the server tells, which behind a pooler would speak of another connection.
func judgeTLS(way data.Way, version *string) finding {
	hosts := strings.Join(way.Remote, ", ")
	demanded := way.Checked || way.Mode == "require"
	switch {
	case len(way.Remote) == 0:
		return well("nothing leaves this machine")[0]
	case !demanded && (version == nil || way.Pooled):
		return amiss(wrong, encrypted, "%s is across a network, and nothing keeps the connection from being read: sslmode is %s", hosts, way.Mode)
	case !way.Checked:
		return amiss(warning, encrypted, "the connection to %s is encrypted, but nobody asks who answers: sslmode is %s", hosts, way.Mode)
	}
	return well("the connection to %s is encrypted, and who answers has shown a certificate", hosts)[0]
}

func lookAtServer(_ context.Context, x *examination) []finding {
	s, found := x.server, []finding(nil)
	if s.Major < data.OldestServer {
		found = append(found, amiss(wrong, fmt.Sprintf("apt-get install postgresql-%d", data.OldestServer+3), "PostgreSQL %s is older than %d, with which epev works", s.Version, data.OldestServer))
	}
	if s.Encoding != "UTF8" {
		found = append(found, amiss(wrong, s.InUTF8, "the database %s has the encoding %s, and epev needs UTF8", model.Escape(s.Database), s.Encoding))
	}
	if len(found) == 0 {
		return well("PostgreSQL %s with encoding %s", s.Version, s.Encoding)
	}
	return found
}

func lookAtDurability(ctx context.Context, x *examination) (found []finding) {
	careless, err := x.store.Careless(ctx)
	if err != nil {
		return []finding{x.failed(warning, err)}
	}
	for _, c := range careless {
		if c.Grave {
			found = append(found, amiss(wrong, c.Remedy, "%s is off: a crash of the machine may damage the whole database", c.Name))
		} else {
			found = append(found, amiss(warning, c.Remedy, "%s is off: a crash loses what was told as done in the second before", c.Name))
		}
	}
	if len(found) == 0 {
		return well("what is told as done is on the disk")
	}
	return found
}

func lookAtConnections(_ context.Context, x *examination) []finding {
	s := x.server
	said := fmt.Sprintf("%d of %d connections are taken", s.Taken, s.Places)
	switch {
	case s.Taken >= s.Places:
		return []finding{amiss(wrong, s.MorePlaces, "%s: nobody else gets in", said)}
	case s.Taken*5 >= s.Places*4:
		return []finding{amiss(warning, s.MorePlaces, "%s", said)}
	}
	return well("%s", said)
}

// How much the clocks of this machine and of the server may differ.
const (
	differs  = 2 * time.Second
	misleads = time.Minute // dates and the life of tokens are wrong by it
)

func lookAtClock(_ context.Context, x *examination) []finding {
	s := x.server
	apart := s.Now.Sub(s.asked) // the server looked at its clock in between
	if s.Now.After(s.heard) {
		apart = s.Now.Sub(s.heard)
	} else if !s.Now.Before(s.asked) {
		apart = 0
	}
	by, direction := apart.Abs().Round(time.Second), "behind"
	if apart < 0 {
		direction = "ahead of"
	}
	const remedy = "sudo timedatectl set-ntp true"
	switch said := fmt.Sprintf("the clock of this machine is %s %s that of the server", by, direction); {
	case apart.Abs() >= misleads:
		return []finding{amiss(wrong, remedy, "%s", said)}
	case apart.Abs() >= differs:
		return []finding{amiss(warning, remedy, "%s", said)}
	}
	return well("this machine and the server agree")
}

func lookAtSchema(_ context.Context, x *examination) []finding {
	if x.fit.err != nil {
		return []finding{x.failed(wrong, x.fit.err)}
	}
	return well("version %d, which is that of this epev", x.fit.version)
}

func lookAtPrivileges(ctx context.Context, x *examination) (found []finding) {
	if x.Private != nil {
		return well("the private database is its owner's, and nobody else gets in")
	}
	role, differences, err := x.store.Privileges(ctx)
	if err != nil {
		return []finding{x.failed(warning, err)}
	}
	role = model.Escape(role)
	var owned []string
	for _, d := range differences {
		what := model.Escape(d.What)
		switch f := (finding{warning, "", d.Statement}); d.Kind {
		case "superuser": // who has all the rest as well
			return []finding{amiss(wrong, appRole, "the role %s is a superuser, for whom nothing on the server is out of reach", role)}
		case "owns":
			owned = append(owned, what)
			continue
		case "missing":
			f.state, f.said = wrong, fmt.Sprintf("the role %s lacks %s on %s, without which commands fail", role, d.Privilege, what)
			found = append(found, f)
		case "excess":
			f.said = fmt.Sprintf("the role %s has %s on %s, which no shell needs", role, d.Privilege, what)
			found = append(found, f)
		case "member":
			f.said = fmt.Sprintf("the role %s is a member of %s, and may do what that may", role, what)
			found = append(found, f)
		default:
			f.said = fmt.Sprintf("the role %s has %s, which no shell needs", role, strings.ToUpper(d.Kind))
			found = append(found, f)
		}
	}
	if len(owned) > 0 {
		more := ""
		if n := int64(len(owned)); n > 3 {
			owned, more = owned[:3], fmt.Sprintf(" and %d more", n-3)
		}
		found = append(found, amiss(warning, appRole, "the role %s owns %s%s: it can drop tables and rewrite the history", role, strings.Join(owned, ", "), more))
	}
	if n := int64(len(found)); n > shownEach {
		state := warning
		for _, f := range found[shownEach:] {
			if f.state == wrong {
				state = wrong
			}
		}
		found = append(found[:shownEach], amiss(state, "epev db-create --app-role "+quote(role), "the role %s differs in %d ways more from what a role for shells is", role, n-shownEach))
	}
	if len(found) == 0 {
		return well("the role %s may do what epev does, and no more", role)
	}
	return found
}

// appRole makes the role of PostgreSQL that shells are to use.
const appRole = "epev db-create --app-role epev_shells"

func lookAtExtensions(ctx context.Context, x *examination) []finding {
	t, err := x.store.Trigrams(ctx)
	switch {
	case err != nil:
		return []finding{x.failed(warning, err)}
	case t.Made && t.Used:
		return well("pg_trgm finds parts of names")
	case !t.Made && !t.Available:
		return []finding{amiss(warning, "apt-get install postgresql-contrib", "the server has no pg_trgm, so that each search reads whole tables")}
	case !t.Made:
		return []finding{amiss(warning, "epev db-create", "the database has no pg_trgm, so that each search reads whole tables; its owner makes it")}
	}
	return []finding{amiss(warning, "epev db-create", "the indexes of pg_trgm are not there, so that each search reads whole tables")}
}

func lookAtRecords(ctx context.Context, x *examination) (found []finding) {
	breaches, err := x.store.Breaches(ctx)
	if err != nil {
		return []finding{x.failed(warning, err)}
	}
	for _, b := range breaches {
		first := strings.Trim(strings.Join(strings.Fields(fmt.Sprint([]int64(b.IDs))), ", "), "[]")
		if b.Rows > int64(len(b.IDs)) {
			first += ", …"
		}
		remedy := "epev " + b.Mend
		if b.Mend == "" {
			remedy = "epev db-create"
		}
		found = append(found, amiss(warning, remedy, "%s: %d (id %s)", b.BrokenBy, b.Rows, first))
	}
	if len(found) == 0 {
		return well("no row breaks a rule")
	}
	return found
}

// backupAge is how old the last backup may be, and for how long there may be records without one.
const backupAge = 7 * 24 * time.Hour

func lookAtBackup(ctx context.Context, x *examination) []finding {
	const remedy = "epev db-backup --keep 7"
	if x.Private != nil && x.Database == data.Demo.Name {
		return well("the sandbox needs none")
	}
	last, noted := x.backupsNoted()[x.target()]
	if !noted {
		since, err := x.store.Since(ctx)
		switch {
		case err != nil:
			return []finding{x.failed(warning, err)}
		case since == nil || x.Now().Sub(*since) < backupAge:
			return well("there is none yet, nor much that could be lost")
		}
		return []finding{amiss(warning, remedy, "no backup is noted here, and there are records since %s", x.showTime(*since))}
	}
	when, path := x.showTime(last.Made), model.Escape(last.Path)
	if _, err := os.Stat(last.Path); err != nil {
		return []finding{amiss(warning, remedy, "the last backup, of %s, is no longer at %s", when, path)}
	}
	if x.Now().Sub(last.Made) >= backupAge {
		return []finding{amiss(warning, remedy, "the last backup is of %s", when)}
	}
	return well("the last backup is of %s: %s", when, path)
}

func lookAtLeftovers(ctx context.Context, x *examination) (found []finding) {
	left, err := backup.Leftovers(ctx, x.store, x.server.Database)
	var abandoned []data.Remedied
	if err == nil && len(left) > 0 {
		abandoned, err = x.store.Abandoned(ctx, left)
	}
	if err != nil {
		return []finding{x.failed(warning, err)}
	}
	for _, d := range abandoned {
		found = append(found, amiss(warning, d.Remedy, "the database %s is left of a backup's proof or restoration that was interrupted", model.Escape(d.Name)))
	}
	for _, path := range backup.Drafts(filepath.Join(x.Home.Dir, backups)) {
		found = append(found, amiss(warning, "rm "+quote(path), "%s is left of a backup that was interrupted", model.Escape(path)))
	}
	if len(found) == 0 {
		return well("no interrupted backup or restoration left anything")
	}
	return found
}
