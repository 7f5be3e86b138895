package model_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"epev/model"
)

// The parts of a whole come to all of it, whatever their signs, and none is a unit away from what it is exactly.
func TestPortionsComeToTheWhole(t *testing.T) {
	t.Parallel()
	amounts := func(cents ...int64) (parts []model.Amount, whole model.Amount) {
		for _, c := range cents {
			parts = append(parts, model.AmountOf(c))
			whole = whole.Add(model.AmountOf(c))
		}
		return parts, whole
	}
	for _, c := range []struct {
		cents []int64
		want  []int64
	}{
		{[]int64{1, 1, 1}, []int64{334, 333, 333}},
		{[]int64{0, 5}, []int64{0, 1000}},
		{[]int64{-1, 2}, []int64{-1000, 2000}},
		{[]int64{-1, -1, -1}, []int64{334, 333, 333}},
		{[]int64{-100, 300, 100}, []int64{-333, 1000, 333}},
		{[]int64{1, 999999999999}, []int64{0, 1000}},
		{[]int64{1, -1}, nil}, // they come to nothing
		{nil, nil},
	} {
		parts, whole := amounts(c.cents...)
		got, ok := model.Portions(parts, whole, 1000)
		if !slices.Equal(got, c.want) || ok != (c.want != nil) {
			t.Errorf("portions of %v are %v, want %v", c.cents, got, c.want)
		}
	}
	if got, ok := model.Portions([]model.Amount{model.NoAmount()}, model.AmountOf(1), 1000); ok {
		t.Errorf("what is no number has the portions %v", got)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		cents := make([]int64, 1+r.IntN(30))
		for i := range cents {
			cents[i] = r.Int64N(1_000_000) - int64(r.IntN(2))*300_000
		}
		parts, whole := amounts(cents...)
		got, ok := model.Portions(parts, whole, 10_000)
		if whole.IsZero() {
			continue
		}
		total, all := int64(0), int64(0)
		for _, c := range cents {
			all += c
		}
		for i, p := range got {
			total += p
			if off := float64(p) - float64(cents[i])*10_000/float64(all); off <= -1 || off >= 1 {
				t.Fatalf("the portion of %d in %v is %d", cents[i], cents, p)
			}
		}
		if !ok || total != 10_000 {
			t.Fatalf("the portions of %v come to %d: %v", cents, total, got)
		}
	}
}
