package commands

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"epev/model"
)

// A mark tells where the next page of a list begins: behind the record of an id. Where the list is sorted by something
// else, the mark holds that value too, so that the record need not be there any more. People see the id alone, or one
// word of letters and digits: "m", then base 62 of
//
//	version (1 byte), list and order (2), id (a varint), value (what remains), checksum (2)
//
// It gives nobody anything: who makes one up sees the same rows, from another place on.
type mark struct {
	noun string // whose list: "client"; empty for an id alone
	sort model.Order
	id   int64
	key  string    // Page.AfterKey
	at   time.Time // the moment that it stands for; zero where that has another value, none, or no end
}

const markVersion = 2

// maxMark is the longest mark that is read: a sorted text has at most 256 characters.
const maxMark = 2000

// markOf returns the mark of the record of this id, whose value in the sort field is v. The zero time may be that of a
// predecessor's row, or none at all: then the id alone tells.
func markOf(noun string, sort model.Order, id int64, v any) mark {
	if day, is := v.(model.Day); is {
		v = time.Time(day)
	}
	at, is := v.(time.Time)
	if is && at.IsZero() || sort.Kind == model.ByID || sort.Kind == "" {
		return mark{id: id}
	}
	m := mark{noun: noun, sort: sort, id: id, key: keyOf(v)}
	if is && model.Endless(at) == "" {
		m.at = at
	}
	return m
}

// parseMark reads what String writes.
func parseMark(field, raw string) (mark, error) {
	if !strings.HasPrefix(raw, "m") {
		id, err := model.ParseID(field, raw)
		return mark{id: id}, err
	}
	m, ok := decodeMark(raw)
	if !ok {
		if shown := []rune(raw); len(shown) > 60 {
			raw = string(shown[:60]) + "…"
		}
		return m, model.Invalid(field, "%s %q is no mark of a list", field, raw).WithHint("copy the whole of it from the line below a page, or give an id")
	}
	return m, nil
}

// place lets a page of the noun's list begin behind the mark. A mark of another list or order is a Usage error that
// says so.
func (m mark) place(field, noun string, p *model.Page) error {
	if m.noun == "" {
		p.After = m.id
		return nil
	}
	if m.noun != noun || m.sort != p.Sort {
		return model.Invalid(field, `this mark is of "%s list --sort %s", not of "%s list --sort %s"`, m.noun, m.sort, noun, p.Sort).
			WithHint("give it to the list that told it, or begin without --%s", field)
	}
	p.After, p.AfterKey = m.id, &m.key
	return nil
}

// keyOf writes a sorted value as SQL reads it; empty for nothing.
func keyOf(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case time.Time:
		if end := model.Endless(v); end != "" {
			return end
		}
		return momentKey(v.UTC())
	case bool:
		if v {
			return "1"
		}
		return "0"
	}
	return fmt.Sprint(v)
}

// epoch is the second from which PostgreSQL counts microseconds: those of all its times are as many as 64 bits hold.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Unix()

// momentKey writes a time as SQL reads it, of whatever year.
func momentKey(t time.Time) string {
	year, era := t.Year(), ""
	if year < 1 {
		year, era = 1-year, " BC"
	}
	return fmt.Sprintf("%04d%s%s", year, t.Format("-01-02T15:04:05.999999Z"), era)
}

// listAndOrder stands for a list and its order: 16 bits, which differ between all of them.
func listAndOrder(noun string, sort model.Order) uint16 {
	return uint16(crc32.ChecksumIEEE([]byte(noun + " " + sort.String())))
}

// String returns the mark as --after takes it.
func (m mark) String() string {
	if m.noun == "" {
		return strconv.FormatInt(m.id, 10)
	}
	b := binary.BigEndian.AppendUint16([]byte{markVersion}, listAndOrder(m.noun, m.sort))
	b = binary.AppendUvarint(b, uint64(m.id))
	if !m.at.IsZero() {
		b = binary.AppendVarint(b, (m.at.Unix()-epoch)*1e6+int64(m.at.Nanosecond()/1e3))
	} else {
		b = append(b, m.key...)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(crc32.ChecksumIEEE(b)))
	return "m" + new(big.Int).SetBytes(b).Text(62)
}

var numberKey = model.Pattern(`^(-?\d{1,30}(\.\d{1,20})?|NaN|-?Infinity)?$`)

// decodeMark reads a mark strictly: nothing but what String writes.
func decodeMark(raw string) (m mark, ok bool) {
	if len(raw) > maxMark {
		return m, false
	}
	n, ok := new(big.Int).SetString(raw[1:], 62)
	if !ok {
		return m, false
	}
	b := n.Bytes()
	if len(b) < 6 || b[0] != markVersion {
		return m, false
	}
	of := binary.BigEndian.Uint16(b[1:])
	for _, n := range nouns() {
		for _, o := range n.orders() {
			for _, o.Descending = range []bool{false, true} {
				if listAndOrder(n.title(), o) == of {
					m.noun, m.sort = n.title(), o
				}
			}
		}
	}
	b = b[3 : len(b)-2]
	id, size := binary.Uvarint(b)
	if size <= 0 || id == 0 || id > math.MaxInt32 {
		return m, false
	}
	m.id, m.key = int64(id), string(b[size:])
	switch m.sort.Kind {
	case model.ByText:
		ok = utf8.ValidString(m.key) && !strings.ContainsRune(m.key, 0)
	case model.ByMoment:
		if m.key != "" && m.key != model.Endless(model.BeforeAllTime) && m.key != model.Endless(model.AfterAllTime) {
			micros, size := binary.Varint([]byte(m.key))
			m.at = time.Unix(epoch+micros/1e6, micros%1e6*1e3).UTC()
			ok = size == len(m.key) && m.at.After(model.BeforeAllTime) && m.at.Before(model.AfterAllTime)
			m.key = keyOf(m.at)
		}
	case model.ByNumber:
		ok = numberKey().MatchString(m.key)
	case model.ByFlag:
		ok = m.key == "0" || m.key == "1"
	default:
		ok = false
	}
	return m, ok && m.String() == raw // the checksum too
}
