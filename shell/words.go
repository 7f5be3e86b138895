package shell

import (
	"strings"

	"epev/model"
)

// splitter turns the bytes of a script into the words of one command as a POSIX shell does, without
// expansion: blanks separate, '…' is literal, "…" and \ quote, # begins a comment at the start of a
// word. A \ at the end of a line continues it, and an open quote goes on over line ends, which belong
// to its word.
type splitter struct {
	words   []string
	word    strings.Builder
	inWord  bool
	escaped bool // by a \ right before
	comment bool
	quote   byte // ' or " while open
	lines   int  // that have ended
	opened  int  // how many had when the quote was opened
	deaf    bool // goes on to the command's end, and keeps no more of it
}

// take takes one byte, and reports whether it ended the command.
func (s *splitter) take(c byte) (ended bool) {
	if c == '\n' {
		s.lines++
	}
	switch {
	case s.comment && c != '\n':
	case s.escaped:
		if s.escaped = false; c == '\n' {
			return false
		}
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
		s.quote, s.opened, s.inWord = c, s.lines, true
	case c == ' ' || c == '\t':
		s.end()
	case c == '#' && !s.inWord:
		s.comment = true
	default:
		s.add(c)
	}
	return false
}

func (s *splitter) add(c byte) {
	if s.inWord = true; !s.deaf {
		s.word.WriteByte(c)
	}
}

// end ends the word, if there is one, and the comment.
func (s *splitter) end() {
	if s.inWord && !s.deaf {
		s.words = append(s.words, s.word.String())
	}
	s.word.Reset()
	s.inWord, s.comment = false, false
}

// waits is what the end of a line waits for: the quote that closes an open one, or \ for the next line.
func (s *splitter) waits() string {
	switch {
	case s.quote != 0:
		return string(s.quote)
	case s.escaped:
		return `\`
	}
	return ""
}

// finish ends a command after which nothing comes, of which the first line has that number. A \ at
// the very end continues with nothing.
func (s *splitter) finish(first int) error {
	s.end()
	if s.quote == 0 {
		return nil
	}
	return model.Errorf(model.Usage, "the quote %c opened on line %d is not closed", s.quote, first+s.opened).
		WithHint("close it, or write \\%c for the character itself", s.quote)
}

// split returns the words of one command, whose lines "\n" separates.
func split(command string) ([]string, error) {
	var s splitter
	for i := range len(command) {
		if s.take(command[i]) {
			return s.words, nil
		}
	}
	if err := s.finish(1); err != nil {
		return nil, err
	}
	return s.words, nil
}

// quote writes a word so that split reads it back.
func quote(word string) string {
	if word != "" && !strings.ContainsAny(word, " \t\n\\'\"#") {
		return word
	}
	if !strings.ContainsAny(word, "\"\\$`\n") {
		return `"` + word + `"`
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
