package tabular

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"epev/model"
)

// mark is how programs begin a file in UTF-8.
var mark = []byte("\xEF\xBB\xBF")

// decoded returns the text of a file in UTF-8, and whether it is told by a mark or by bytes that are none. One that is not is in Windows-1252,
// if all of it is: then a French program wrote it.
func decoded(f *os.File, path string) (r io.Reader, marked bool, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, false, err
	}
	found, err := examined(bufio.NewReaderSize(f, 1<<16), path)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	switch {
	case err != nil:
		return nil, false, err
	case found.proper > 0 && found.other > 0:
		return nil, false, wrong("%s is in two encodings: line %d is UTF-8, and line %d is not", path, found.proper, found.other).WithHint("save it as UTF-8")
	case found.other > 0:
		r, marked = charmap.Windows1252.NewDecoder().Reader(f), true
	default:
		b := bufio.NewReaderSize(f, 1<<16)
		for head, _ := b.Peek(len(mark)); bytes.Equal(head, mark); head, _ = b.Peek(len(mark)) { // some programs write one before another's
			_, _ = b.Discard(len(mark))
			marked = true
		}
		r = b
	}
	if found.returns > 0 && found.feeds == 0 {
		r = feeding{r}
	}
	return r, marked, nil
}

// feeding ends the lines of an old Macintosh's file as others do.
type feeding struct{ io.Reader }

func (f feeding) Read(b []byte) (int, error) {
	n, err := f.Reader.Read(b)
	for i, c := range b[:n] {
		if c == '\r' {
			b[i] = '\n'
		}
	}
	return n, err
}

// text is what a file was found to be.
type text struct {
	proper, other  int // the first line with letters in UTF-8 beyond ASCII, and the first that is no UTF-8; 0 for none
	feeds, returns int // how many line feeds it has, and how many returns alone
}

// examined finds out how a text is written. It refuses what is no text.
func examined(r *bufio.Reader, path string) (found text, err error) {
	if head, _ := r.Peek(4); len(head) >= 2 && (head[0] == 0xFF && head[1] == 0xFE || head[0] == 0xFE && head[1] == 0xFF) {
		return found, wrong("%s is in UTF-16", path).WithHint("save it as UTF-8")
	}
	for before := rune(0); ; {
		c, size, err := r.ReadRune()
		if before == '\r' && c != '\n' {
			found.returns++
		}
		line := 1 + found.feeds
		if found.feeds == 0 {
			line += found.returns
		}
		switch {
		case errors.Is(err, io.EOF):
			return found, nil
		case err != nil:
			return found, err
		case c == '\n':
			found.feeds++
		case c == utf8.RuneError && size == 1:
			_ = r.UnreadRune()
			if b, _ := r.ReadByte(); slices.Contains([]byte{0x81, 0x8D, 0x8F, 0x90, 0x9D}, b) {
				return found, wrong("%s, line %d is neither UTF-8 nor Windows-1252", path, line).WithHint("save it as UTF-8")
			}
			if found.other == 0 {
				found.other = line
			}
		case c < ' ' && !strings.ContainsRune("\r\t\v\f\x1A", c):
			return found, wrong("%s, line %d holds the character %U: it is no text", path, line, c).WithHint("save it as csv, jsonl or xlsx")
		case c >= utf8.RuneSelf && c != '\uFEFF' && found.proper == 0:
			found.proper = line
		}
		before = c
	}
}

// separators are those between cells, the likeliest first.
const separators = ";,\t|"

// separatorOf finds the separator of a header: the one that stands in it most often, outside of quotes.
func separatorOf(header []byte) rune {
	best, most := ',', 0
	for _, s := range separators {
		n, quoted := 0, false
		for _, c := range string(header) {
			if c == '"' {
				quoted = !quoted
			} else if c == s && !quoted {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	return best
}

// separated reads csv.
func separated(t *Table, read *counter, path string) error {
	r := bufio.NewReaderSize(read, 1<<16)
	head, _ := r.Peek(1 << 15)
	start := len(head) - len(bytes.TrimLeft(head, "\r\n"))
	line, _, _ := bytes.Cut(head[start:], []byte("\n"))
	c := csv.NewReader(r)
	c.Comma, c.FieldsPerRecord = separatorOf(line), -1
	if told, is := bytes.CutPrefix(bytes.TrimRight(line, "\r"), []byte("sep=")); is && len(told) == 1 && told[0] != '"' { // as Excel takes it
		if _, err := r.Discard(start + len(line)); err != nil {
			return err
		}
		c.Comma = rune(told[0])
	}
	t.Comma = c.Comma
	read.record()
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return wrong("%s is empty", path).WithHint("give a file with a line of column names, and lines below it")
	}
	if err != nil {
		return broken(path, err, 0)
	}
	t.Header = header
	t.HeaderLine, _ = c.FieldPos(0)
	last := t.HeaderLine
	t.next = func() (Row, error) {
		read.record()
		cells, err := c.Read()
		if err != nil {
			return Row{}, broken(path, err, last)
		}
		row := Row{Cells: cells, Column: -1}
		row.Line, _ = c.FieldPos(0)
		last = row.Line
		for i, cell := range cells {
			switch text, is := literal(cell); {
			case is:
				cells[i] = text
			case strings.HasPrefix(cell, "=") && row.Wrong == nil && !t.passes(i):
				row.Wrong, row.Column = formula(), i
			default:
				cells[i] = Armed(cell)
			}
		}
		if n := len(t.Header); len(cells) != n && row.Wrong == nil {
			if extra := cells[min(n, len(cells)):]; len(extra) > 0 && blank(extra) {
				row.Cells = cells[:n]
			} else {
				row.Wrong = model.Invalid("", "the line has %s, and the header %s", model.Count(int64(len(cells)), "cell"), model.Count(int64(n), "column")).
					WithHint("put a value that holds the separator in quotes")
			}
		}
		return row, nil
	}
	return nil
}

func formula() error {
	return model.Invalid("", "a formula stands here").WithHint("save the values that the formulas have")
}

// literal reads a text that is written as a formula, as a French Excel wants telephone numbers: ="+33612345678".
func literal(cell string) (text string, is bool) {
	inner, is := strings.CutPrefix(cell, `="`)
	if inner, ends := strings.CutSuffix(inner, `"`); is && ends && !strings.Contains(inner, `"`) {
		return inner, true
	}
	return "", false
}

// broken tells where csv breaks off, behind the record of line last.
func broken(path string, err error, last int) error {
	e, ok := errors.AsType[*csv.ParseError](err)
	switch {
	case errors.Is(err, errLong) && last == 0:
		return wrong("%s begins with a record that is longer than 16 megabytes", path).WithHint(`close the quote that may be open in it`)
	case errors.Is(err, errLong):
		return wrong("%s: the record behind that of line %d is longer than 16 megabytes", path, last).WithHint(`close the quote that may be open in it`)
	case !ok:
		return err
	case errors.Is(e.Err, csv.ErrQuote) && e.StartLine != e.Line:
		return wrong("%s: a quote that opens in the record of line %d is not closed as it should be: line %d, column %d", path, e.StartLine, e.Line, e.Column).
			WithHint(`close it; a quote within quotes is written ""`)
	case errors.Is(e.Err, csv.ErrQuote):
		return wrong("%s: a quote is not closed as it should be: line %d, column %d", path, e.Line, e.Column).WithHint(`close it; a quote within quotes is written ""`)
	case errors.Is(e.Err, csv.ErrBareQuote):
		return wrong("%s: a quote stands within a value: line %d, column %d", path, e.Line, e.Column).WithHint(`put the whole value in quotes, and write "" for the quote`)
	}
	return wrong("%s, line %d: %v", path, e.Line, e.Err).WithHint("mend that line")
}

// longestLine is how long a line of JSON may be.
const longestLine = 1 << 20

// lines reads an object a line. The columns are those of the first one: another object may lack some, and has no others.
func lines(t *Table, r *bufio.Reader, path string) error {
	s := bufio.NewScanner(r)
	s.Buffer(make([]byte, 0, 1<<16), longestLine)
	line := 0
	next := func() (names, values []string, err error) {
		for s.Scan() {
			line++
			text := bytes.TrimSpace(s.Bytes())
			if len(text) == 0 {
				continue
			}
			names, values, err := object(text)
			if err != nil {
				err = wrong("%s is no JSON object: %s", at(path, line), model.Escape(err.Error())).WithHint("write one object a line")
			}
			return names, values, err
		}
		if errors.Is(s.Err(), bufio.ErrTooLong) {
			return nil, nil, wrong("%s is longer than a megabyte", at(path, line+1)).WithHint("write one object a line")
		}
		if s.Err() != nil {
			return nil, nil, s.Err()
		}
		return nil, nil, io.EOF
	}
	names, values, err := next()
	if errors.Is(err, io.EOF) {
		return wrong("%s is empty", path).WithHint("give a file with an object a line")
	}
	if err != nil {
		return err
	}
	t.Header, t.HeaderLine = names, line
	places := map[string]int{} // of the keys; the header is tidied later
	for i, name := range names {
		places[name] = i
	}
	first := true
	t.next = func() (Row, error) {
		if first {
			first = false
			return Row{Line: t.HeaderLine, Cells: values, Column: -1}, nil
		}
		names, values, err := next()
		if err != nil {
			return Row{}, err
		}
		row := Row{Line: line, Cells: make([]string, len(t.Header)), Column: -1}
		for i, name := range names {
			place, there := places[name]
			switch {
			case there:
				row.Cells[place] = values[i]
			case row.Wrong == nil:
				row.Wrong = model.Invalid("", "there is no column %q in the first object", model.Short(name)).WithHint("give all objects the same keys")
			}
		}
		return row, nil
	}
	return nil
}

// object reads the values of a JSON object as texts.
func object(text []byte) (names, values []string, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	token := func() (json.Token, error) {
		t, err := d.Token()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("it breaks off")
		}
		if err != nil {
			return nil, fmt.Errorf("%w, behind character %d", err, utf8.RuneCount(text[:min(d.InputOffset(), int64(len(text)))]))
		}
		return t, nil
	}
	if first, err := token(); err != nil || first != json.Delim('{') {
		return nil, nil, cmp.Or(err, errors.New("it begins with no {"))
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := token()
		if err != nil {
			return nil, nil, err
		}
		value, err := token()
		if err != nil {
			return nil, nil, err
		}
		name, said := key.(string), ""
		switch value := value.(type) {
		case string:
			said = value
		case json.Number:
			said = value.String()
		case bool:
			said = strconv.FormatBool(value)
		case json.Delim:
			return nil, nil, fmt.Errorf("a value is no text, number, true, false or null: that of %q", model.Short(name))
		}
		if seen[name] {
			return nil, nil, fmt.Errorf("a key stands in it twice: %q", model.Short(name))
		}
		if strings.ContainsRune(name+said, utf8.RuneError) && !bytes.ContainsRune(text, utf8.RuneError) && !bytes.Contains(bytes.ToLower(text), []byte(`\ufffd`)) {
			return nil, nil, fmt.Errorf("half a character stands in the value of %q", model.Short(name))
		}
		seen[name] = true
		names, values = append(names, name), append(values, said)
	}
	if _, err := token(); err != nil {
		return nil, nil, err
	}
	if d.More() {
		return nil, nil, errors.New("more stands behind it")
	}
	return names, values, nil
}
