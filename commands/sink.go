package commands

import (
	"slices"
	"strings"

	"epev/model"
)

// The result of a command goes to the screen, or where the end of its line says: "> FILE" or "| PROGRAM". Both signs act as
// words of their own without quotes. Anywhere else they are characters like any other.

// Sink is where the result of a command goes in place of the screen.
type Sink struct {
	File    string
	Program string // as a POSIX shell takes it
}

// Line is what one command line says.
type Line struct {
	Words []string // of the command
	Sink  Sink
}

// The words that send a result elsewhere. Nothing is ever added to a file: it is written as a whole.
const (
	toFile    = ">"
	toFileEnd = ">>"
	toProgram = "|"
)

func sends(word string) bool { return word == toFile || word == toFileEnd || word == toProgram }

// sink returns the place of the first word that sends the result elsewhere, -1 for none.
func sink(words []Word) int {
	return slices.IndexFunc(words, func(w Word) bool { return w.Bare && sends(w.Text) })
}

// Line returns what the scanned command says, whose text this is. On an error all words are those of the command.
func (s *Scanner) Line(text string) (Line, error) {
	at := sink(s.Words)
	if at < 0 {
		return Line{Words: Texts(s.Words)}, nil
	}
	line := Line{Words: Texts(s.Words[:at])}
	behind := s.Words[at+1:]
	refuse := func(why, hint string) (Line, error) {
		return Line{Words: Texts(s.Words)}, model.Errorf(model.Usage, "%s", why).WithHint("%s; within quotes the sign is a character like any other", hint)
	}
	sign := s.Words[at].Text
	switch {
	case at == 0:
		return refuse("no command stands before "+sign, "write the command first")
	case sign == toFileEnd:
		return refuse("nothing is added to a file", "> writes a file as a whole")
	case sign == toProgram && len(behind) == 0:
		return refuse("no program stands behind |", "name one, as in: client list | less")
	case sign == toProgram:
		line.Sink.Program = text[behind[0].Start:min(behind[len(behind)-1].End, len(text))]
	case len(behind) == 0 || behind[0].Text == "":
		return refuse("no file stands behind >", "name one, as in: client list > clients.csv")
	case len(behind) > 1:
		return refuse("more than one word stands behind >", "give the name of one file at the end of the line, in quotes where it has blanks")
	default:
		line.Sink.File = behind[0].Text
	}
	return line, nil
}

// Read returns what one command line says.
func Read(command string) (Line, error) {
	var s Scanner
	if s.scan(command) == len(command) {
		if err := s.Finish(1); err != nil {
			return Line{}, err
		}
	}
	return s.Line(command)
}

// ReadBroken is Read, which tells the words of a broken command as well as they can be told.
func ReadBroken(command string) (Line, error) {
	line, err := Read(command)
	if err != nil && line.Words == nil {
		line.Words = strings.Fields(command)
	}
	return line, err
}

// String writes the line so that Read reads it back.
func (l Line) String() string {
	switch written := Join(l.Words); {
	case l.Sink.File != "":
		return written + " " + toFile + " " + Quote(l.Sink.File)
	case l.Sink.Program != "":
		return written + " " + toProgram + " " + l.Sink.Program
	default:
		return written
	}
}

// What stands behind the signs.
var (
	place = Param{Name: "file", Positional: true, Format: "FILE", Help: "what the result is written to, in the format of its ending",
		Source: &Source{Local: true, Path: true}}
	program = Param{Name: "program", Positional: true, Format: "PROGRAM", Help: "what reads the result, as in a shell"}
)
