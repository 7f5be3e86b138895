// Package sentences holds the words in which people are told what went wrong, one for each fault of the packages below.
// What is to be told is data (model.Error): a language more is another table, and touches nothing else.
//
// In a sentence {name} is the fact of that name, {name|noun} how many of that noun, {name|; } several with that between
// them. The field at fault is {field}. What was given for it is {value}, in quotes and cut where it is long, or {plain}
// without quotes. In a hint {try} is the first command to run next, {try2} the second, {usage} the first without quotes,
// and {named} the first without the program before it.
package sentences

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"epev/model"
)

// A sentence is what a fault is told in.
type sentence struct {
	said string // names what was wrong, without a final full stop
	next string // what to do, in clauses between semicolons; where it is empty, the accepted form says it
}

// A Reader is for whom a hint is made.
type Reader struct {
	// MayRun reports whether the reader may run a command; nil: all of them.
	MayRun func(command string) bool
	// Program is what is typed before a command where the hint is read, such as "epev"; empty at the prompt.
	Program string
}

// Tell returns a copy of an error with its words: the message, and the hint for that reader.
func Tell(e *model.Error, reader Reader) *model.Error {
	told := *e
	told.Message, told.Hint = message(e), hint(e, reader)
	return &told
}

// Of is Tell of the first Error in err's chain, for who may run everything. Where there is none it has no words.
func Of(err error) *model.Error {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return Tell(e, Reader{})
	}
	return &model.Error{Err: err}
}

// Message tells an error, a notice, or the reason of another error. An error that is not epev's is told in its own
// words.
func Message(err error) string {
	if e, ok := errors.AsType[*model.Error](err); ok {
		return message(e)
	}
	if fault, ok := errors.AsType[model.Fault](err); ok {
		return english[fault].said
	}
	return err.Error()
}

// message returns what went wrong.
func message(e *model.Error) string {
	if e.Fault == "" {
		return e.Error()
	}
	return fill(e, english[e.Fault].said, nil)
}

// hint returns what the reader can do next, without the commands that they may not run.
func hint(e *model.Error, reader Reader) string {
	template := cmp.Or(e.Hint, english[e.Fault].next, forms[e.Accepts])
	if len(e.Try) > 0 && reader.MayRun != nil {
		template = withoutRefused(template, e.Try, reader.MayRun)
	}
	return fill(e, template, func(name string) (string, bool) {
		try, ok := command(e.Try, name)
		if ok && name != "named" && reader.Program != "" {
			try = reader.Program + " " + try
		}
		if name != "usage" {
			try = `"` + try + `"`
		}
		return try, ok
	})
}

// command returns the command that a placeholder stands for.
func command(try []string, name string) (string, bool) {
	at := 1
	if nth, is := strings.CutPrefix(name, "try"); is && nth != "" {
		at, _ = strconv.Atoi(nth)
	} else if !is && name != "usage" && name != "named" {
		return "", false
	}
	if at < 1 || at > len(try) {
		return "", false
	}
	return try[at-1], true
}

// placeholder is {name} or {name|noun}.
var placeholder = model.Pattern(`\{(\w+)(?:\|([^}]+))?\}`)

// withoutRefused returns a hint without the commands that the reader may not run. Each goes with its clause, from the
// last alternative or colon before it. Where there is none, the whole clause goes. So what is left stays a sentence.
// The usage of a refused command goes likewise.
func withoutRefused(template string, try []string, mayRun func(string) bool) string {
	var left []string
	for clause := range strings.SplitSeq(template, "; ") {
		for _, at := range placeholder().FindAllStringSubmatchIndex(clause, -1) {
			if c, is := command(try, clause[at[2]:at[3]]); is && !mayRun(c) {
				before := strings.TrimPrefix(clause[:at[0]], "usage: ")
				clause = before[:max(0, strings.LastIndex(before, ", or "), strings.LastIndex(before, ": "))]
				break
			}
		}
		if clause != "" {
			left = append(left, clause)
		}
	}
	return strings.Join(left, "; ")
}

// fill puts what placeholders stand for in their place, and leaves what stands for nothing as it is.
func fill(e *model.Error, template string, more func(name string) (string, bool)) string {
	return placeholder().ReplaceAllStringFunc(template, func(found string) string {
		m := placeholder().FindStringSubmatch(found)
		switch fact, known := e.Facts[m[1]]; {
		case known:
			return tell(fact, m[2])
		case m[1] == "field":
			return e.Field
		case m[1] == "value":
			return model.Quoted(e.Value)
		case m[1] == "plain":
			return e.Value
		case more != nil:
			if text, is := more(m[1]); is {
				return text
			}
		}
		return found
	})
}

// tell shows a fact: a character by its code point, several things as alternatives, a number with the noun that it
// counts, and other errors with what separates them.
func tell(fact any, more string) string {
	switch v := fact.(type) {
	case int:
		return tell(int64(v), more)
	case int64:
		if more != "" {
			return model.Count(v, more)
		}
	case rune:
		return fmt.Sprintf("%U", v)
	case []string:
		return strings.Join(v, cmp.Or(more, " or "))
	case []model.Counted:
		var counts []string
		for _, c := range v {
			counts = append(counts, model.Count(c.N, c.Noun))
		}
		return strings.Join(counts, " and ")
	case fs.FileMode:
		return fmt.Sprintf("%04o", v)
	case error:
		return Message(v)
	case []error:
		var said []string
		for _, e := range v {
			said = append(said, Message(e))
		}
		if more == "and" {
			return List(said, more)
		}
		return strings.Join(said, more)
	}
	return fmt.Sprint(fact)
}

// List writes words as people do: "a, b and c".
func List(words []string, conjunction string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}
