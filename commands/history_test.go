package commands

import (
	"fmt"
	"strings"
	"testing"

	"epev/model"
)

// whats returns the lines of a history in which people read what was changed.
func whats(r Result) (lines []string) {
	for i, c := range r.Table.Columns {
		if c.Name == "what" {
			for _, row := range r.Table.Rows {
				lines = append(lines, row[i].(string))
			}
		}
	}
	return lines
}

// People read a history in the titles and names of their other views; what names are out of the reader's
// sight stays an id.
func TestHistoryTellsNames(t *testing.T) {
	t.Parallel()
	s := newStaffed(t)
	hugo := s.hire("hugo.lefevre", "commercial")
	other := s.number(`insert into @company (name, created_at, updated_at) values ('Müller & Søn', now(), now()) returning id`)
	s.commercial.must("client update %d -c %d -p '06 78 12 34 56'", s.client, s.company)
	s.commercial.must("client update %d -c %d -l '23/11/2026'", s.client, other)
	s.manager.must("client reassign %d %d", s.client, hugo)
	s.manager.must("contract update %d --remaining-amount 12.5", s.signed)
	s.manager.must("contract update %d --is-signed true", s.unsigned)
	s.manager.must("event update %d --support-contact-id ''", s.supports)
	s.manager.must("user update %d -r support", hugo)
	last := func(d *desk, line string, args ...any) string {
		t.Helper()
		all := whats(d.must(line, args...))
		return all[len(all)-1]
	}
	tells := func(got, want string) {
		t.Helper()
		if got = strings.ReplaceAll(got, "\u00a0", " "); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	tells(last(s.manager, "history contract %d", s.signed), "Remaining: 400,00 € → 12,50 €")
	tells(last(s.manager, "history contract %d", s.unsigned), "Signed: No → Yes, Signed on: – → 23/11/2026")
	tells(last(s.manager, "history event %d", s.supports), "Support: sarah.soutien → –")
	tells(last(s.manager, "history user %d", hugo), "Role: commercial → support")
	lines := whats(s.manager.must("history client %d", s.client))
	tells(lines[1], "Phone: – → +33 6 78 12 34 56, Company: – → Startup SAS")
	tells(lines[2], "Company: Startup SAS → Müller & Søn, Last contact: – → 23/11/2026")
	tells(lines[3], "Commercial: claire.dubois → hugo.lefevre")
	// Claire has no client any more, so no record tells her name to those who may not view users, except to herself.
	tells(last(s.commercial, "history client %d", s.client), "Commercial: claire.dubois → hugo.lefevre")
	tells(last(s.support, "history client %d", s.client), fmt.Sprintf("Commercial: %d → hugo.lefevre", s.claire))
	s.grant(s.number("select id from @role where name = 'support'"), "client:view")
	tells(whats(s.support.must("history client %d", s.client))[2], fmt.Sprintf("Company: %d → %d, Last contact: – → 23/11/2026", s.company, other))
	// A conflict tells it in the same words.
	e := s.manager.fails(model.Conflict, "contract update %d --is-signed true --if-version 1", s.unsigned)
	if !strings.Contains(e.Hint, "manon.directrice changed Signed: No → Yes, Signed on: – → 23/11/2026 on ") {
		t.Error(e.Hint)
	}
}
