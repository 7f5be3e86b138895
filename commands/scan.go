package commands

import (
	"strings"

	"epev/model"
)

// Word is one word of a command line.
type Word struct {
	Text       string // what it says, without its quotes
	Start, End int    // the bytes of the line that write it, with its quotes
	Bare       bool   // no part of it is quoted
}

// Texts returns what the words say.
func Texts(words []Word) []string {
	var texts []string
	for _, w := range words {
		texts = append(texts, w.Text)
	}
	return texts
}

// Scanner turns the bytes of a script into the words of one command as a POSIX shell does, without expansion. Blanks
// separate, '…' is literal, "…" and \ quote, # begins a comment at the start of a word. A \ at the end of a line
// continues it. An open quote goes on over line ends, which belong to its word. All that reads command lines reads them
// through it.
type Scanner struct {
	Words []Word

	word    strings.Builder
	start   int // of the word
	taken   int // bytes
	begun   bool
	quoted  bool // a part of the word
	escaped bool // by a \ right before
	comment bool
	quote   byte // ' or " while open
	lines   int  // that have ended
	opened  int  // how many had when the quote was opened
	deaf    bool // goes on to the command's end, and keeps no more of it
}

// Take takes one byte, and reports whether it ended the command.
func (s *Scanner) Take(c byte) (ended bool) {
	if !s.begun && !s.escaped {
		s.start = s.taken
	}
	ended = s.take(c)
	s.taken++
	return ended
}

func (s *Scanner) take(c byte) (ended bool) {
	if c == '\n' {
		s.lines++
	}
	switch {
	case s.comment && c != '\n':
	case s.escaped:
		if s.escaped = false; c == '\n' {
			return false
		}
		s.quoted = true
		// Within "…" the backslash stands for itself before most characters.
		if s.quote == '"' && !strings.ContainsRune("$`\"\\", rune(c)) {
			s.add('\\')
		}
		s.add(c)
	case c == '\\' && s.quote != '\'':
		s.escaped = true
	case c == s.quote && c != 0:
		s.quote = 0
	case s.quote != 0:
		s.add(c)
	case c == '\n':
		s.end()
		return true
	case c == '\'' || c == '"':
		s.quote, s.opened, s.begun, s.quoted = c, s.lines, true, true
	case c == ' ' || c == '\t':
		s.end()
	case c == '#' && !s.begun:
		s.comment = true
	default:
		s.add(c)
	}
	return false
}

func (s *Scanner) add(c byte) {
	if s.begun = true; !s.deaf {
		s.word.WriteByte(c)
	}
}

// end ends the word, if there is one, and the comment.
func (s *Scanner) end() {
	if s.begun && !s.deaf {
		s.Words = append(s.Words, Word{s.word.String(), s.start, s.taken, !s.quoted})
	}
	s.word.Reset()
	s.begun, s.quoted, s.comment = false, false, false
}

// Deafen has the scanner keep no more of the command, and still find its end.
func (s *Scanner) Deafen() { s.deaf = true }

// CloseQuote closes an open quote, as if it were a character.
func (s *Scanner) CloseQuote() { s.quote = 0 }

// Quote returns the quote that is open, 0 for none.
func (s *Scanner) Quote() byte { return s.quote }

// Waits is what the end of a line waits for: the quote that closes an open one, or \ for the next line.
func (s *Scanner) Waits() string {
	switch {
	case s.quote != 0:
		return string(s.quote)
	case s.escaped:
		return `\`
	}
	return ""
}

// Finish ends a command that nothing follows. first is the number of its first line. A \ at the very end continues with
// nothing.
func (s *Scanner) Finish(first int) error {
	s.end()
	if s.quote == 0 {
		return nil
	}
	return model.Errorf(model.Usage, "the quote %c opened on line %d is not closed", s.quote, first+s.opened).
		WithHint("close it, or write \\%c for the character itself", s.quote)
}

// scan takes the bytes of one command, and returns how many there are.
func (s *Scanner) scan(text string) (size int) {
	for size < len(text) && !s.Take(text[size]) {
		size++
	}
	return size
}

// Unfinished returns the words of a line that is still being written, and the last one, perhaps empty,
// which may go on. Nothing does within a comment, or behind the command's end.
func Unfinished(line string) (words []Word, last Word, over bool) {
	var s Scanner
	for i := range len(line) {
		over = s.Take(line[i]) || over
	}
	last = Word{s.word.String(), s.start, len(line), !s.quoted && !s.escaped}
	if !s.begun && !s.escaped {
		last.Start = len(line)
	}
	return s.Words, last, over || s.comment
}

// Split returns the words of one command, whose lines "\n" separates. Those that send its result elsewhere are words too:
// Read tells them apart.
func Split(command string) ([]string, error) {
	var s Scanner
	if s.scan(command) == len(command) {
		if err := s.Finish(1); err != nil {
			return nil, err
		}
	}
	return Texts(s.Words), nil
}

// IsOne reports whether the text is one command, and holds no line behind it.
func IsOne(text string) bool {
	var s Scanner
	return s.scan(text) == len(text)
}

// Quote writes a word so that Split reads it back.
func Quote(word string) string {
	if word != "" && !sends(word) && !strings.ContainsAny(word, " \t\n\\'\"#") {
		return word
	}
	if !strings.ContainsAny(word, "\"\\$`\n") {
		return `"` + word + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// Join writes words so that Split reads them back.
func Join(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = Quote(w)
	}
	return strings.Join(quoted, " ")
}
