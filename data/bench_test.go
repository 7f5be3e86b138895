package data_test

import (
	"context"
	"testing"

	"epev/data"
	"epev/model"
)

// What every command costs at least: who is it, and one record.
func BenchmarkAuthorise(b *testing.B) {
	d := newDesk(b)
	for b.Loop() {
		if _, err := d.Read().Authorise(b.Context(), d.carl.SessionID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkClient(b *testing.B) {
	d := newDesk(b)
	c := d.client(b, d.carl, "kevin")
	reach := model.Reach{Own: true, Assigned: true, ActorID: d.carl.ActorID}
	for b.Loop() {
		if _, err := d.Read().Client(b.Context(), reach, c.ID); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAuthoriseAndClient(b *testing.B) {
	d := newDesk(b)
	c := d.client(b, d.carl, "kevin")
	for b.Loop() {
		a, err := d.Read().Authorise(b.Context(), d.carl.SessionID)
		if err == nil {
			_, err = d.Read().Client(b.Context(), model.Reach{Own: true, Assigned: true, ActorID: a.UserID}, c.ID)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpdateClient(b *testing.B) {
	d := newDesk(b)
	c := d.client(b, d.carl, "kevin")
	for b.Loop() {
		c.FullName += "x"
		if len(c.FullName) > 100 {
			c.FullName = "kevin"
		}
		if err := d.Write(b.Context(), d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.UpdateClient(ctx, &c) }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkListClients(b *testing.B) {
	d := newDesk(b)
	crowd(b, d)
	for b.Loop() {
		if _, err := d.Read().Clients(b.Context(), everyone(d.mona), data.ClientFilter{}, model.Page{Limit: 20, Sort: by("client", "full_name")}); err != nil {
			b.Fatal(err)
		}
	}
}
