package prompt

import (
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// A stop by Ctrl-Z is a key in raw mode; one by SIGTSTP comes from another program, at any moment. Before either the
// terminal gets the mode in which it was found, as its shell needs it: dash sets none of its own.
//
// Whoever catches SIGTSTP in Go never gets its default action back. SIGTTOU has the same: it stops, unless there is no
// shell that could continue the process group, where the kernel drops it. SIGSTOP would hang such a group for ever.

// stopDelay is how long a stop may take to begin.
const stopDelay = 200 * time.Millisecond

// stop stops the process until it is continued, or with 0 the whole job, as the terminal would do it. A moment
// passes from the signal to the stop, in which nothing may be drawn: under dash that would stay.
func stop(pid int) {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, unix.SIGCONT)
	defer signal.Stop(continued)
	unix.Kill(pid, unix.SIGTTOU)
	select {
	case <-continued:
	case <-time.After(stopDelay): // it was not stopped, as nobody could continue it
	}
}

// watch redraws in a changed window, and in one that other programs had meanwhile, and stops when it is told to.
func (p *Prompt) watch() {
	for s := range p.signals {
		switch s {
		case unix.SIGTSTP:
			p.mu.Lock()
			typing := p.typing
			p.stopping = typing
			p.mu.Unlock()
			if !typing {
				p.stopAside()
				continue
			}
		case unix.SIGCONT:
			p.mu.Lock()
			p.stale, p.stopping = true, false
			p.mu.Unlock()
		}
		p.resized.Store(true)
		p.parser.interrupt()
	}
}

// stopAside stops while no line is typed that could be finished before. The mode is lent to the shell, unless it is the
// one that the shell knows, or that of a pager, which stops too.
func (p *Prompt) stopAside() {
	fd := int(p.config.In.Fd())
	p.mu.Lock()
	defer p.mu.Unlock()
	mode, err := unix.IoctlGetTermios(fd, getMode)
	if err != nil || !p.raw {
		stop(unix.Getpid())
		return
	}
	_ = unix.IoctlSetTermios(fd, setMode, &p.found)
	stop(unix.Getpid())
	_ = unix.IoctlSetTermios(fd, setMode, mode)
}

// asked reports, once, that a stop was asked for while a line was typed.
func (p *Prompt) asked() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	asked := p.stopping
	p.stopping = false
	return asked
}

// types says whether a line is being typed, which is finished before a stop.
func (p *Prompt) types(typing bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.typing = typing
}
