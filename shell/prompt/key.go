package prompt

import (
	"bytes"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A keyName says what a key does; several keys of a keyboard share one name.
type keyName int

const (
	keyIgnored keyName = iota // recognised and dropped: F12, Alt-x, a terminal's report
	keyText                   // a run of printable characters
	keyPaste                  // the whole of one bracketed paste
	keyEnter
	keyTab
	keyBackTab
	keyEscape
	keyInterrupt  // Ctrl-C
	keyEndOfInput // Ctrl-D
	keySuspend    // Ctrl-Z
	keyQuit       // Ctrl-\
	keyUp
	keyDown
	keyLeft
	keyRight
	keyWordLeft
	keyWordRight
	keyHome
	keyEnd
	keyBackspace
	keyDelete
	keyKillWordLeft  // Ctrl-W: back to the last blank
	keyKillPartLeft  // Alt-Backspace: back to the start of a word of letters and digits
	keyKillPartRight // Alt-D
	keyKillToStart
	keyKillToEnd
	keyYank
	keySearch
	keyClearScreen
	keyNewLine  // Ctrl-O; Shift-Enter and Alt-Enter where they have a sequence
	keyExternal // Ctrl-X Ctrl-E: the text in an editor
)

// A key is one token of what the terminal sends.
type key struct {
	name keyName
	text string // of keyText and keyPaste
}

var controlKeys = map[byte]keyName{
	0x01: keyHome, 0x02: keyLeft, 0x03: keyInterrupt, 0x04: keyEndOfInput, 0x05: keyEnd, 0x06: keyRight,
	0x07: keyEscape, 0x08: keyBackspace, 0x09: keyTab, 0x0a: keyEnter, 0x0b: keyKillToEnd, 0x0c: keyClearScreen,
	0x0d: keyEnter, 0x0e: keyDown, 0x0f: keyNewLine, 0x10: keyUp, 0x12: keySearch, 0x15: keyKillToStart, 0x17: keyKillWordLeft,
	0x19: keyYank, 0x1a: keySuspend, 0x1c: keyQuit, 0x7f: keyBackspace,
}

var altKeys = map[byte]keyName{
	'b': keyWordLeft, 'f': keyWordRight, 'd': keyKillPartRight, 0x7f: keyKillPartLeft, 0x08: keyKillPartLeft,
}

// sequenceKeys are the CSI sequences (and, by their last letter, the SS3 ones) of
// xterm, rxvt, the Linux console and tmux. A parameter 3 or 5 is Alt or Control.
var sequenceKeys = map[string]keyName{
	"A": keyUp, "B": keyDown, "C": keyRight, "D": keyLeft, "H": keyHome, "F": keyEnd, "Z": keyBackTab,
	"1~": keyHome, "7~": keyHome, "4~": keyEnd, "8~": keyEnd, "3~": keyDelete,
	"1;2A": keyUp, "1;2B": keyDown, "1;2C": keyRight, "1;2D": keyLeft, "1;2H": keyHome, "1;2F": keyEnd,
	"1;3C": keyWordRight, "1;3D": keyWordLeft, "1;5C": keyWordRight, "1;5D": keyWordLeft,
	"5C": keyWordRight, "5D": keyWordLeft, "c": keyWordRight, "d": keyWordLeft,
	"13;2u": keyNewLine, "13;3u": keyNewLine, "27;2;13~": keyNewLine, "27;3;13~": keyNewLine,
	"1;5H": keyHome, "1;5F": keyEnd, "3;2~": keyDelete, "3;3~": keyKillPartRight, "3;5~": keyKillPartRight,
}

const (
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"

	// longestSequence bounds how much of an unfinished sequence is held back, so that
	// a stray introducer cannot swallow what a person types.
	longestSequence = 256
)

// controlX begins a key of two.
const controlX = 0x18

// A tokeniser cuts the bytes of a terminal into keys. What it yields does not depend
// on how the bytes were divided among reads; an unfinished sequence or character is held.
type tokeniser struct {
	held    []byte
	escaped bool // Escape was told, and may yet turn out to be the start of a sequence
	pasting bool
	paste   []byte
}

const (
	// escapeDelay is how long an ESC waits for the rest of a sequence before it is the Escape key.
	escapeDelay = 300 * time.Millisecond

	// sequenceDelay is how long the rest of a sequence is waited for, which no person types. A slow line
	// delivers it in pieces.
	sequenceDelay = time.Second
)

// feed takes the bytes of one read and returns the keys they complete.
func (t *tokeniser) feed(chunk []byte) []key {
	if t.escaped && len(t.held) == 0 && len(chunk) > 0 {
		if t.escaped = chunk[0] == '['; t.escaped {
			t.held = append(t.held, 0x1b)
		}
	}
	t.held = append(t.held, chunk...)
	rest, keys := t.held, []key(nil)
	for len(rest) > 0 {
		k, n := t.next(rest)
		if n == 0 {
			break
		}
		rest = rest[n:]
		if k.name != keyIgnored {
			keys = append(keys, k)
		}
	}
	t.held = slices.Clone(rest)
	t.escaped = t.escaped && len(rest) > 0
	return keys
}

// waits returns how long the held bytes wait for more before expire decides what they mean; 0 is for ever. An Escape
// key and the start of a sequence are the same byte.
func (t *tokeniser) waits() time.Duration {
	switch {
	case t.pasting:
		return 0
	case len(t.held) == 1 && t.held[0] == 0x1b:
		return escapeDelay
	case len(t.held) > 1 && t.held[0] == 0x1b, t.escaped:
		return sequenceDelay
	}
	return 0
}

// expire decides what was waiting: a lone Escape is the key, the start of a sequence is dropped. Bytes that follow an
// Escape which was told already were typed.
func (t *tokeniser) expire() (keys []key) {
	switch {
	case len(t.held) == 1:
		t.held, t.escaped = nil, true
		return []key{{name: keyEscape}}
	case len(t.held) > 1 && t.escaped:
		keys = []key{{keyText, string(t.held[1:])}}
	}
	t.held, t.escaped = nil, false
	return keys
}

// next returns the first key of b and its length, or 0 when b holds only a part of it.
func (t *tokeniser) next(b []byte) (key, int) {
	switch {
	case t.pasting:
		return t.nextPasted(b)
	case b[0] == 0x1b:
		return t.nextEscape(b)
	case b[0] == controlX && len(b) == 1:
		return key{}, 0
	case b[0] == controlX && b[1] == 0x05:
		return key{name: keyExternal}, 2
	case b[0] < 0x20 || b[0] == 0x7f:
		return key{name: controlKeys[b[0]]}, 1
	}
	var run strings.Builder
	n := 0
	for n < len(b) && b[n] >= 0x20 && b[n] != 0x7f {
		if !utf8.FullRune(b[n:]) {
			break
		}
		r, size := utf8.DecodeRune(b[n:]) // an invalid byte shows as U+FFFD rather than vanish
		if !unicode.IsControl(r) {
			run.WriteRune(r)
		}
		n += size
	}
	if run.Len() == 0 {
		return key{}, n
	}
	return key{keyText, run.String()}, n
}

func (t *tokeniser) nextPasted(b []byte) (key, int) {
	if i := bytes.Index(b, []byte(pasteEnd)); i >= 0 {
		k := key{keyPaste, string(append(t.paste, b[:i]...))}
		t.pasting, t.paste = false, nil
		return k, i + len(pasteEnd)
	}
	n := len(b)
	for i := max(0, n-len(pasteEnd)+1); i < n; i++ {
		if strings.HasPrefix(pasteEnd, string(b[i:])) {
			n = i
		}
	}
	t.paste = append(t.paste, b[:n]...)
	return key{}, n
}

func (t *tokeniser) nextEscape(b []byte) (key, int) {
	if len(b) == 1 {
		return key{}, 0
	}
	switch c := b[1]; {
	case c == '[':
		return t.nextCSI(b)
	case c == 'O':
		if len(b) < 3 {
			return key{}, 0
		}
		if b[2] < 0x20 || b[2] > 0x7e { // Alt-O, then another key
			return key{}, 2
		}
		return key{name: sequenceKeys[string(b[2:3])]}, 3
	case strings.IndexByte("]P^_X", c) >= 0: // a string sent by the terminal, up to BEL or ESC \
		for i := 2; i < len(b); i++ {
			switch {
			case b[i] == 0x07:
				return key{}, i + 1
			case b[i] == '\\' && b[i-1] == 0x1b:
				return key{}, i + 1
			case i > longestSequence:
				return key{}, 2
			}
		}
		return key{}, 0
	case altKeys[c] != keyIgnored:
		return key{name: altKeys[c]}, 2
	case c < 0x20: // Escape, then another key
		return key{name: keyEscape}, 1
	case !utf8.FullRune(b[1:]):
		return key{}, 0
	default: // Alt and a character without a meaning
		_, size := utf8.DecodeRune(b[1:])
		return key{}, 1 + size
	}
}

func (t *tokeniser) nextCSI(b []byte) (key, int) {
	if len(b) > 2 && b[2] == '[' { // the Linux console's F1 to F5: ESC [ [ A
		if len(b) < 4 {
			return key{}, 0
		}
		return key{}, 4
	}
	for i := 2; i < len(b); i++ {
		switch c := b[i]; {
		case c >= 0x40 && c <= 0x7e:
			if string(b[:i+1]) == pasteStart {
				t.pasting = true
				return key{}, i + 1
			}
			if i == 2 && c == 'M' { // a mouse report of a program that died: three bytes follow
				if len(b) < 6 {
					return key{}, 0
				}
				return key{}, 6
			}
			return key{name: sequenceKeys[string(b[2:i+1])]}, i + 1
		case c < 0x20 || c > 0x7e || i > longestSequence: // not a sequence after all
			return key{}, i
		}
	}
	return key{}, 0
}
