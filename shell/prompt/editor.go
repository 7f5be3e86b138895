package prompt

import (
	"slices"
	"strings"
)

// An outcome says how the editing of a line ended.
type outcome int

const (
	editing outcome = iota
	accepted
	interrupted // Ctrl-C
	ended       // Ctrl-D on an empty line
	pasted      // several lines at once, in editor.pasted
	suspended   // Ctrl-Z; editing goes on afterwards
	external    // Ctrl-X Ctrl-E; it goes on with what an editor makes of the text
)

// An editor holds everything about one line while it is typed. It knows keys and
// text, no terminal.
type editor struct {
	line
	prefix   string
	masked   bool // shown as stars
	question bool // an answer: pasted line ends become blanks, a completed word is not followed by one
	lines    bool // an answer that may have several lines
	past     []string
	complete func(text string, cursor int) []Suggestion
	hint     func(text string) string
	advice   string // what hint says of adviceOf, while advised
	adviceOf string
	advised  bool

	outcome outcome
	pasted  string
	clear   bool // the screen, before the next frame

	list     list
	recalled recall
	search   *search
}

// A recall is a walk through the past lines that start with what was typed.
type recall struct {
	active bool
	typed  string
	index  int
}

// A search is Ctrl-R in progress.
type search struct {
	query  string
	index  int // of the match in past, len(past) when there is none yet
	failed bool
	saved  string
}

func (e *editor) handle(k key) {
	if e.search != nil && e.handleSearch(k) {
		return
	}
	text := e.String()
	switch k.name {
	case keyTab, keyBackTab, keyEscape, keyEnter, keyUp, keyDown:
		e.handleList(k)
		return
	}
	e.list.selected = none // typing on takes the suggestion as it stands in the line
	switch act, edits := edits[k.name]; {
	case edits:
		act(e)
	case k.name == keyText:
		e.insert(k.text)
	case k.name == keyPaste:
		e.insertPaste(k.text)
	case k.name == keySearch && len(e.past) > 0:
		e.search = &search{index: len(e.past), saved: text}
	}
	if e.String() != text {
		e.recalled.active = false
		e.list.closed = len(e.text) == 0 && !e.question
	}
}

// edits are the keys that do one thing wherever the cursor is.
var edits = map[keyName]func(e *editor){
	keyInterrupt:     func(e *editor) { e.outcome = interrupted },
	keySuspend:       func(e *editor) { e.outcome = suspended },
	keyClearScreen:   func(e *editor) { e.clear = true },
	keyLeft:          func(e *editor) { e.cursor = e.left() },
	keyRight:         func(e *editor) { e.cursor = e.right() },
	keyWordLeft:      func(e *editor) { e.cursor = e.seek(-1, wordPart) },
	keyWordRight:     func(e *editor) { e.cursor = e.seek(1, wordPart) },
	keyHome:          func(e *editor) { e.cursor = 0 },
	keyEnd:           func(e *editor) { e.cursor = len(e.text) },
	keyBackspace:     func(e *editor) { e.remove(e.left(), e.cursor) },
	keyDelete:        func(e *editor) { e.remove(e.cursor, e.right()) },
	keyKillWordLeft:  func(e *editor) { e.kill(e.seek(-1, notBlank), e.cursor) },
	keyKillPartLeft:  func(e *editor) { e.kill(e.seek(-1, wordPart), e.cursor) },
	keyKillPartRight: func(e *editor) { e.kill(e.cursor, e.seek(1, wordPart)) },
	keyKillToStart:   func(e *editor) { e.kill(0, e.cursor) },
	keyKillToEnd:     func(e *editor) { e.kill(e.cursor, len(e.text)) },
	keyYank:          func(e *editor) { e.insert(string(e.killed)) },
	keyEndOfInput: func(e *editor) {
		if len(e.text) == 0 {
			e.outcome = ended
		} else {
			e.remove(e.cursor, e.right())
		}
	},
	keyNewLine: func(e *editor) {
		if e.lines {
			e.insert("\n")
		}
	},
	keyExternal: func(e *editor) {
		if e.lines {
			e.outcome = external
		}
	},
}

// handleList serves the keys that mean one thing while a suggestion is selected and
// another while none is.
func (e *editor) handleList(k key) {
	selected := e.list.selected != none
	switch k.name {
	case keyTab:
		e.list.closed = false
		e.fetch()
		switch n := len(e.list.all); {
		case n == 1:
			e.choose(0)
			e.commit()
		case n > 1:
			e.choose((e.list.selected + 1) % n)
		}
	case keyBackTab:
		e.fetch()
		if n := len(e.list.all); n > 0 && !e.list.closed {
			e.choose((max(e.list.selected, 0) + n - 1) % n)
		}
	case keyEscape:
		if selected {
			e.text, e.cursor = e.list.text, e.list.cursor
			e.list.selected = none
		}
		e.list.closed = true
	case keyEnter:
		if selected {
			e.commit()
		} else {
			e.outcome = accepted
		}
	case keyUp, keyDown:
		step := 1
		if k.name == keyUp {
			step = -1
		}
		e.fetch()
		switch n := len(e.list.all); {
		case selected:
			e.choose((e.list.selected + step + n) % n)
		case k.name == keyDown && !e.list.closed && n > 0:
			e.choose(0)
		default:
			e.recall(step)
		}
	}
}

// choose puts suggestion i into the line, in place of what the list was made for.
func (e *editor) choose(i int) {
	s, l := e.list.all[i], &e.list
	l.selected = i
	e.text = slices.Concat(l.text[:s.Start], []rune(s.Text), l.text[l.cursor:])
	e.cursor = s.Start + len([]rune(s.Text))
}

// commit takes the selected suggestion for good and goes on to the next word, if it is whole.
func (e *editor) commit() {
	open := e.list.all[e.list.selected].Open
	e.list.selected = none
	e.recalled.active = false
	if open {
		return
	}
	if e.question {
		e.list.closed = true
		return
	}
	if e.cursor == len(e.text) {
		e.insert(" ")
	} else if e.text[e.cursor] == ' ' {
		e.cursor++
	}
}

// asks reports whether the suggestions of the present text are still to be asked for. While one of them is
// selected the list stays as it is, whatever arrives.
func (e *editor) asks() bool {
	l := &e.list
	return e.complete != nil && e.search == nil && !l.closed && l.selected == none &&
		!(l.fresh && l.cursor == e.cursor && slices.Equal(l.text, e.text))
}

// fetch asks for the suggestions of the present text, once.
func (e *editor) fetch() {
	l := &e.list
	if !e.asks() {
		return
	}
	l.all, l.text, l.cursor, l.fresh = nil, slices.Clone(e.text), e.cursor, true
	if len(e.text) > longestCompleted {
		return
	}
	for _, s := range e.complete(e.String(), e.cursor) {
		if s.Start < 0 || s.Start > e.cursor {
			continue
		}
		if l.all = append(l.all, s); len(l.all) == longestList {
			break
		}
	}
}

// advise asks for the hint of the present text, once.
func (e *editor) advise() string {
	if text := e.String(); !e.advised || e.adviceOf != text {
		e.advice, e.adviceOf, e.advised = "", text, true
		if e.hint != nil && len(e.text) <= longestCompleted {
			e.advice = e.hint(text)
		}
	}
	return e.advice
}

// recall goes step lines through the past, to one that starts with what was typed.
func (e *editor) recall(step int) {
	r := &e.recalled
	if !r.active {
		*r = recall{active: true, typed: e.String(), index: len(e.past)}
	}
	e.list.closed = true
	for i := r.index + step; i >= 0 && i < len(e.past); i += step {
		if strings.HasPrefix(e.past[i], r.typed) && e.past[i] != e.String() {
			r.index = i
			e.set(e.past[i])
			return
		}
	}
	if step > 0 {
		r.index = len(e.past)
		e.set(r.typed)
	}
}

// handleSearch reports whether the key belonged to the search; any other key ends
// it and acts on the line that was found.
func (e *editor) handleSearch(k key) bool {
	s := e.search
	switch k.name {
	case keyText:
		s.query += k.text
		e.find(s.index)
	case keySearch:
		e.find(s.index - 1)
	case keyBackspace:
		if q := []rune(s.query); len(q) > 0 {
			s.query = string(q[:len(q)-1])
		}
		e.find(len(e.past) - 1)
	case keyEscape:
		e.set(s.saved)
		e.search = nil
	case keySuspend:
		e.outcome = suspended
	default:
		e.search = nil
		e.list.closed = true
		return false
	}
	return true
}

// find shows the newest past line, from index backwards, that contains the query
// without regard to case.
func (e *editor) find(index int) {
	s := e.search
	for i := min(index, len(e.past)-1); i >= 0 && s.query != ""; i-- {
		at := strings.Index(strings.ToLower(e.past[i]), strings.ToLower(s.query))
		if at < 0 {
			continue
		}
		s.index, s.failed = i, false
		e.set(e.past[i])
		e.cursor = min(len(e.text), len([]rune(strings.ToLower(e.past[i])[:at])))
		return
	}
	s.failed = s.query != ""
}

// prompt is what stands before the text.
func (e *editor) prompt() string {
	switch {
	case e.search == nil:
		return e.prefix
	case e.search.failed:
		return "(no past line has '" + e.search.query + "') "
	default:
		return "(search '" + e.search.query + "') "
	}
}
