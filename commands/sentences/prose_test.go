package sentences_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	longestSentence = 30  // words
	longestFile     = 400 // lines, unless the file says why it has more
)

// folders are all that the top level shows beside main.go and main_test.go.
var folders = []string{"shell", "commands", "model", "data", "security", "sql", "testdata"}

// root is the repository.
var root = os.DirFS("../..")

func TestTheTopLevelIsFixed(t *testing.T) {
	t.Parallel()
	entries, err := fs.ReadDir(root, ".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() && !strings.HasPrefix(name, ".") && !slices.Contains(folders, name) ||
			strings.HasSuffix(name, ".go") && name != "main.go" && name != "main_test.go" {
			t.Errorf("%s: it belongs into one of %v", name, folders)
		}
	}
}

func TestACommentsSentenceHasAtMostThirtyWords(t *testing.T) {
	t.Parallel()
	for _, path := range sources(t, ".go", ".sql") {
		for _, s := range sentences(commentLines(t, path)) {
			if len(s.words) > longestSentence {
				t.Errorf("%s:%d: a sentence of %d words: %s", path, s.line, len(s.words), strings.Join(s.words, " "))
			}
		}
	}
}

func TestAFileOfMoreThanFourHundredLinesSaysWhyAtItsHead(t *testing.T) {
	t.Parallel()
	reason := regexp.MustCompile(`This file is long,? (because|since|as) `)
	for _, path := range sources(t, ".go", ".sql") {
		text := read(t, path)
		if strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata/") || strings.Count(text, "\n") <= longestFile {
			continue
		}
		head, _, _ := strings.Cut(text, "\nimport ")
		if !reason.MatchString(head) {
			t.Errorf(`%s has more than %d lines: split it, or say above its imports "This file is long because …"`, path, longestFile)
		}
	}
}

func TestSentencesOfAComment(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"One ends. Another begins\non the next line.":       {"One ends.", "Another begins on the next line."},
		"A title\n\nA sentence.":                            {"A title", "A sentence."},
		"A list:\n  - one\n    and more\n  - two\nThe end.": {"A list:", "one and more", "two", "The end."},
		"Steps:\n 1. one\n 2. two":                          {"Steps:", "one", "two"},
		"Code:\n\n\tgo run . any. thing\n\nAfter it.":       {"Code:", "After it."},
		`It says "no." to all (see RFC 2606.) Then it ends`: {`It says "no."`, "to all (see RFC 2606.)", "Then it ends"},
		"What e.g. 3.14 is? Nothing!":                       {"What e.g. 3.14 is?", "Nothing!"},
	} {
		var lines []line
		for i, l := range strings.Split(text, "\n") {
			lines = append(lines, line{i + 1, l})
		}
		var got []string
		for _, s := range sentences(lines) {
			got = append(got, strings.Join(s.words, " "))
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q: sentences %q, want %q", text, got, want)
		}
	}
}

// sources are the files of this repository with one of the endings.
func sources(t *testing.T, endings ...string) (paths []string) {
	t.Helper()
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != "." && strings.HasPrefix(entry.Name(), ".") {
			return fs.SkipDir
		}
		for _, ending := range endings {
			if strings.HasSuffix(path, ending) {
				paths = append(paths, path)
			}
		}
		return nil
	})
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	return paths
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := fs.ReadFile(root, path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// line is a line of a comment without its marks. An empty one parts two comments, or two paragraphs of one.
type line struct {
	number int
	text   string
}

// directive is what tools read, not people.
var directive = regexp.MustCompile(`^(//[a-z]+:[a-z]|-- (name: |\+goose))`)

func commentLines(t *testing.T, path string) (lines []line) {
	t.Helper()
	add := func(number int, text string) {
		if directive.MatchString(text) {
			text = ""
		}
		text = strings.TrimPrefix(strings.TrimPrefix(text, "//"), "--")
		lines = append(lines, line{number, strings.TrimPrefix(text, " ")})
	}
	text := read(t, path)
	if strings.HasSuffix(path, ".sql") {
		previous := false // whether the line above is nothing but a comment
		for i, row := range strings.Split(text, "\n") {
			whole := strings.HasPrefix(strings.TrimSpace(row), "--")
			if !whole || !previous {
				add(i+1, "")
			}
			if start := strings.Index(row, "--"); start >= 0 && strings.Count(row[:start], "'")%2 == 0 {
				add(i+1, row[start:])
			}
			previous = whole
		}
		return lines
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Comments {
		add(files.Position(group.Pos()).Line, "")
		for _, comment := range group.List {
			inner := strings.TrimSuffix(strings.TrimPrefix(comment.Text, "/*"), "*/")
			for i, row := range strings.Split(inner, "\n") {
				add(files.Position(comment.Pos()).Line+i, row)
			}
		}
	}
	return lines
}

// phrase is one sentence, or one item of a list, from the line on which it begins.
type phrase struct {
	line  int
	words []string
}

var (
	item = regexp.MustCompile(`^\s*([-*•]|\d+[.)])\s+`)
	// ending is the end of a sentence's last word. What stands in quotation marks or brackets may end with it.
	ending       = regexp.MustCompile(`[.!?]["'”’»)\]]*$`)
	abbreviation = regexp.MustCompile(`^[("]*(e\.g|i\.e|cf|vs|etc)\.$`)
)

// sentences parts comments into sentences. Indented lines are code or a table and left out, except where they belong to a list.
func sentences(lines []line) (found []phrase) {
	var current phrase
	end := func() {
		if len(current.words) > 0 {
			found = append(found, current)
		}
		current = phrase{}
	}
	inList := false
	for _, l := range lines {
		text := strings.TrimSpace(l.text)
		indented := strings.TrimLeft(l.text, " \t") != l.text
		mark := item.FindString(l.text)
		switch {
		case text == "":
			end()
			inList = false
			continue
		case mark != "":
			end()
			inList = true
			text = l.text[len(mark):]
		case indented && !inList:
			end()
			continue
		case !indented && inList:
			end()
			inList = false
		}
		for _, word := range strings.Fields(text) {
			if len(current.words) == 0 {
				current.line = l.number
			}
			current.words = append(current.words, word)
			if ending.MatchString(word) && !abbreviation.MatchString(word) {
				end()
			}
		}
	}
	end()
	return found
}
