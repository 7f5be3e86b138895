package complete

import (
	"context"
	"sync"
	"time"

	"epev/commands"
)

// answer is what one look-up gives.
type answer struct {
	key   string
	at    time.Time
	done  chan struct{} // closed when there are candidates
	late  bool          // nobody waits for it any more
	found []commands.Candidate
}

// latest runs look-ups one after the other. Of those that come while one runs it keeps the newest alone, and tells the
// running one to stop. However fast somebody types, and however long the database is silent, one goroutine and one
// connection are at it.
type latest struct {
	mu      sync.Mutex
	cancel  context.CancelFunc // of the running one; nil when none runs
	next    func(context.Context)
	stopped bool
	failed  func(recovered any) // is told of a panic in one, after which the next begins all the same
}

// run begins look, or has it begin next.
func (l *latest) run(look func(context.Context)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.stopped:
	case l.cancel != nil:
		l.cancel()
		l.next = look
	default:
		l.start(look)
	}
}

func (l *latest) start(look func(context.Context)) {
	ctx, cancel := context.WithTimeout(context.Background(), lookUpLimit)
	l.cancel = cancel
	go func() {
		l.attempt(ctx, look)
		cancel()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.cancel = nil
		if look, l.next = l.next, nil; look != nil {
			l.start(look)
		}
	}()
}

// attempt runs look. A panic in it, which no command could catch, ends nothing but the look-up.
func (l *latest) attempt(ctx context.Context, look func(context.Context)) {
	defer func() {
		if r := recover(); r != nil && l.failed != nil {
			l.failed(r)
		}
	}()
	look(ctx)
}

func (l *latest) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped, l.next = true, nil; l.cancel != nil {
		l.cancel()
	}
}

// lookUp returns what find has for the text at a place, if it is known within the patience of a key.
// Otherwise it comes with the next refresh, and until then, as whole tells, the answer to what was typed before stands in.
func (c *Completer) lookUp(where, text string, find func(context.Context) ([]commands.Candidate, error)) (found []commands.Candidate, whole bool) {
	key := where + "\x00" + text
	c.mu.Lock()
	a, known := c.answers[key]
	if known && time.Since(a.at) < answerStays {
		defer c.mu.Unlock()
		c.previous = map[string][]commands.Candidate{where: a.found}
		return a.found, true
	}
	wait := c.Patience
	if a = c.sought; a == nil || a.key != key {
		if a != nil {
			wait = 0 // the database is slow; who types on does not wait for it again
		}
		a = &answer{key: key, done: make(chan struct{})}
		c.sought = a
		c.values.run(func(ctx context.Context) { c.find(ctx, a, find) })
	}
	c.mu.Unlock()
	select {
	case <-a.done:
	case <-time.After(wait):
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers[key] == a {
		c.previous = map[string][]commands.Candidate{where: a.found}
		return a.found, true
	}
	a.late = true
	return c.previous[where], false
}

// find fills an answer. It gives up silently: completion is a help, never an obstacle.
func (c *Completer) find(ctx context.Context, a *answer, find func(context.Context) ([]commands.Candidate, error)) {
	found, err := find(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sought == a {
		c.sought = nil
	}
	if ctx.Err() == context.Canceled {
		return // another one is looked for now
	}
	if err == nil {
		a.found = found
	}
	if a.at = time.Now(); len(c.answers) > maxRemembers {
		c.answers = map[string]*answer{}
	}
	c.answers[a.key] = a
	close(a.done)
	if a.late && err == nil {
		c.refresh()
	}
}
