package shell

import (
	"fmt"
	"testing"
)

// A list of what is found tells of how many it shows the first ones; it counts to a thousand.
func TestCompletionCountsWhatItFinds(t *testing.T) {
	t.Parallel()
	dsn := openOffice(t)
	add := func(from, to int) {
		t.Helper()
		run(t, dsn, fmt.Sprintf(`INSERT INTO epic_events.client (full_name, email, commercial_id, first_contact_date, created_at, updated_at)
			SELECT 'Counted ' || n, 'counted' || n || '@example.fr', (SELECT min(commercial_id) FROM epic_events.client), now(), now(), now()
			FROM generate_series(%d, %d) AS n`, from, to))
	}
	add(1, 200)
	s := openEpev(t, 80, 24, dsn, "claire.dubois")
	s.ready()
	s.Send("client view counted")
	s.Shows("8 of 200")
	s.Send("\x15client view ")
	s.Shows("8 of 210")
	s.Send("\x15client view élod")
	s.Until("no count of a single one", func() bool { return s.Line() == "epic> client view élod" })
	add(201, 1200)
	s.Send("\x15\rclient view counted")
	s.Shows("8 of more than 1,000")
}
