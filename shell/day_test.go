package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// ofTheDay is what the office has to do around noon.
const ofTheDay = `
SET search_path = epic_events;
INSERT INTO client (full_name, email, phone, company_id, commercial_id, first_contact_date, created_at, updated_at) VALUES
	('Kevin Cousin', 'kevin.cousin@example.com', '+33199001418', 4, 2, '2026-02-01 09:00+01', '2026-02-01', '2026-02-01');
INSERT INTO event (title, contract_id, full_address, support_contact_id, start_date, end_date, participant_count, created_at, updated_at) VALUES
	('Vernissage', 1, 'Quai de Seine, Paris', 4, '2026-11-23 18:00+01', '2026-11-23 23:00+01', 30, '2026-04-01', '2026-04-01'),
	('Petit-déjeuner', 3, 'Unter den Linden 1, Berlin', 4, '2026-11-24 08:00+01', '2026-11-24 10:00+01', 12, '2026-04-01', '2026-04-01'),
	('Gala', 1, '42 Rue de Paris, 75000 Paris', NULL, '2026-11-24 09:00+01', '2026-11-24 18:00+01', 150, '2026-04-01', '2026-04-01'),
	('Séminaire', 4, 'Quai de Seine, Paris', 5, '2026-10-01 09:00+02', '2026-10-01 18:00+02', 40, '2026-04-01', '2026-04-01');
`

// A day of each department, typed key by key as work_test.go tells. A text in braces behind Enter is what the command must show.
// The screen in the end is golden, in a narrow window and in a wide one.
func TestADayOfEachDepartment(t *testing.T) {
	t.Parallel()
	for department, username := range map[string]string{"commercial": "claire.dubois", "support": "ines.morel", "management": "admin.root"} {
		for _, cols := range []int{80, 140} {
			t.Run(fmt.Sprintf("%s-%d", department, cols), func(t *testing.T) {
				t.Parallel()
				recording := readRecording(t, filepath.Join("testdata", "day", department+".keys"))
				if len(recording) < 60 {
					t.Errorf("the day has %d commands, fewer than 60", len(recording))
				}
				dsn := openOffice(t)
				run(t, dsn, ofTheDay)
				home := t.TempDir()
				w := &worker{terminal: openTerminalIn(t, home, cols, 48, epevEnv(t, home, dsn, username), os.Args[0])}
				w.ready()
				for i := range recording {
					w.origin()
					w.play(recording[i].keys)
					w.atPrompt(&recording[i])
				}
				w.Golden(fmt.Sprintf("day/%s-%d", department, cols))
				w.Send("exit\r")
				w.ends()
			})
		}
	}
}
