package commands

import (
	"context"

	"epev/model"
)

// What has the shell keep, show and forget the person's own commands.
type (
	// Save is to keep a command under a name.
	Save struct{ Name, Command string }
	// Unsave is to forget one.
	Unsave struct{ Name string }
	// ListSaved is to show them.
	ListSaved struct{}
)

// savedCommands are about commands that a person has under names of their own.
func savedCommands() []Command {
	return []Command{
		everyCommand(),
		Define(Spec[Save]{
			Command: Command{Path: "save", Help: "Keep a command under a name of your own, which then runs it", Example: "save unpaid = contract list --unpaid --sort -remaining_amount",
				Access: Offline(), Ahead: []string{"name", equals}, Inside: savable},
			Fields: []Field[Save]{
				field(Param{Name: "name", Positional: true, Required: true, Format: "NAME", Help: "letters, digits, - and _; what is typed behind it later is added to the command"},
					func(in *Save) *string { return &in.Name }, anything),
				field(Param{Name: inside, Positional: true, Required: true, Format: "COMMAND", Help: "what the name stands for, behind a = between blanks"},
					func(in *Save) *string { return &in.Command }, anything),
			},
			Run: doneByShell[Save],
		}),
		Define(Spec[ListSaved]{Command: Command{Path: "saved", Help: "Show the commands that you saved", Example: "saved", Access: Offline()}, Run: doneByShell[ListSaved]}),
		Define(Spec[Unsave]{
			Command: Command{Path: "unsave", Help: "Forget a command that you saved", Example: "unsave unpaid", Access: Offline()},
			Fields: []Field[Unsave]{
				field(Param{Name: "name", Positional: true, Required: true, Format: "NAME", Help: "which one", Source: savedNames()},
					func(in *Unsave) *string { return &in.Name }, anything),
			},
			Run: doneByShell[Unsave],
		}),
	}
}

// savable refuses what keeps commands itself, and what takes a secret.
func savable(inv Invocation) error {
	switch c := inv.Command; {
	case c.Path == "save", c.Path == "unsave":
		return model.Errorf(model.Usage, "%s is not saved as a command", c.Path).WithTry("save what shows something: {try}", "save unpaid = contract list --unpaid")
	case c.TakesPassword():
		return model.Errorf(model.Usage, "a command that takes a password is not saved").WithHint("type it each time")
	}
	return nil
}

// savedNames offers the names of saved commands.
func savedNames() *Source {
	return &Source{Local: true, find: func(_ context.Context, e *Act, _ Query) (found []Candidate, err error) {
		views, err := e.Saved.All()
		for _, v := range views {
			found = append(found, Candidate{Value: v.Name, About: Join(v.Words)})
		}
		return found, err
	}}
}

// Table shows what is saved.
func (s *Saved) Table() (*Table, error) {
	views, err := s.All()
	t := &Table{Name: "saved commands", Columns: []Column{{Name: "name", Title: "Name"}, {Name: inside, Title: "Command", Priority: 1, Wraps: true}}}
	for _, v := range views {
		t.Rows = append(t.Rows, []Value{v.Name, Join(v.Words)})
	}
	return t, err
}
