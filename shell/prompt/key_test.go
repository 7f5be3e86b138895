package prompt

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func tokens(chunks ...string) []key {
	var t tokeniser
	var keys []key
	for _, chunk := range chunks {
		keys = append(keys, t.feed([]byte(chunk))...)
	}
	for t.waits() > 0 {
		keys = append(keys, t.expire()...)
	}
	return merged(keys)
}

// merged joins neighbouring runs of text: where a read ends is no property of the input.
func merged(keys []key) []key {
	var all []key
	for _, k := range keys {
		if n := len(all); n > 0 && k.name == keyText && all[n-1].name == keyText {
			all[n-1].text += k.text
		} else {
			all = append(all, k)
		}
	}
	return all
}

func TestTokens(t *testing.T) {
	t.Parallel()
	text := func(s string) key { return key{keyText, s} }
	named := func(names ...keyName) (keys []key) {
		for _, n := range names {
			keys = append(keys, key{name: n})
		}
		return keys
	}
	for name, test := range map[string]struct {
		chunks []string
		want   []key
	}{
		"a line and its end in one read":   {[]string{"help\r"}, []key{text("help"), {name: keyEnter}}},
		"several lines in one read":        {[]string{"a\rb\n"}, []key{text("a"), {name: keyEnter}, text("b"), {name: keyEnter}}},
		"a character in two reads":         {[]string{"caf\xc3", "\xa9"}, []key{text("café")}},
		"a wide one in four":               {[]string{"\xf0", "\x9f", "\x8e", "\x89"}, []key{text("🎉")}},
		"invalid UTF-8 is seen":            {[]string{"a\xe9b"}, []key{text("a\ufffdb")}},
		"C1 controls are no text":          {[]string{"a\u009bb"}, []key{text("ab")}},
		"NUL":                              {[]string{"a\x00b"}, []key{text("ab")}},
		"arrows":                           {[]string{"\x1b[A\x1bOB\x1b[C\x1bOD"}, named(keyUp, keyDown, keyRight, keyLeft)},
		"a sequence in three reads":        {[]string{"\x1b", "[", "3~"}, named(keyDelete)},
		"home and end":                     {[]string{"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1bOH\x1bOF"}, named(keyHome, keyEnd, keyHome, keyEnd, keyHome, keyEnd, keyHome, keyEnd)},
		"words":                            {[]string{"\x1b[1;5C\x1b[1;5D\x1bf\x1bb\x1bd\x1b\x7f\x17"}, named(keyWordRight, keyWordLeft, keyWordRight, keyWordLeft, keyKillPartRight, keyKillPartLeft, keyKillWordLeft)},
		"shift-tab":                        {[]string{"\x1b[Z"}, named(keyBackTab)},
		"a lone escape":                    {[]string{"\x1b"}, named(keyEscape)},
		"escape, then enter":               {[]string{"\x1b\r"}, named(keyEscape, keyEnter)},
		"two escapes":                      {[]string{"\x1b\x1b"}, named(keyEscape, keyEscape)},
		"function keys":                    {[]string{"\x1bOP\x1b[15~\x1b[24~\x1b[24;2~\x1b[[A\x1b[1;2Px"}, []key{text("x")}},
		"Alt and a letter":                 {[]string{"\x1bx\x1bé\x1bOx"}, nil},
		"unknown and private sequences":    {[]string{"\x1b[?1;2c\x1b[12;40R\x1b[<0;1;2Mx\x1b[200;5u\x1b[ q"}, []key{text("x")}},
		"a mouse report":                   {[]string{"\x1b[M !!x"}, []key{text("x")}},
		"an interrupted sequence":          {[]string{"\x1b[12\rx"}, []key{{name: keyEnter}, text("x")}},
		"a string of the terminal":         {[]string{"\x1b]11;rgb:00/00/00\x07a\x1bP1$r\x1b\\b"}, []key{text("ab")}},
		"an unfinished sequence":           {[]string{"a\x1b["}, []key{text("a")}},
		"an unfinished string":             {[]string{"\x1b]" + strings.Repeat("a", longestSequence)}, []key{text(strings.Repeat("a", longestSequence))}},
		"a paste":                          {[]string{"a\x1b[200~b\rc\x03\x1b[A\x1b[201~d"}, []key{text("a"), {keyPaste, "b\rc\x03\x1b[A"}, text("d")}},
		"a paste whose end is cut":         {[]string{"\x1b[20", "0~b\x1b[2", "01~", "\r"}, []key{{keyPaste, "b"}, {name: keyEnter}}},
		"a paste that nearly ends, thrice": {[]string{"\x1b[200~\x1b[2", "\x1b[20", "\x1b[201", "~"}, []key{{keyPaste, "\x1b[2\x1b[20"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, tokens(test.chunks...), cmp.AllowUnexported(key{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// On a slow line a sequence comes in pieces, and the first of them may be taken for the Escape key.
func TestTokensOfASlowLine(t *testing.T) {
	t.Parallel()
	const late = "" // the wait for more comes to its end
	for name, test := range map[string]struct {
		chunks []string
		want   []key
	}{
		"an arrow":                      {[]string{"\x1b", late, "[", "A"}, []key{{name: keyEscape}, {name: keyUp}}},
		"a delete":                      {[]string{"\x1b", late, "[3", "~x"}, []key{{name: keyEscape}, {name: keyDelete}, {keyText, "x"}}},
		"a paste":                       {[]string{"\x1b", late, "[200~a\rb\x1b", "[201~"}, []key{{name: keyEscape}, {keyPaste, "a\rb"}}},
		"an unknown sequence":           {[]string{"\x1b", late, "[12;40R"}, []key{{name: keyEscape}}},
		"Escape, then a bracket":        {[]string{"\x1b", late, "[", late}, []key{{name: keyEscape}, {keyText, "["}}},
		"Escape, then a word":           {[]string{"\x1b", late, "Oui", "[A"}, []key{{name: keyEscape}, {keyText, "Oui[A"}}},
		"Escape, a while, a bracket":    {[]string{"\x1b", late, late, "[A"}, []key{{name: keyEscape}, {keyText, "[A"}}},
		"a sequence that never goes on": {[]string{"\x1b[3", late, "x"}, []key{{keyText, "x"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tok tokeniser
			var keys []key
			for _, chunk := range append(test.chunks, late) {
				if chunk == late {
					keys = append(keys, tok.expire()...)
				} else {
					keys = append(keys, tok.feed([]byte(chunk))...)
				}
			}
			if diff := cmp.Diff(test.want, merged(keys), cmp.AllowUnexported(key{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// FuzzTokens holds that keys do not depend on how reads divide the bytes, and that text
// is valid and without control characters.
func FuzzTokens(f *testing.F) {
	f.Add([]byte("help\r\x1b[A\x1b[200~é\r\x1b[201~x\x1b]a\x07"), 3)
	f.Add([]byte("\x1b[\x1b[\x1bO\x1b\x1b[M123\xc3\xa9"), 1)
	f.Fuzz(func(t *testing.T, input []byte, size int) {
		size = max(1, size)
		chunks := []string{}
		for rest := string(input); rest != ""; {
			n := min(size, len(rest))
			chunks, rest = append(chunks, rest[:n]), rest[n:]
		}
		whole := tokens(string(input))
		if diff := cmp.Diff(whole, tokens(chunks...), cmp.AllowUnexported(key{})); diff != "" {
			t.Error(diff)
		}
		for _, k := range whole {
			if k.name == keyText && (!utf8.ValidString(k.text) || strings.ContainsFunc(k.text, func(r rune) bool { return r < 0x20 || r == 0x7f })) {
				t.Errorf("text %q", k.text)
			}
		}
	})
}
