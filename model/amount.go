package model

import (
	"cmp"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Amount is a sum of money in euros, exact to the cent. The zero Amount is 0.00. Compare with Equal or Cmp, not with ==.
type Amount struct {
	value decimal.Decimal
	odd   string // what a column holds instead of a number
}

// What a numeric column holds beside numbers: nothing, where the predecessor allowed it, and PostgreSQL's own words.
const (
	noAmount    = "none"
	notANumber  = "NaN"
	infinite    = "Infinity"
	negInfinite = "-Infinity"
)

// maxAmount is the largest value of a numeric(12,2) column (SPEC 4, "Values").
var maxAmount = AmountOf(9999999999_99)

// amountForm is digits, plain or in groups of three behind blanks, and decimals behind a
// point or a comma. A comma or point never groups: whether "1,200" is 1200 or 1.20 is not ours to guess.
var amountForm = Pattern(`^(-?)(\d+|\d{1,3}(?: \d{3})+)(?:[.,](\d+))?$`)

// euro is the currency before or behind an amount.
var euro = Pattern(`(?i)^(-?)(?:€|EUR(?:OS?)?) ?(.*)$|^(.*\d) ?(?:€|EUR(?:OS?)?)$`)

// ParseAmount parses an amount from 0 to 9999999999.99 with at most two decimals: "1200",
// "1200.50" or "1 200,50", with "€" or "EUR" before or behind it. What a paste brings along is dropped.
func ParseAmount(field, raw string) (Amount, error) {
	s := plain(raw)
	if m := euro().FindStringSubmatch(s); m != nil {
		s = m[1] + m[2] + m[3]
	}
	m := amountForm().FindStringSubmatch(s)
	if m == nil {
		return Amount{}, notValid(field, raw, "amount")
	}
	if m[1] != "" {
		return Amount{}, wrong(field, raw, "negative", "amount", nil)
	}
	if len(m[3]) > 2 {
		return Amount{}, wrong(field, raw, "more-than-two-decimals", "amount", nil)
	}
	value, err := decimal.NewFromString(strings.ReplaceAll(m[2], " ", "") + "." + m[3])
	if err != nil {
		return Amount{}, notValid(field, raw, "amount")
	}
	if value.GreaterThan(maxAmount.value) {
		return Amount{}, wrong(field, raw, "too-large", "largest-amount", Facts{"most": maxAmount})
	}
	return Amount{value: value}, nil
}

// AmountOf returns the amount of so many cents.
func AmountOf(cents int64) Amount { return Amount{value: decimal.New(cents, -2)} }

// IsNumber reports whether the amount is a number. One that is not was written by another program; it is shown,
// and kept by an update that does not change it.
func (a Amount) IsNumber() bool { return a.odd == "" }

// String returns the amount with two decimals, like "1200.50", or with all of them where a predecessor wrote more.
// What is no number is in PostgreSQL's words; nothing is empty.
func (a Amount) String() string {
	switch a.odd {
	case "":
		_, decimals, _ := strings.Cut(a.value.String(), ".")
		return a.value.StringFixed(int32(max(2, len(decimals))))
	case noAmount:
		return ""
	}
	return a.odd
}

// French returns the amount as staff read it, like "1 200,50 €", with no-break spaces (U+00A0)
// so that no line ends within it.
func (a Amount) French() string {
	if !a.IsNumber() {
		return a.String()
	}
	whole, cents, _ := strings.Cut(a.String(), ".")
	return Grouped(whole) + "," + cents + "\u00A0€"
}

// Cmp returns -1, 0 or +1 as a is less than, equal to or greater than b, in the order of PostgreSQL. There NaN is
// greater than every number, and nothing is last.
func (a Amount) Cmp(b Amount) int {
	if a.IsNumber() && b.IsNumber() {
		return a.value.Cmp(b.value)
	}
	rank := func(odd string) int {
		return slices.Index([]string{negInfinite, "", infinite, notANumber, noAmount}, odd)
	}
	return cmp.Compare(rank(a.odd), rank(b.odd))
}

// Equal reports whether a and b are the same sum.
func (a Amount) Equal(b Amount) bool { return a.Cmp(b) == 0 }

// Sub returns a less b, which may be negative; NaN where one is no number.
func (a Amount) Sub(b Amount) Amount {
	if !a.IsNumber() || !b.IsNumber() {
		return Amount{odd: notANumber}
	}
	return Amount{value: a.value.Sub(b.value)}
}

// Of returns how much a is of whole, in ten thousandths, rounded half away from zero. There is no share of nothing, and none
// where one of them is no number.
func (a Amount) Of(whole Amount) (share int64, ok bool) {
	if !a.IsNumber() || !whole.IsNumber() || whole.IsZero() {
		return 0, false
	}
	return a.value.Mul(decimal.New(1, 4)).DivRound(whole.value, 0).IntPart(), true
}

// Add returns the sum of a and b; NaN where one is no number.
func (a Amount) Add(b Amount) Amount { return a.Sub(Amount{}.Sub(b)) }

// Neg returns a with the other sign; NaN where it is no number.
func (a Amount) Neg() Amount { return Amount{}.Sub(a) }

// InCents reports whether the amount is a number that a column of two decimals and ten digits holds.
func (a Amount) InCents() bool {
	return a.IsNumber() && a.value.Equal(a.value.Round(2)) && a.value.Abs().LessThanOrEqual(maxAmount.value)
}

// IsZero reports whether nothing is left.
func (a Amount) IsZero() bool { return a.Equal(Amount{}) }

// NoAmount is what a column holds that is null.
func NoAmount() Amount { return Amount{odd: noAmount} }

// Scan reads a numeric column that is not null.
func (a *Amount) Scan(src any) error {
	*a = Amount{}
	if raw, ok := src.([]byte); ok {
		src = string(raw)
	}
	if src == notANumber || src == infinite || src == negInfinite {
		a.odd = src.(string)
	} else if err := a.value.Scan(src); err != nil {
		return fmt.Errorf("scan amount: %w", err)
	}
	return nil
}

// Value writes a numeric column, as text and so exactly.
func (a Amount) Value() (driver.Value, error) {
	if a.odd == noAmount {
		return nil, nil
	}
	return a.String(), nil
}

// MarshalJSON writes a string, "1200.50", because readers of JSON take numbers for floats.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }
