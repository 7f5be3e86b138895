package shell

// The figures of large tables, which bench_test.go runs with its own. What moves in and out is measured beside psql's \copy, with its
// memory, and the lists of each role beside those of a thousand clients. All figures end as one short table.

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// figure is one line of the table. It holds where it is at least, or with most at most, what it is to be.
type figure struct {
	what, told string
	is, aim    float64
	most       bool
}

// figures are those of all benchmarks that have run.
var figures []figure

// most and least note a figure, and what it is to be.
func most(what string, is, aim float64, told string) {
	figures = append(figures, figure{what, told, is, aim, true})
}

func least(what string, is, aim float64, told string) {
	figures = append(figures, figure{what, told, is, aim, false})
}

// tellFigures prints the table.
func tellFigures() {
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Printf("\n%-64s %9s %9s   (%d clients, load %.4s)\n", "figure", "is", "aim", *howMany, load)
	for _, f := range figures {
		sign, holds := "≥", f.is >= f.aim
		if f.most {
			sign, holds = "≤", f.is <= f.aim
		}
		fmt.Printf("%-64s %9.2f %s %7.2f   %-4s %s\n", f.what, f.is, sign, f.aim, map[bool]string{true: "yes", false: "no"}[holds], f.told)
	}
	fmt.Println()
}

// largest reads how much memory a process takes, now and then, until it ends.
func largest(pid int, ended <-chan struct{}) (peak float64) {
	for {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if _, after, found := strings.Cut(string(text), "VmHWM:"); err == nil && found {
			if kilobytes, err := strconv.ParseFloat(strings.Fields(after)[0], 64); err == nil {
				peak = max(peak, kilobytes/1024)
			}
		}
		select {
		case <-ended:
			return peak
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// moved is the share of psql's rate that epev has, and the memory that epev takes.
func moved(b *testing.B, what string, n int, aim, memory float64, programs ...program) {
	middles := compare(b, what, n, programs...)
	rate := fmt.Sprintf("%.0f a second", float64(n)/middles[0].wall.Seconds())
	if len(programs) > 1 {
		least(what+", of psql's rate", middles[1].wall.Seconds()/middles[0].wall.Seconds(), aim, rate)
	} else {
		least(what+", a second", float64(n)/middles[0].wall.Seconds(), aim, "")
	}
	most(what+", MiB", middles[0].peak, memory, rate)
}

func (o *firm) export(b *testing.B) {
	in := func(name string) string { return filepath.Join(o.dir, name) }
	b.Run("csv", func(b *testing.B) {
		moved(b, "export of clients as csv", *howMany, 0.5, 64, o.epev("--yes", "export", "client", in("clients.csv")),
			o.psql("-c", `\copy (SELECT c.id, c.full_name, c.email, c.phone, c.company_id, y.name, c.commercial_id, u.username, c.first_contact_date, c.last_contact_date, `+
				`c.created_at, c.updated_at, c.version FROM epic_events.client c JOIN epic_events.users u ON u.id = c.commercial_id `+
				`LEFT JOIN epic_events.company y ON y.id = c.company_id ORDER BY c.id) TO '`+in("psql.csv")+`' CSV HEADER`))
	})
	b.Run("xlsx", func(b *testing.B) {
		moved(b, "export of clients as xlsx", *howMany, 0, 128, o.epev("--yes", "export", "client", in("clients.xlsx")))
	})
}

// importing imports clients who are new each time.
func (o *firm) importing(b *testing.B) {
	n, files := min(100_000, *howMany), 0
	people := func() string {
		files++
		var text strings.Builder
		text.WriteString("full_name,email,phone,first_contact_date\n")
		for i := range n {
			fmt.Fprintf(&text, "Guest %x,guest%d-%d@example.fr,+336%08d,02/01/2026\n", uint32(i*2654435761), files, i, (files*n+i)%100_000_000)
		}
		path := filepath.Join(o.dir, fmt.Sprintf("guests%d.csv", files))
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			b.Fatal(err)
		}
		return path
	}
	moved(b, "import of clients", n, 10_000, 128, o.epev("import", "client").given(people))
}

// comparedLists are those whose time is compared.
var comparedLists = []string{"client list", "client list --only-mine", "client list --sort full_name", "client list --search client5", "contract list --unpaid",
	"contract list --sort -total_amount", "event list", "event list --upcoming --unassigned", "event list --sort commercial", "company list --sort name"}

// roles compares the lists of each role with those of a thousand clients: caches warm, and the server just started.
func (o *firm) roles(b *testing.B) {
	large := *howMany
	*howMany = 1000
	small := openFirm(b, numbered, *howMany*3/2)
	*howMany = large
	firms := []*firm{o, small}
	worst := map[string]figure{}
	for b.Loop() {
		for _, who := range []string{"claire.dubois", "ines.morel", "admin.root"} {
			for _, f := range firms {
				f.session = who
				f.run(b, "login", "-u", who, "--password-file", filepath.Join(f.dir, "password"))
			}
			for _, list := range comparedLists {
				for cold, turns := range []int{5, 3} {
					var took [2][]float64
					for range turns {
						for i, f := range firms {
							if cold > 0 {
								f.run(b, "db-stop")
								f.run(b, "whoami")
							}
							began := time.Now()
							f.run(b, append(strings.Fields(list), "--limit", "50")...)
							took[i] = append(took[i], time.Since(began).Seconds()*1000)
						}
					}
					ratio := middleOf(took[0]) / middleOf(took[1])
					key := who + []string{", warm", ", server just started"}[cold]
					b.Logf("%.2f %s: %s (%.0f ms, %.0f ms)", ratio, key, list, middleOf(took[0]), middleOf(took[1]))
					if ratio > worst[key].is {
						worst[key] = figure{"slowest list of " + key + ", of that of 1,000 clients",
							fmt.Sprintf("%s: %.0f ms, %.0f ms", list, middleOf(took[0]), middleOf(took[1])), ratio, []float64{1.3, 2}[cold], true}
					}
				}
			}
			for _, f := range firms {
				f.session = ""
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, f := range worst {
		figures = append(figures, f)
		b.Logf("%s: %.2f (%s)", f.what, f.is, f.told)
	}
}

// complete measures completion of a commercial who types names, parts from their middle, and ids.
func (o *firm) complete(b *testing.B) {
	c := newWords(b, newDesk(b, o.dsn(), "claire.dubois"))
	c.at("client view ")
	var took []time.Duration
	for b.Loop() {
		for _, text := range []string{"client num", "mber 12", "number 777", strconv.Itoa(*howMany / 2), "client9@ex", "nobody has"} {
			for i := range []rune(text) {
				c.Forget()
				began := time.Now()
				c.at("client view " + string([]rune(text)[:i+1]))
				took = append(took, time.Since(began))
			}
		}
	}
	slices.Sort(took)
	p95 := float64(took[int(math.Ceil(float64(len(took))*0.95))-1].Microseconds()) / 1000
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(p95, "ms-p95")
	most("completion, ms at the 95th percentile", p95, 20, fmt.Sprintf("%d keys", len(took)))
}
