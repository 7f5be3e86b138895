package commands

// Records that stay on record: what takes one back is another one.

import (
	"context"
	"slices"

	"epev/model"
)

// voids says how the creation of a record that stays is undone: another one takes it back.
type voids[R any] struct {
	write func(ctx context.Context, e *Act, r *R, reason string) error
	// action is what the single command does that would write such a record.
	action func(r *R) string
	// by is the noun of which an update writes such records, too. The right to that is enough for these, and for one's own.
	by string
	// told is what becomes of such a record.
	told func(r *R) string
}

func (v *reversed[R, F]) stays() string {
	if v.before == nil || !slices.ContainsFunc(v.rows, v.first) {
		return ""
	}
	return v.n.voids.told(v.before)
}

// mayRemove wants the right to delete, or to void. For one's own record, which nobody has touched since, the right to create does.
func (v *reversed[R, F]) mayRemove(ctx context.Context) error {
	rel := v.n.relation(v.before)
	if v.own() && v.n.reach(v.e, "create").Covers(rel) {
		return nil
	}
	action := "delete"
	if v.n.voids.action != nil {
		action = v.n.voids.action(v.before)
	}
	err := v.permitted(ctx, action, rel, v.n.belongs(v.before))
	if err == nil && v.n.keeps != nil {
		err = v.n.keeps(ctx, v.e, v.before)
	}
	return err
}

func (v *reversed[R, F]) first(c model.Change) bool {
	return c.Action == "create" && v.n.voids.write != nil
}
