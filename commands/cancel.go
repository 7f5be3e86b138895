package commands

import (
	"context"
	"fmt"

	"epev/data"
	"epev/model"
)

// cancelling is the input of "event cancel ID --reason TEXT".
type cancelling struct {
	record reference
	reason string
}

// longestReason is how many characters the reason of a cancellation may have.
const longestReason = 500

func cancelsEvent(n noun[model.Event, data.EventFilter]) Command {
	return Define(Spec[cancelling]{
		Command: Command{Path: "event cancel", Help: "Say that an event does not take place; it stays on record", Access: Needs("event", "cancel"), Writes: true,
			Example: `event cancel 1 --reason "The hall is flooded"`},
		Fields: []Field[cancelling]{
			recordField(n, comingFirst(n), func(in *cancelling) *reference { return &in.record }),
			field(Param{Name: "reason", Format: "TEXT", Required: true, Help: "why it does not take place", Near: []string{"because", "why"}},
				func(in *cancelling) *string { return &in.reason },
				func(field, raw string) (string, error) { return model.ParseText(field, raw, longestReason) }),
		},
		Rules: []Rule[cancelling]{{[]string{"id"}, func(ctx context.Context, e *Act, in cancelling) error {
			_, err := n.find(ctx, e, in.record, "cancel")
			return err
		}}},
		Doubts: func(ctx context.Context, e *Act, in cancelling) ([]error, error) {
			v, err := n.find(ctx, e, in.record, "cancel")
			if err != nil || v.CancelledAt != nil || v.End.After(e.Now()) {
				return nil, err
			}
			return []error{fmt.Errorf("event %d is over: it ended on %s", v.ID, e.showTime(v.End))}, nil
		},
		Run: func(ctx context.Context, e *Act, in cancelling) (Result, error) {
			before, err := n.take(ctx, e, in.record, "cancel")
			switch {
			case err != nil:
				return Result{}, err
			case before.CancelledAt != nil && before.CancelReason == in.reason:
				return Result{Message: fmt.Sprintf("Nothing to change: event %d is cancelled since %s.", before.ID, e.showTime(*before.CancelledAt)), Table: n.record(&before)}, nil
			case before.CancelledAt != nil:
				return Result{}, isCancelled(&before)
			}
			return setCancelled(ctx, e, before, in.reason, "cancelled")
		},
	})
}

// comingFirst offers the events that may be cancelled, those that are not over before the others.
func comingFirst(n noun[model.Event, data.EventFilter]) *Source {
	return choice[model.Event, data.EventFilter]{
		of: n, action: "cancel",
		first:   func(e *Act) data.EventFilter { return data.EventFilter{Current: true, Upcoming: e.Now()} },
		filters: []data.EventFilter{{Current: true}},
		takes:   func(_ *Act, v *model.Event) bool { return v.CancelledAt == nil },
	}.source()
}

// restoring is the input of "event restore ID": the event, and the waivers.
type restoring struct {
	record reference
	given
}

func restoresEvent(n noun[model.Event, data.EventFilter]) Command {
	isOff := func(_ *Act, v *model.Event) bool { return v.CancelledAt != nil }
	return Define(Spec[restoring]{
		Command: Command{Path: "event restore", Help: "Say that a cancelled event takes place after all", Access: Needs("event", "cancel"), Writes: true,
			Example: "event restore 213"},
		Fields: append([]Field[restoring]{
			recordField(n, n.choosing("cancel", isOff, data.EventFilter{Cancelled: true}), func(in *restoring) *reference { return &in.record }),
		}, waiverFields(n, func(in *restoring) *given { return &in.given })...),
		Doubts: func(ctx context.Context, e *Act, in restoring) ([]error, error) {
			v, err := n.find(ctx, e, in.record, "cancel")
			if err != nil || v.CancelledAt == nil {
				return nil, err
			}
			return doubtBusy(ctx, e, nil, &v, in.given) // it took no time while it was cancelled
		},
		Run: func(ctx context.Context, e *Act, in restoring) (Result, error) {
			before, err := n.take(ctx, e, in.record, "cancel")
			switch {
			case err != nil:
				return Result{}, err
			case before.CancelledAt == nil:
				return Result{Message: fmt.Sprintf("Nothing to change: event %d is not cancelled.", before.ID), Table: n.record(&before)}, nil
			}
			if err := refuseBusy(ctx, e, nil, &before, in.given); err != nil {
				return Result{}, err
			}
			return setCancelled(ctx, e, before, "", "restored")
		},
	})
}

// setCancelled cancels an event for a reason, or restores it where that is empty, and tells of it as what was done.
func setCancelled(ctx context.Context, e *Act, before model.Event, reason, what string) (Result, error) {
	n, after := eventNoun(), before
	after.CancelReason = reason
	if err := e.Tx.CancelEvent(ctx, &after); err != nil {
		return Result{}, n.explain(ctx, e, &before, err)
	}
	return n.reportChange(what, &before, &after), nil
}

// staysCancelled keeps a cancelled event as it is: it can be restored, and deleted.
func staysCancelled(v *model.Event, action string) error {
	if v.CancelledAt == nil || action != "update" && action != "assign_support" {
		return nil
	}
	return isCancelled(v)
}

func isCancelled(v *model.Event) error {
	return &model.Error{Kind: model.Conflict, Field: "id", Fault: "event-cancelled", Facts: model.Facts{"id": v.ID, "reason": v.CancelReason},
		Try: []string{fmt.Sprintf("event restore %d", v.ID)}}
}
