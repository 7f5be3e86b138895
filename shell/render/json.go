package render

import (
	"bufio"
	"bytes"
	"encoding/json"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"epev/commands"
	"epev/model"
)

// json prints a record as an object over several lines, and a list as an array of one object a line. Changes are {"id":
// 8, "changes": {"phone": {"before": …, "after": …}}}, and a lone message is {"message": …}. Times carry the offset of
// the view's Location.
func (p *printer) json(r commands.Result) {
	switch {
	case r.Table != nil && r.Table.Single:
		p.jsonRecord(r.Table)
	case r.Table != nil:
		p.jsonList(r.Table, "")
	case r.ChangedID != 0:
		p.jsonChanges(r)
	case r.Message != "":
		p.Write(append(appendJSONString([]byte(`{"message": `), r.Message), '}'))
	default:
		return
	}
	p.WriteByte('\n')
}

// jsonLines prints each record of a list as an object on a line of its own, and all else as json does, on one line.
func (p *printer) jsonLines(r commands.Result) {
	if r.Table == nil || r.Table.Single {
		var lines, line bytes.Buffer
		whole := printer{bufio.NewWriter(&lines), p.View}
		whole.json(r)
		_ = whole.Flush()                      // a buffer takes everything
		_ = json.Compact(&line, lines.Bytes()) // and what json prints is valid
		if line.Len() > 0 {
			line.WriteByte('\n')
		}
		p.Write(line.Bytes())
		return
	}
	p.jsonRows(r.Table)
}

// jsonRows prints each row as an object on a line of its own.
func (p *printer) jsonRows(t *commands.Table) {
	shown := p.shown(t.Columns)
	for _, row := range t.Rows {
		p.jsonRow(t, shown, row)
		p.WriteByte('\n')
	}
}

// jsonRecord prints a single record, with its related tables nested under their names.
func (p *printer) jsonRecord(t *commands.Table) {
	comma := "{\n  "
	key := func(name string) {
		p.WriteString(comma)
		p.Write(append(appendJSONString(p.AvailableBuffer(), name), ": "...))
		comma = ",\n  "
	}
	for _, i := range p.shown(t.Columns) {
		key(t.Columns[i].Name)
		p.Write(p.appendJSON(p.AvailableBuffer(), t.Rows[0][i]))
	}
	for i := range t.Related {
		key(t.Related[i].Name)
		if related := &t.Related[i]; related.Single {
			p.jsonRow(related, p.shown(related.Columns), related.Rows[0])
		} else {
			p.jsonList(related, "  ")
		}
	}
	p.WriteString("\n}")
}

// jsonList prints the rows of a table; indent is that of the line it begins in.
func (p *printer) jsonList(t *commands.Table, indent string) {
	if len(t.Rows) == 0 {
		p.WriteString("[]")
		return
	}
	shown := p.shown(t.Columns)
	separator := "[\n"
	for _, row := range t.Rows {
		p.WriteString(separator)
		p.WriteString(indent + "  ")
		p.jsonRow(t, shown, row)
		separator = ",\n"
	}
	p.WriteString("\n" + indent + "]")
}

func (p *printer) jsonRow(t *commands.Table, shown []int, row []commands.Value) {
	b := append(p.AvailableBuffer(), '{')
	for n, i := range shown {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONString(b, t.Columns[i].Name), ':')
		b = p.appendJSON(b, row[i])
	}
	p.Write(append(b, '}'))
}

func (p *printer) jsonChanges(r commands.Result) {
	b := strconv.AppendInt([]byte("{\n  \"id\": "), r.ChangedID, 10)
	b = append(b, ",\n  \"changes\": {"...)
	changes := p.changes(r).Rows
	for i, c := range changes {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendJSONString(append(b, "\n    "...), c[1].(string))
		b = p.appendJSON(append(b, `: {"before":`...), c[2])
		b = p.appendJSON(append(b, `,"after":`...), c[3])
		b = append(b, '}')
	}
	if len(changes) > 0 {
		b = append(b, "\n  "...)
	}
	p.Write(append(b, "}\n}"...))
}

func (v View) appendJSON(b []byte, val commands.Value) []byte {
	switch val := val.(type) {
	case int64, bool, commands.Share:
		return append(b, v.machine(val)...)
	case string, model.Email:
		return appendJSONString(b, v.machine(val))
	case model.Amount, time.Time, model.Day:
		if text := v.machine(val); text != "" {
			return appendJSONString(b, text)
		}
	case model.Phone:
		if val != "" {
			return appendJSONString(b, string(val))
		}
	case []string:
		b = append(b, '[')
		for i, s := range val {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, s)
		}
		return append(b, ']')
	case json.RawMessage:
		return appendRawJSON(b, val)
	}
	return append(b, "null"...)
}

// appendRawJSON appends JSON as it is, and escapes the invisible characters as appendJSONString does: outside of
// strings JSON has none.
func appendRawJSON(b, raw []byte) []byte {
	for _, r := range string(raw) {
		if invisible(r) {
			b = appendEscape(b, r)
		} else {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// invisible reports the characters that JSON permits raw in a string and a terminal should not see:
// DEL, C1 and the format characters such as bidirectional overrides.
func invisible(r rune) bool {
	return r > '~' && r < 0x10000 && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

func appendEscape(b []byte, r rune) []byte {
	const hex = "0123456789abcdef"
	return append(b, '\\', 'u', hex[r>>12], hex[r>>8&15], hex[r>>4&15], hex[r&15])
}

// appendJSONString appends s as a JSON string. Unlike encoding/json it leaves < > & alone, and
// escapes what is invisible.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range s { // an invalid byte is U+FFFD
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case ' ' <= r && r <= '~':
			b = append(b, byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r < ' ' || invisible(r):
			b = appendEscape(b, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}
