package data_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"epev/data"
	"epev/model"
)

// because writes a company with a cause.
func because(cause, name string) func(ctx context.Context, tx *data.Tx) error {
	return func(ctx context.Context, tx *data.Tx) error {
		if err := tx.Because(ctx, cause); err != nil {
			return err
		}
		return tx.InsertCompany(ctx, &model.Company{Name: name})
	}
}

func TestTheHistoryTellsTheCauseOfATransaction(t *testing.T) {
	t.Parallel()
	d, ctx := newDesk(t), t.Context()
	d.must(t, d.mona, because("handover from carl to cora", "A"))
	d.must(t, d.mona, addCompany("B"))
	failed := errors.New("no")
	err := d.Atomic(ctx, func(ctx context.Context, s *data.Store) error {
		if err := s.Write(ctx, d.mona, because("a merge", "C")); err != nil {
			return err
		}
		if err := s.Write(ctx, d.mona, addCompany("D")); err != nil { // another command of the same transaction
			return err
		}
		err := s.Write(ctx, d.mona, func(ctx context.Context, tx *data.Tx) error {
			return errors.Join(because("what fails", "E")(ctx, tx), failed)
		})
		if !errors.Is(err, failed) {
			t.Error(err)
		}
		return s.Write(ctx, d.mona, addCompany("F"))
	})
	if err != nil {
		t.Fatal(err)
	}
	companies, err := d.Read().Companies(ctx, model.Everything, data.CompanyFilter{}, model.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var causes []string
	for _, c := range companies {
		history, err := d.Read().History(ctx, "company", c.ID)
		if len(history) != 1 || err != nil {
			t.Fatalf("%+v %v", history, err)
		}
		causes = append(causes, c.Name+" "+history[0].Cause)
	}
	if want := []string{"A handover from carl to cora", "B ", "C a merge", "D ", "F "}; !slices.Equal(causes, want) {
		t.Errorf("causes %q, want %q", causes, want)
	}
}
