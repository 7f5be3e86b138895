package commands

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"epev/data"
	"epev/model"
)

// explain tells who changed the record meanwhile, where that is why a write failed.
func (n noun[R, F]) explain(ctx context.Context, e *Act, before *R, err error) error {
	if errors.Is(err, data.ErrStale) {
		return e.stale(ctx, n.name, n.id(before), n.version(before))
	}
	return err
}

// stale explains that a record changed since the version that the person saw: who, when and what.
func (e *Act) stale(ctx context.Context, resource string, id, version int64) error {
	view := []string{fmt.Sprintf("%s view %d", resource, id)}
	changes, herr := e.Store.Read().History(context.WithoutCancel(ctx), resource, id)
	if herr != nil {
		return herr
	}
	// Each update in the history made one more version, and so did each time that the record came back.
	changes = slices.DeleteFunc(changes, func(c model.Change) bool { return c.RecordID != id })
	updates := slices.DeleteFunc(slices.Clone(changes), func(c model.Change) bool {
		return c.Action != "update" && (c.Action != "create" || c.ID == changes[0].ID)
	})
	if version > int64(len(updates)) {
		return model.Errorf(model.Conflict, "%s %d has no version %d, so nothing was written", resource, id, version).
			WithTry("look at it with {try}", view...)
	}
	updates = updates[version-1:]
	what, herr := e.described(context.WithoutCancel(ctx), e.Store.Read(), nounOf(resource), updates)
	if herr != nil {
		return herr
	}
	var told []string
	for i, c := range updates {
		told = append(told, fmt.Sprintf("%s changed %s on %s", c.Actor, what[i], e.showTime(c.At)))
	}
	return &model.Error{Kind: model.Conflict, Fault: "changed-meanwhile", Hint: "{changes}; look at it again with {try}, then repeat the command", Try: view,
		Facts: model.Facts{"noun": resource, "id": id, "changes": strings.Join(told, "; ")}}
}
