package prompt

import (
	"os"
	"os/signal"
	"time"

	"golang.org/x/sys/unix"
)

// Ctrl-Z is a key in raw mode; a SIGTSTP comes from another program, at any moment. Before either stop the terminal
// gets back the mode that it was found in. Its shell needs that: dash sets none of its own.
//
// Whoever catches SIGTSTP in Go never gets its default action back. SIGTTOU has the same: it stops, unless there is no
// shell that could continue the process group, where the kernel drops it. SIGSTOP would hang such a group for ever.

// stopDelay is how long a stop may take to begin.
const stopDelay = 200 * time.Millisecond

// StopJob stops the whole job until it is continued, as the key Ctrl-Z of a terminal that is not raw does.
func StopJob() { stop(0) }

// stop stops a process of the job until it is continued, or with 0 all of them. A moment passes from the signal to the
// stop. Nothing may be drawn in it: under dash that would stay.
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
			if !p.line.CompareAndSwap(typed, stopping) && p.line.Load() == untyped {
				p.stopAside()
				continue
			}
		case unix.SIGCONT:
			p.line.CompareAndSwap(stopping, typed)
			p.mu.Lock()
			p.stale = true
			p.mu.Unlock()
		}
		p.resized.Store(true)
		p.reader.wake()
	}
}

// stopAside stops while no line is typed that could be finished before.
func (p *Prompt) stopAside() {
	p.mu.Lock() // nobody changes the mode meanwhile
	defer p.mu.Unlock()
	stopIn(p.reader.in, &p.found)
}

// stopIn stops with the terminal in the mode that its shell knows. Afterwards it has its own again; a program that runs on
// it now, and has put the mode right before, does so by itself.
func stopIn(fd int, found *unix.Termios) {
	mode, err := unix.IoctlGetTermios(fd, getMode)
	differs := err == nil && *mode != *found
	if differs {
		_ = unix.IoctlSetTermios(fd, setMode, found)
	}
	stop(unix.Getpid())
	if differs {
		_ = unix.IoctlSetTermios(fd, setMode, mode)
	}
}

// Stoppable has SIGTSTP stop the process with the terminal in the mode that it has now, until done is called. When the
// process goes on, it runs again, if that is not nil. A Prompt does this by itself; Stoppable is for code without one.
func Stoppable(in *os.File, again func()) (done func()) {
	fd := int(in.Fd())
	found, err := unix.IoctlGetTermios(fd, getMode)
	if err != nil {
		return func() {}
	}
	stops := make(chan os.Signal, 1)
	signal.Notify(stops, unix.SIGTSTP)
	go func() {
		for range stops {
			if stopIn(fd, found); again != nil {
				again()
			}
		}
	}()
	return func() { signal.Stop(stops); close(stops) }
}
