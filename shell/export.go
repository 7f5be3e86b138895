package shell

import (
	"context"
	"runtime/debug"
	"strings"

	"epev/commands"
	"epev/model"
	"epev/shell/render"
)

// streamed returns where the result of an export goes, and in which format.
func streamed(inv commands.Invocation, to commands.Sink, format render.Format) (commands.Sink, render.Format, error) {
	file := inv.Raw["file"]
	switch {
	case file != "" && to != commands.Sink{}:
		return to, format, model.Errorf(model.Usage, "the result would go to %s, and to what stands behind the sign", file).WithHint("leave one of them out")
	case file != "" && file != standardOutput:
		to.File = file
	}
	ending := render.FormatOfFile(to.File)
	if format == render.FormatTable && inv.Format == "" {
		format = render.FormatCSV
	}
	if ending != "" && inv.Format == "" {
		format = ending
	}
	if c := inv.Command; ending != "" && inv.Format == "" && c.CheckFormat(string(ending)) != nil {
		return to, format, model.Invalid("file", "%s has no format %s, of which %s has the ending", c.Path, ending, to.File).
			WithHint("use one of %s", strings.Join(c.Only, ", "))
	}
	if inv.Raw["for"] != "" && format != render.FormatCSV {
		return to, format, model.Invalid("for", "--for %s is a way to write csv, and this would be %s", inv.Raw["for"], format).WithHint("leave --for out, or take csv")
	}
	return to, format, inv.Command.CheckFormat(string(format))
}

// exportGarbage is how much garbage an export leaves before it is collected, in percent of what it holds. That is little, as no more
// than a few pages are in memory: collected as often as usual, it took a fifth of the time.
const exportGarbage = 300

// export writes a list page by page. A person sees how far it is, unless the list itself is what they see.
func (s *Shell) export(ctx context.Context, ask commands.Export, v render.View, to *output) error {
	defer debug.SetGCPercent(debug.SetGCPercent(exportGarbage))
	v.For = ask.For
	if v.Format == render.FormatXLSX && to.Writer == s.Stdout {
		s.workbook = s.Stdout
	}
	stream := render.NewStream(to, v)
	show, end := func(float64) {}, func() {}
	watched := s.Env.Progress != nil && (to.file != nil || to.pipe != "" || !s.onTerminal())
	if watched {
		show, end = s.Env.Progress("writing " + ask.Name)
	}
	defer func() { end() }()
	all, done := int64(0), int64(0)
	err := ask.Read(ctx, watched || v.Format == render.FormatXLSX, func(rows int64) error {
		all = rows
		return stream.Begin(rows)
	}, func(t *commands.Table) error {
		err := stream.Page(t)
		if done += int64(len(t.Rows)); all > 0 {
			show(min(1, float64(done)/float64(all)))
		}
		return err
	})
	if err == nil {
		var rows int64
		rows, err = stream.End()
		to.rows = &rows
	}
	return err
}
