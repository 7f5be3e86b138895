package commands

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"epev/model"
)

// Result is what a command answers. A handler fills it and never prints; package shell alone
// turns it into a table, JSON, CSV, TSV or Markdown. The zero Result prints nothing.
type Result struct {
	// Message is one sentence for a person, such as "Client 8 created." It is printed in the
	// table and Markdown formats, in place of Table; the other formats print the data.
	Message string
	// Table holds a record or the rows of a list.
	Table *Table
	// Changes holds what an update changed.
	Changes []Change
	// ChangedID is the record that Changes is about.
	ChangedID int64
	// Shell is what the command has the shell itself do: a Help, Timing, Clear or Completion; nil for nothing.
	Shell any
	// Next is a command that a terminal is offered after this one, and what it does: "shows what waits for you today".
	Next, Does string
	// Warnings are the doubts about a command that was done without asking anybody.
	Warnings []error
	// Failure is what went wrong although there is something to show: it is told after that, and counts as
	// the command's.
	Failure error
}

// What a command has the shell do.
type (
	// Help is to explain a group or command, or everything where the topic is empty.
	Help struct{ Topic string }
	// Timing is to tell after each command how long it took, or to stop telling.
	Timing struct{ On bool }
	// Clear is to clear the screen.
	Clear struct{}
	// Verbatim is to print a text as it is, for another program or to be kept.
	Verbatim struct{ Text string }
	// Completion is to print the script that completes in that shell.
	Completion struct{ Shell string }
)

// Table is a list of records, or a single one.
type Table struct {
	Name    string // the plural noun: "clients"
	Columns []Column
	Rows    [][]Value // one Value a column
	// Single says that the table is one record: it is shown as two columns, name and value, and
	// is one JSON object instead of an array.
	Single bool
	// Total is how many rows there are in all where Rows is only a page of them; 0 otherwise.
	Total int64
	// More says that there are more than Total, which were not counted.
	More bool
	// Sums are what the whole list comes to, for people.
	Sums []Sum
	// Next is the mark to give to --after for the next page where there is one.
	Next string
	// Sort is the column by which the list of a command is sorted; empty for other tables. A terminal keeps that one,
	// and leaves out what is the same on every line.
	Sort string
	// Foot is a last line for people, below the rows: what they come to. Nil for none.
	Foot []Value
	// Open are the records that its first rows show, by which "open N" views the Nth. A row that shows none has the zero
	// Row. The list of nothing has an empty slice, and what is no list has nil.
	Open []Row
	// Sections names a column whose values are titles: a table for people has the rows of each below it.
	Sections string
	// Calendar is what a terminal shows in place of the rows, which are its entries; nil: it shows the rows.
	Calendar *Calendar
	// Asides are what people are shown of some cells beside their values.
	Asides map[Cell]Aside
	// Related holds tables that belong to a single record: a client's contracts. JSON nests them
	// under their Name; CSV and TSV leave them out.
	Related []Table
}

// Sum is what a column of a list comes to.
type Sum struct {
	Title  string
	Amount model.Amount
	More   bool // there are too many rows to sum up all: it is more than this
}

// Column is one column of a Table.
type Column struct {
	Name  string // as in --columns and --sort, and the key in JSON: "full_name"
	Title string // for people: "Full name"
	For   Audience
	// Priority says which columns go first where the screen is narrow: the highest number is
	// dropped first. 0 is never dropped nor shortened: ids and amounts.
	Priority int
	// Wraps says that long values go on in the next line instead of being shortened.
	Wraps bool
	// Chosen says that the person named this column with --columns: it is shown whatever For says.
	Chosen bool
}

// Audience says in which formats a column stands.
type Audience int

const (
	Everyone Audience = iota
	People            // table and markdown: names in place of ids
	Machines          // json, csv, tsv: raw ids
)

// Value is one cell: nil (nothing), string, int64, bool, model.Day, model.Amount, model.Email, model.Phone or []string.
// It may also be a time.Time (UTC; shown in the office's zone), a Share, or a json.RawMessage (machines alone).
type Value any

// Text is a value as people read it: a date of the office's zone, a French amount; empty for nothing. Zoned times
// carry their zone.
func Text(v Value, location *time.Location, zoned bool) string {
	switch v := v.(type) {
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case bool:
		if v {
			return "Yes"
		}
		return "No"
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return model.ShowTime(v, location, zoned)
	case model.Day:
		return v.Format(location)
	case model.Amount:
		return v.French()
	case model.Email:
		return string(v)
	case model.Phone:
		return v.International()
	case []string:
		return strings.Join(v, ", ")
	case json.RawMessage:
		return string(v)
	case Share:
		return v.percent()
	}
	return ""
}

// Share is a part of a whole, in ten thousandths of it for programs, and in thousandths for people. Both come to a whole over all
// parts, so that what is shown as "33,4 %" may be exactly 33.33 % of it.
type Share struct{ Exact, Shown int64 }

// sharesOf are the parts that amounts are of the whole that they come to; nil of nothing.
func sharesOf(parts []model.Amount, whole model.Amount) []Value {
	shares := make([]Value, len(parts))
	exact, ok := model.Portions(parts, whole, 10_000)
	shown, _ := model.Portions(parts, whole, 1000)
	for i := range parts {
		if ok {
			shares[i] = Share{exact[i], shown[i]}
		}
	}
	return shares
}

// String is the share as programs read it: "0.3333" of a whole of 1.
func (s Share) String() string {
	sign, n := "", s.Exact
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%04d", sign, n/10_000, n%10_000)
}

// percent is the share as people read it, to a tenth of a percent: "33,3 %", with a no-break space.
func (s Share) percent() string {
	sign, n := "", s.Shown
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d,%d\u00A0%%", sign, n/10, n%10)
}

// Change is one field of an update, before and after.
type Change struct {
	Column
	Before, After Value
	// Days reports whether the times before and after stand for their whole days; nil: they do not.
	Days func(office *time.Location) (before, after bool)
}
