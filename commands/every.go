package commands

import (
	"time"

	"epev/model"
)

// Every is to run a command again and again, until the person has seen enough.
type Every struct {
	Interval time.Duration
	Command  string
}

// The shortest and the longest time between two runs.
const (
	shortestInterval = time.Second
	longestInterval  = time.Hour
)

// everyCommand repeats what reads, as \watch of psql does.
func everyCommand() Command {
	return Define(Spec[Every]{
		Command: Command{Path: "every", Help: "Repeat a command that only reads, until Ctrl-C", Example: "every 30s event list --upcoming",
			Access: Anyone(), Ahead: []string{"interval"}, Inside: repeatable},
		Fields: []Field[Every]{
			field(Param{Name: "interval", Positional: true, Required: true, Format: "30s", Help: "how long to wait in between, from 1s to 1h: 30s, 5m, or seconds alone",
				Source: OneOf("30s", "5s", "1m", "5m")}, func(in *Every) *time.Duration { return &in.Interval }, parseInterval),
			field(Param{Name: inside, Positional: true, Required: true, Format: "COMMAND", Help: "what is repeated; it only reads"},
				func(in *Every) *string { return &in.Command }, anything),
		},
		Run: doneByShell[Every],
	})
}

// repeatable refuses what writes, asks, or acts on the shell.
func repeatable(inv Invocation) error {
	refuse := func(why string) error {
		return model.Errorf(model.Usage, "%s is not repeated: it %s", inv.Command.Path, why).WithTry("repeat what only reads: {try}", "every 30s event list --upcoming")
	}
	switch c := inv.Command; {
	case c.Inside != nil:
		return refuse("takes a command itself")
	case !c.reads():
		return refuse("acts")
	case c.Access.offline:
		return refuse("is about the shell alone")
	case inv.MayAsk():
		return refuse("asks")
	case inv.Raw != nil:
		return inv.RequireAll(false)
	}
	return nil
}

// parseInterval reads a time like 30s, 5m or 1h, or seconds alone.
func parseInterval(field, raw string) (time.Duration, error) {
	text := model.Pasted(raw)
	if seconds, err := model.ParseCount(field, text); err == nil && seconds <= int64(longestInterval/time.Second)*2 {
		return inBounds(field, raw, time.Duration(seconds)*time.Second)
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, model.Invalid(field, "%s %q is no time to wait", field, raw).WithHint("write it like 30s, 5m or 1h; a number alone is seconds")
	}
	return inBounds(field, raw, d)
}

func inBounds(field, raw string, d time.Duration) (time.Duration, error) {
	if d < shortestInterval || d > longestInterval {
		return 0, model.Invalid(field, "%s %q is not between 1s and 1h", field, raw).WithHint("write it like 30s, 5m or 1h")
	}
	return d, nil
}
