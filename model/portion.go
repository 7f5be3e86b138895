package model

import (
	"slices"

	"github.com/shopspring/decimal"
)

// Portions returns how much each part is of whole, in units of which the whole has that many. The portions of all parts that
// make up the whole come to exactly its units: those that lose most by rounding down get one more. There are none of nothing,
// and none where an amount is no number.
func Portions(parts []Amount, whole Amount, units int64) (portions []int64, ok bool) {
	if !whole.IsNumber() || whole.IsZero() {
		return nil, false
	}
	portions = make([]int64, len(parts))
	lost := make([]decimal.Decimal, len(parts))
	order := make([]int, len(parts))
	left := units
	for i, part := range parts {
		if !part.IsNumber() {
			return nil, false
		}
		exact := part.value.Mul(decimal.NewFromInt(units))
		down := exact.DivRound(whole.value, 0)
		if down.Mul(whole.value).Sub(exact).Sign()*whole.value.Sign() > 0 { // it was rounded up
			down = down.Sub(decimal.NewFromInt(1))
		}
		portions[i], order[i] = down.IntPart(), i
		lost[i] = exact.Sub(down.Mul(whole.value)).Div(whole.value)
		left -= portions[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return lost[b].Cmp(lost[a]) })
	for _, i := range order {
		if left > 0 {
			portions[i]++
			left--
		}
	}
	return portions, true
}
