package shell

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"epev/shell/prompt"
	"epev/shell/screen"
)

// pageTick is how often, in milliseconds, a page that waits for a key looks for a new window and the end of its context.
const pageTick = 100

// pageKeys is how far a key moves: in lines, where page is a screenful and end is more than any text has.
var pageKeys = func() map[string]func(page, end int) int {
	forward, back := func(page, _ int) int { return page }, func(page, _ int) int { return -page }
	down, up := func(_, _ int) int { return 1 }, func(_, _ int) int { return -1 }
	last, first := func(_, end int) int { return end }, func(_, end int) int { return -end }
	return map[string]func(page, end int) int{
		" ": forward, "f": forward, "\x1b[6~": forward, "b": back, "\x1b[5~": back,
		"\r": down, "\n": down, "j": down, "\x1b[B": down, "\x1bOB": down, "k": up, "\x1b[A": up, "\x1bOA": up,
		"G": last, "\x1b[F": last, "\x1bOF": last, "\x1b[4~": last, "g": first, "\x1b[H": first, "\x1bOH": first, "\x1b[1~": first,
	}
}()

// pageItself shows a text a screenful at a time, on a machine without a pager. Where out is no terminal, or there is none
// to read keys from, the text is written as it is.
func pageItself(ctx context.Context, out *os.File, text []byte) error {
	whole := func() error { _, err := out.Write(text); return err }
	window := int(out.Fd())
	if !term.IsTerminal(window) {
		return whole()
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return whole()
	}
	defer tty.Close()
	keys := int(tty.Fd())
	before, err := term.MakeRaw(keys)
	if err != nil {
		return whole()
	}
	defer term.Restore(keys, before)
	defer fmt.Fprint(out, "\r\x1b[K")
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)

	lines := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	var rows []string // of the screen, which is as wide as width
	var begins []int  // the first row of each line
	width, height, top, drawn, begun := 0, 0, 0, -1, false
	for {
		cols, high, err := term.GetSize(window)
		if err != nil || cols <= 0 || high <= 0 {
			cols, high = 80, 24
		}
		if cols != width {
			at := 0 // the line at the top stays there
			for at+1 < len(begins) && begins[at+1] <= top {
				at++
			}
			rows, begins = nil, nil
			for _, line := range lines {
				begins = append(begins, len(rows))
				rows = append(rows, screen.Rows(line, cols)...)
			}
			top = begins[at]
		}
		page := max(1, high-1)
		if cols != width || high != height || len(continued) > 0 {
			width, height, drawn = cols, high, -1
		}
		for len(continued) > 0 { // another program had the screen
			<-continued
		}
		end := max(0, len(rows)-page)
		top = min(max(0, top), end)
		if top != drawn {
			from := top
			switch { // what is there scrolls up before what follows it, so that the terminal keeps it
			case !begun:
				begun = true
			case drawn >= 0 && top > drawn && top <= drawn+page:
				from = drawn + page
				fmt.Fprint(out, "\r\x1b[K")
			default:
				fmt.Fprint(out, "\x1b[H\x1b[2J")
			}
			for _, row := range rows[from:min(top+page, len(rows))] {
				fmt.Fprint(out, row, "\r\n")
			}
			status := "-- more: space, b, q --"
			if top == end {
				status = "-- end: b, q --"
			}
			fmt.Fprint(out, "\x1b[0m", status[:min(len(status), cols-1)])
			drawn = top
		}
		key, err := pageKey(ctx, keys)
		switch {
		case err != nil:
			return ctx.Err() // or the terminal has gone, and nobody reads on
		case key == "q" || key == "Q" || key == "\x03":
			return nil
		case key == "\x1c":
			unix.Kill(unix.Getpid(), unix.SIGQUIT) // it ends ctx
		case key == "\x1a":
			_ = term.Restore(keys, before)
			prompt.StopJob()
			if _, err := term.MakeRaw(keys); err != nil {
				return nil
			}
		}
		if move := pageKeys[key]; move != nil {
			top += move(page, len(rows))
		}
	}
}

// pageKey reads one key and nothing behind it, which the prompt gets. After a tick without one it is empty.
func pageKey(ctx context.Context, tty int) (string, error) {
	var key []byte
	for {
		fds := []unix.PollFd{{Fd: int32(tty), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, pageTick)
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == unix.EINTR:
			continue
		case err != nil || n == 0: // what has begun and does not go on means nothing
			return "", err
		}
		var b [1]byte
		if n, err := unix.Read(tty, b[:]); err == unix.EINTR {
			continue
		} else if err != nil || n == 0 {
			return "", os.ErrClosed
		}
		key = append(key, b[0])
		begun := key[0] == 0x1b && (len(key) == 1 || len(key) == 2 && (b[0] == '[' || b[0] == 'O') || len(key) > 2 && (b[0] < '@' || b[0] > '~'))
		if !begun {
			return string(key), nil
		}
	}
}
