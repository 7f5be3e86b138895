package prompt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// The test binary plays two more parts. "leader" owns the terminal, runs "demo" in it and reports whether the
// terminal's mode is what it was before. "demo" is a small shell.
func TestMain(m *testing.M) {
	switch os.Getenv("PROMPT_TEST_PART") {
	case "leader":
		leader()
	case "demo":
		os.Exit(demo())
	default:
		os.Exit(m.Run())
	}
}

// leader reports to descriptor 3: the demo's process id, then its exit status and
// whether the terminal's mode changed. A leader that exited before would take the
// terminal with it.
func leader() {
	report := os.NewFile(3, "report")
	signal.Notify(make(chan os.Signal, 1), unix.SIGINT, unix.SIGHUP) // they are for the demo
	before, err := term.GetState(0)
	if err != nil {
		fmt.Fprintln(report, err)
		os.Exit(1)
	}
	demo := exec.Command(os.Args[0])
	demo.Env = append(os.Environ(), "PROMPT_TEST_PART=demo")
	demo.Stdin, demo.Stdout, demo.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := demo.Start(); err != nil {
		fmt.Fprintln(report, err)
		os.Exit(1)
	}
	fmt.Fprintln(report, demo.Process.Pid)
	demo.Wait()
	mode := "mode kept"
	if after, err := term.GetState(0); err != nil {
		mode = err.Error()
	} else if *after != *before {
		mode = "mode changed"
	}
	fmt.Fprintln(report, demo.ProcessState.String()+", "+mode)
}

var demoRecords = []Suggestion{
	{Text: "7", Description: "Zoé Ünal · Ministère de la Culture"},
	{Text: "8", Description: "Kévin Cousin · Startup SAS"},
	{Text: "9", Description: "山田 太郎 · 株式会社ヤマダ"},
	{Text: "10", Description: "evil\x1b[31m \u202ename\r\n"},
}

// demoLater completes "later " as a look-up does that takes its time: first nothing, and the
// answer when it is there.
type demoLater struct {
	mu      sync.Mutex
	asked   bool
	arrived bool
	refresh func()
	slow    chan os.Signal // ends the wait for what completes "slow "
}

func (l *demoLater) complete(line string, cursor int) []Suggestion {
	if line == "slow " {
		<-l.slow
		return []Suggestion{{Text: "at-last", Start: 5}}
	}
	if !strings.HasPrefix(line, "later ") {
		return demoComplete(line, cursor)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.arrived {
		return []Suggestion{{Text: "at-last", Start: 6}, {Text: "another", Start: 6}}
	}
	if !l.asked {
		l.asked = true
		answer := make(chan os.Signal, 1)
		signal.Notify(answer, unix.SIGUSR1)
		go func() {
			<-answer
			l.mu.Lock()
			l.arrived = true
			l.mu.Unlock()
			l.refresh()
		}()
	}
	return nil
}

// demoComplete knows enough words to show each kind of completion. A word that starts
// with a quote reaches back over its blanks.
func demoComplete(line string, cursor int) []Suggestion {
	before := []rune(line)[:cursor]
	start := strings.LastIndexByte(string(before), ' ') + 1
	if q := strings.IndexByte(string(before), '"'); q >= 0 {
		start = q
	}
	word := string(before)[start:]
	start = len([]rune(string(before)[:start]))
	var from []Suggestion
	switch first, _, _ := strings.Cut(line, " "); {
	case first == "view" && start > 0:
		from = demoRecords
	case first == "name" && start > 0:
		from = []Suggestion{{Text: `"Kévin Cousin"`, Display: "Kévin Cousin", Description: "Startup SAS"}, {Text: `"Kévin Costner"`, Display: "Kévin Costner"}}
	case first == "many":
		for i := range 60 {
			from = append(from, Suggestion{Text: fmt.Sprintf("item-%02d", i), Description: "one of many"})
		}
	case first == "crash" && start > 0:
		panic("completion went wrong")
	case start == 0:
		for _, w := range []string{"client", "company", "contract", "view", "name", "many", "exit"} {
			from = append(from, Suggestion{Text: w, Description: w + " commands"})
		}
	}
	var found []Suggestion
	for _, s := range from {
		if strings.HasPrefix(s.Text, word) || word == "" {
			s.Start = start
			found = append(found, s)
		}
	}
	return found
}

// demo runs commands until exit or the end of input: "ask", "choose", "secret", "confirm",
// "panic", "size"; it prints any other.
func demo() int {
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGTERM, unix.SIGHUP)
	defer stop()
	later := demoLater{slow: make(chan os.Signal, 1)}
	signal.Notify(later.slow, unix.SIGUSR2)
	p, err := New(Config{
		In: os.Stdin, Out: os.Stdout,
		Prefix:   func() string { return "epic> " },
		Complete: later.complete,
		Hint: func(line string) string {
			if strings.HasPrefix(line, "view") {
				return "view ID · missing: ID"
			}
			return ""
		},
		Scan: func(lines string) (one bool, waits string) {
			whole := ""
			one = true
			for line := range strings.SplitSeq(lines, "\n") {
				one = one && (whole == "" || waits != "")
				switch whole += line; {
				case strings.Count(whole, `"`)%2 == 1:
					waits = `"`
				case strings.HasSuffix(line, `\`):
					waits = `\`
				default:
					waits = ""
				}
			}
			return one, waits
		},
		Edit:        func(context.Context, string) (string, error) { return "", errors.New("there is no editor here") },
		Masked:      func(lines []string) []string { return lines },
		Silences:    func(line string) bool { return line == "unseen" },
		Sensitive:   func(line string) bool { return strings.Contains(line, "password") },
		HistoryFile: os.Getenv("PROMPT_TEST_HISTORY"),
		Color:       os.Getenv("PROMPT_TEST_COLOR") != "",
	})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	defer p.Close()
	later.refresh = p.Refresh
	normal, err := term.GetState(0)
	if err != nil {
		return 1
	}
	for {
		input, err := p.ReadLine(ctx)
		switch {
		case errors.Is(err, ErrInterrupted):
			fmt.Println("interrupted")
			continue
		case errors.Is(err, io.EOF):
			fmt.Println("bye")
			return 0
		case err != nil:
			fmt.Println("stopped:", err)
			return 3
		}
		if input.Pasted {
			fmt.Printf("pasted %d lines, %d bytes\n", len(input.Lines), len(strings.Join(input.Lines, "\n")))
			continue
		}
		switch line := strings.TrimSpace(input.Lines[0]); line {
		case "exit":
			return 0
		case "panic":
			panic("a handler went wrong")
		case "mode":
			if now, err := term.GetState(0); err != nil || *now != *normal {
				fmt.Println("mode changed", err)
			} else {
				fmt.Println("mode normal")
			}
		case "wait", "unseen":
			running, stop := signal.NotifyContext(ctx, os.Interrupt, unix.SIGUSR1)
			fmt.Println("waiting")
			<-running.Done()
			stop()
			fmt.Println("no longer")
			if line == "unseen" {
				answer, err := p.Ask(ctx, Question{Label: "Password", Secret: true})
				fmt.Printf("%d runes %v\n", len([]rune(answer)), err)
				p.Restore()
			}
		case "close":
			p.Close()
			p.Close()
		case "size":
			fmt.Println(p.Width(), p.Height())
		case "ask":
			answer, err := p.Ask(ctx, Question{Label: "Full name", Present: "Kévin Cousin", Default: "kevin", Hint: "at most 128 characters",
				Check: func(s string) error {
					if s == "wrong" {
						return errors.New("that is wrong, try another")
					}
					return nil
				}})
			fmt.Printf("answer %q %v\n", answer, err)
		case "choose":
			answer, err := p.Ask(ctx, Question{Label: "Client", Complete: func(text string, cursor int) []Suggestion { return demoRecords }})
			fmt.Printf("answer %q %v\n", answer, err)
		case "secret":
			answer, err := p.Ask(ctx, Question{Label: "Password", Secret: true})
			fmt.Printf("%d runes %v\n", len([]rune(answer)), err)
		case "confirm":
			yes, err := p.Confirm(ctx, "Delete it?", false)
			fmt.Println("confirmed", yes, err)
		default:
			fmt.Printf("ran %q\n", input.Lines)
		}
	}
}
