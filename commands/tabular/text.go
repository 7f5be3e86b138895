package tabular

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
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

// decoded returns the text of a file in UTF-8. One that is not is in Windows-1252, if all of it is: then a French program wrote it.
func decoded(f *os.File, path string) (io.Reader, error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	proper, other, err := encodings(bufio.NewReaderSize(f, 1<<16), path)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	switch {
	case err != nil:
		return nil, err
	case proper > 0 && other > 0:
		return nil, wrong("%s is in two encodings: line %d is UTF-8, and line %d is not", path, proper, other).WithHint("save it as UTF-8")
	case other > 0:
		return charmap.Windows1252.NewDecoder().Reader(f), nil
	}
	r := bufio.NewReaderSize(f, 1<<16)
	if head, _ := r.Peek(len(mark)); bytes.Equal(head, mark) {
		_, _ = r.Discard(len(mark))
	}
	return r, nil
}

// encodings returns the first line that has letters in UTF-8 beyond ASCII, and the first that is no UTF-8; 0 for none. It refuses what is no text.
func encodings(r *bufio.Reader, path string) (proper, other int, err error) {
	if head, _ := r.Peek(4); len(head) >= 2 && (head[0] == 0xFF && head[1] == 0xFE || head[0] == 0xFE && head[1] == 0xFF) {
		return 0, 0, wrong("%s is in UTF-16", path).WithHint("save it as UTF-8")
	}
	for line := 1; ; {
		c, size, err := r.ReadRune()
		switch {
		case errors.Is(err, io.EOF):
			return proper, other, nil
		case err != nil:
			return 0, 0, err
		case c == '\n':
			line++
		case c == utf8.RuneError && size == 1:
			_ = r.UnreadRune()
			if b, _ := r.ReadByte(); slices.Contains([]byte{0x81, 0x8D, 0x8F, 0x90, 0x9D}, b) {
				return 0, 0, wrong("%s, line %d is neither UTF-8 nor Windows-1252", path, line).WithHint("save it as UTF-8")
			}
			if other == 0 {
				other = line
			}
		case c < ' ' && !strings.ContainsRune("\r\t\v\f\x1A", c):
			return 0, 0, wrong("%s, line %d holds the character %U: it is no text", path, line, c).WithHint("save it as csv, jsonl or xlsx")
		case c >= utf8.RuneSelf && c != '\uFEFF' && proper == 0:
			proper = line
		}
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
func separated(t *Table, r *bufio.Reader, path string) error {
	head, _ := r.Peek(1 << 15)
	start := len(head) - len(bytes.TrimLeft(head, "\r\n"))
	line, _, _ := bytes.Cut(head[start:], []byte("\n"))
	c := csv.NewReader(r)
	c.Comma, c.FieldsPerRecord = separatorOf(line), -1
	if told, is := bytes.CutPrefix(bytes.TrimRight(line, "\r"), []byte("sep=")); is && len(told) == 1 { // as Excel takes it
		if _, err := r.Discard(start + len(line)); err != nil {
			return err
		}
		c.Comma = rune(told[0])
	}
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return wrong("%s is empty", path).WithHint("give a file with a line of column names, and lines below it")
	}
	if err != nil {
		return broken(path, err)
	}
	t.Header = header
	t.HeaderLine, _ = c.FieldPos(0)
	t.next = func() (Row, error) {
		cells, err := c.Read()
		if err != nil {
			return Row{}, broken(path, err)
		}
		row := Row{Cells: cells, Column: -1}
		row.Line, _ = c.FieldPos(0)
		for i, cell := range cells {
			switch text, is := literal(cell); {
			case is:
				cells[i] = text
			case strings.HasPrefix(cell, "="):
				row.Wrong, row.Column = formula(), i
			case len(cell) > 1 && cell[0] == '\'' && strings.IndexByte("=+-@\t\r", cell[1]) >= 0: // which kept a spreadsheet from running it
				cells[i] = cell[1:]
			}
		}
		if n := len(t.Header); len(cells) != n && row.Wrong == nil {
			if extra := cells[min(n, len(cells)):]; len(extra) > 0 && strings.Join(extra, "") == "" {
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

// broken tells where csv breaks off.
func broken(path string, err error) error {
	e, ok := errors.AsType[*csv.ParseError](err)
	switch {
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
				err = wrong("%s is no JSON object: %v", at(path, line), err).WithHint("write one object a line")
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
			place := slices.Index(t.Header, name)
			if place < 0 {
				row.Wrong = model.Invalid("", "there is no column %q in the first object", model.Escape(name)).WithHint("give all objects the same keys")
				break
			}
			row.Cells[place] = values[i]
		}
		return row, nil
	}
	return nil
}

// object reads the values of a JSON object as texts.
func object(text []byte) (names, values []string, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if token, err := d.Token(); err != nil || token != json.Delim('{') {
		return nil, nil, errors.Join(err, errors.New("it begins with no {"))
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		value, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		said := ""
		switch value := value.(type) {
		case string:
			said = value
		case json.Number:
			said = value.String()
		case bool:
			said = strconv.FormatBool(value)
		case json.Delim:
			return nil, nil, errors.New("a value is no text, number, true, false or null")
		}
		if slices.Contains(names, name.(string)) {
			return nil, nil, errors.New("a key stands in it twice")
		}
		names, values = append(names, name.(string)), append(values, said)
	}
	if _, err := d.Token(); err != nil {
		return nil, nil, err
	}
	if d.More() {
		return nil, nil, errors.New("more stands behind it")
	}
	return names, values, nil
}
