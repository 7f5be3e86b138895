package model

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/shopspring/decimal"
)

// Amount is a sum of money in euros, exact to the cent. The zero Amount is 0.00. Compare with
// Equal or Cmp, not with ==.
type Amount struct{ value decimal.Decimal }

// maxAmount is the largest value of a numeric(12,2) column (SPEC 4, "Values").
var maxAmount = decimal.New(9999999999_99, -2)

// amountForm is digits, plain or in groups of three behind blanks, and decimals behind a
// point or a comma. A comma or point never groups: whether "1,200" is 1200 or 1.20 is not ours to guess.
var amountForm = regexp.MustCompile(`^(-?)(\d+|\d{1,3}(?:[ \x{A0}\x{202F}]\d{3})+)(?:[.,](\d+))?$`)

// ParseAmount parses an amount from 0 to 9999999999.99 with at most two decimals: "1200",
// "1200.50" or "1 200,50", with an optional "€" at the end.
func ParseAmount(field, raw string) (Amount, error) {
	const form = `write it like 1200, 1200.50 or "1 200,50"`
	s := strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(raw), "€"))
	m := amountForm.FindStringSubmatch(s)
	if m == nil {
		return Amount{}, notValid(field, raw).WithHint(form)
	}
	if m[1] != "" {
		return Amount{}, Invalid(field, "%s %s is negative", field, quote(raw)).WithHint(form)
	}
	if len(m[3]) > 2 {
		return Amount{}, Invalid(field, "%s %s has more than two decimals", field, quote(raw)).WithHint(form)
	}
	whole := strings.NewReplacer(" ", "", "\u00A0", "", "\u202F", "").Replace(m[2])
	value, err := decimal.NewFromString(whole + "." + m[3])
	if err != nil {
		return Amount{}, notValid(field, raw).WithHint(form)
	}
	if value.GreaterThan(maxAmount) {
		return Amount{}, Invalid(field, "%s %s is too large", field, quote(raw)).
			WithHint("the largest amount is %s", Amount{maxAmount})
	}
	return Amount{value}, nil
}

// AmountOf returns the amount of so many cents.
func AmountOf(cents int64) Amount { return Amount{decimal.New(cents, -2)} }

// String returns the amount with two decimals, like "1200.50".
func (a Amount) String() string { return a.value.StringFixed(2) }

// French returns the amount as staff read it, like "1 200,50 €", with no-break spaces (U+00A0)
// so that no line ends within it.
func (a Amount) French() string {
	whole, cents, _ := strings.Cut(a.value.Abs().StringFixed(2), ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "\u00A0" + whole[i:]
	}
	if a.value.IsNegative() {
		whole = "-" + whole
	}
	return whole + "," + cents + "\u00A0€"
}

// Cmp returns -1, 0 or +1 as a is less than, equal to or greater than b.
func (a Amount) Cmp(b Amount) int { return a.value.Cmp(b.value) }

// Equal reports whether a and b are the same sum.
func (a Amount) Equal(b Amount) bool { return a.value.Equal(b.value) }

// Sub returns a less b, which may be negative.
func (a Amount) Sub(b Amount) Amount { return Amount{a.value.Sub(b.value)} }

// IsZero reports whether nothing is left.
func (a Amount) IsZero() bool { return a.value.IsZero() }

// Scan reads a numeric column.
func (a *Amount) Scan(src any) error {
	if err := a.value.Scan(src); err != nil {
		return fmt.Errorf("scan amount: %w", err)
	}
	return nil
}

// Value writes a numeric column, as text and so exactly.
func (a Amount) Value() (driver.Value, error) { return a.String(), nil }

// MarshalJSON writes a string, "1200.50", because readers of JSON take numbers for floats.
func (a Amount) MarshalJSON() ([]byte, error) { return json.Marshal(a.String()) }
