package model

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Amount is a sum of money in euros, exact to the cent. The zero Amount is 0.00. Compare with
// Equal or Cmp, not with ==.
type Amount struct{ value sum }

// sum is a number, or the word for what a column holds instead of one.
type sum struct {
	decimal.Decimal
	odd string
}

// maxAmount is the largest value of a numeric(12,2) column (SPEC 4, "Values").
var maxAmount = sum{Decimal: decimal.New(9999999999_99, -2)}

// amountForm is digits, plain or in groups of three behind blanks, and decimals behind a
// point or a comma. A comma or point never groups: whether "1,200" is 1200 or 1.20 is not ours to guess.
var amountForm = regexp.MustCompile(`^(-?)(\d+|\d{1,3}(?: \d{3})+)(?:[.,](\d+))?$`)

// euro is the currency before or behind an amount.
var euro = regexp.MustCompile(`(?i)^(-?)(?:€|EUR(?:OS?)?) ?(.*)$|^(.*\d) ?(?:€|EUR(?:OS?)?)$`)

// ParseAmount parses an amount from 0 to 9999999999.99 with at most two decimals: "1200",
// "1200.50" or "1 200,50", with "€" or "EUR" before or behind it. What a paste brings along is dropped.
func ParseAmount(field, raw string) (Amount, error) {
	s := plain(raw)
	if m := euro.FindStringSubmatch(s); m != nil {
		s = m[1] + m[2] + m[3]
	}
	m := amountForm.FindStringSubmatch(s)
	if m == nil {
		return Amount{}, notValid(field, raw, FormAmount)
	}
	if m[1] != "" {
		return Amount{}, wrong(field, raw, Negative, FormAmount, nil)
	}
	if len(m[3]) > 2 {
		return Amount{}, wrong(field, raw, ThreeDecimal, FormAmount, nil)
	}
	whole := strings.ReplaceAll(m[2], " ", "")
	value, err := decimal.NewFromString(whole + "." + m[3])
	if err != nil {
		return Amount{}, notValid(field, raw, FormAmount)
	}
	if value.GreaterThan(maxAmount.Decimal) {
		return Amount{}, wrong(field, raw, TooLarge, FormLargestSum, Facts{"most": Amount{maxAmount}})
	}
	return Amount{sum{Decimal: value}}, nil
}

// AmountOf returns the amount of so many cents.
func AmountOf(cents int64) Amount { return Amount{sum{Decimal: decimal.New(cents, -2)}} }

// What a numeric column holds beside numbers: nothing, where the predecessor allowed it, and PostgreSQL's own words.
const (
	noAmount    = "none"
	notANumber  = "NaN"
	infinite    = "Infinity"
	negInfinite = "-Infinity"
)

// IsNumber reports whether the amount is a number. One that is not was written by another program; it is shown,
// and kept by an update that does not change it.
func (a Amount) IsNumber() bool { return a.value.odd == "" }

// fixed writes a number with two decimals, or with all of them where a predecessor wrote more: what is shown is what is there.
func (s sum) fixed() string {
	_, decimals, _ := strings.Cut(s.Decimal.String(), ".")
	return s.StringFixed(int32(max(2, len(decimals))))
}

// String returns the amount with two decimals, like "1200.50", and what is no number in PostgreSQL's words; empty
// for nothing.
func (a Amount) String() string {
	switch a.value.odd {
	case "":
		return a.value.fixed()
	case noAmount:
		return ""
	}
	return a.value.odd
}

// French returns the amount as staff read it, like "1 200,50 €", with no-break spaces (U+00A0)
// so that no line ends within it.
func (a Amount) French() string {
	if !a.IsNumber() {
		return a.String()
	}
	whole, cents, _ := strings.Cut(sum{Decimal: a.value.Abs()}.fixed(), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u00A0" + whole[i:]
	}
	if a.value.IsNegative() {
		whole = "-" + whole
	}
	return whole + "," + cents + "\u00A0€"
}

// Cmp returns -1, 0 or +1 as a is less than, equal to or greater than b, in the order of PostgreSQL. There NaN is
// greater than every number, and nothing is last.
func (a Amount) Cmp(b Amount) int {
	if a.IsNumber() && b.IsNumber() {
		return a.value.Cmp(b.value.Decimal)
	}
	rank := func(odd string) int {
		return slices.Index([]string{negInfinite, "", infinite, notANumber, noAmount}, odd)
	}
	return cmp.Compare(rank(a.value.odd), rank(b.value.odd))
}

// Equal reports whether a and b are the same sum.
func (a Amount) Equal(b Amount) bool { return a.Cmp(b) == 0 }

// Sub returns a less b, which may be negative; NaN where one is no number.
func (a Amount) Sub(b Amount) Amount {
	if !a.IsNumber() || !b.IsNumber() {
		return Amount{sum{odd: notANumber}}
	}
	return Amount{sum{Decimal: a.value.Sub(b.value.Decimal)}}
}

// IsZero reports whether nothing is left.
func (a Amount) IsZero() bool { return a.IsNumber() && a.value.IsZero() }

// NoAmount is what a column holds that is null.
func NoAmount() Amount { return Amount{sum{odd: noAmount}} }

// Scan reads a numeric column that is not null.
func (a *Amount) Scan(src any) error {
	*a = Amount{}
	text, _ := src.(string)
	if raw, ok := src.([]byte); ok {
		text = string(raw)
	}
	switch {
	case text == notANumber || text == infinite || text == negInfinite:
		a.value.odd = text
	default:
		if err := a.value.Decimal.Scan(src); err != nil {
			return fmt.Errorf("scan amount: %w", err)
		}
	}
	return nil
}

// Value writes a numeric column, as text and so exactly.
func (a Amount) Value() (driver.Value, error) {
	if a.value.odd == noAmount {
		return nil, nil
	}
	return a.String(), nil
}

// MarshalJSON writes a string, "1200.50", because readers of JSON take numbers for floats.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }
