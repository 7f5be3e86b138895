package shell

import (
	"strings"

	"epev/model"
)

// splitter turns the lines of a script into words as a POSIX shell does, without expansion:
// blanks separate, '…' is literal, "…" and \ quote, # begins a comment at the start of a word, and
// a \ at the end continues the line.
type splitter struct {
	words  []string
	word   strings.Builder
	inWord bool
	quote  byte // ' or " while open
	opened int  // the line that opened the quote
}

// feed takes the line with that number. more says that the next line belongs to the same command.
func (s *splitter) feed(line string, number int) (more bool, err error) {
	if more = s.feedPart(line, number); more {
		return true, nil
	}
	if s.quote != 0 {
		return false, model.Errorf(model.Usage, "the quote %c opened on line %d is not closed", s.quote, s.opened).
			WithHint("close it on the same line, or write \\%c for the character itself", s.quote)
	}
	s.end()
	return false, nil
}

// feedPart takes a part of a line, or all of it. more says that it ends in a \.
func (s *splitter) feedPart(line string, number int) (more bool) {
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case s.quote == '\'':
			if c == '\'' {
				s.quote = 0
			} else {
				s.word.WriteByte(c)
			}
		case c == '\\':
			if i+1 == len(line) {
				return true
			}
			i++
			// Within "…" the backslash stands for itself before most characters.
			if s.quote == '"' && !strings.ContainsRune("$`\"\\", rune(line[i])) {
				s.word.WriteByte('\\')
			}
			s.word.WriteByte(line[i])
			s.inWord = true
		case s.quote == '"':
			if c == '"' {
				s.quote = 0
			} else {
				s.word.WriteByte(c)
			}
		case c == '\'' || c == '"':
			s.quote, s.opened, s.inWord = c, number, true
		case c == ' ' || c == '\t':
			s.end()
		case c == '#' && !s.inWord:
			return false
		default:
			s.word.WriteByte(c)
			s.inWord = true
		}
	}
	return false
}

func (s *splitter) end() {
	if s.inWord {
		s.words = append(s.words, s.word.String())
		s.word.Reset()
		s.inWord = false
	}
}

// split returns the words of one command, whose lines "\n" separates.
func split(command string) ([]string, error) {
	var s splitter
	lines := strings.Split(command, "\n")
	for i, line := range lines {
		more, err := s.feed(line, i+1)
		if err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	s.end() // a \ at the very end continues with nothing
	return s.words, nil
}

// continues reports whether a command that ends here goes on with the next line.
func continues(command string) bool {
	var s splitter
	more := false
	for i, line := range strings.Split(command, "\n") {
		var err error
		if more, err = s.feed(line, i+1); err != nil {
			return false
		}
	}
	return more
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
