package data_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"epev/data"
	"epev/data/testdb"
	"epev/model"
)

// Two clients of the pool read, write, and make the schema; what the pool's servers were before, they are after.
func TestAPoolerIsLeftAsItWas(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][]string{
		"told":    {},
		"refuses": {},
		"ignores": {"ignore_startup_parameters = search_path,statement_timeout,lock_timeout,default_transaction_isolation,epev.own,idle_in_transaction_session_timeout,tcp_user_timeout,tcp_keepalives_idle,tcp_keepalives_interval,tcp_keepalives_count"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			dsn := testdb.Pooler(t, d.dsn, settings...)
			before := testdb.Held(t, dsn)
			if name == "told" {
				dsn += "&pooler=transaction"
			}
			var clients sync.WaitGroup
			for i := range 2 {
				clients.Go(func() {
					s := open(t, dsn)
					for n := range 10 {
						work(t, s, d, fmt.Sprintf("%d-%d", i, n))
					}
				})
			}
			clients.Wait()
			if summary, err := open(t, dsn).Migrate(t.Context(), data.Seed{}); err != nil || summary.From != summary.To {
				t.Errorf("db-create: %+v %v", summary, err)
			}
			if after := testdb.Held(t, strings.TrimSuffix(dsn, "&pooler=transaction")); after != before {
				t.Errorf("the servers of the pool were\n%s\nand are\n%s", before, after)
			}
		})
	}
}

// work reads and writes in every way there is.
func work(t *testing.T, s *data.Store, d *desk, name string) {
	ctx := t.Context()
	actor, err := s.Read().Authorise(ctx, d.carl.SessionID)
	if err != nil || actor.Username != "carl" {
		t.Errorf("authorise: %+v %v", actor, err)
	}
	c := model.Client{FullName: name, Email: model.Email(name + "@client.test"), CommercialID: d.carl.ActorID, FirstContact: day(1)}
	if err := s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &c) }); err != nil {
		t.Errorf("insert: %v", err)
	}
	if _, err := s.Read().Clients(ctx, everyone(d.carl), data.ClientFilter{}, model.Page{Sort: by("client", "id")}); err != nil {
		t.Errorf("list: %v", err)
	}
	err = s.Atomic(ctx, func(ctx context.Context, inner *data.Store) error {
		err := inner.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error {
			c.FullName = "New " + name
			return tx.UpdateClient(ctx, &c)
		})
		if err != nil {
			return err
		}
		found, err := inner.Read().Client(ctx, everyone(d.carl), c.ID)
		if err == nil && found.FullName != c.FullName {
			err = fmt.Errorf("it is %q", found.FullName)
		}
		return err
	})
	if err != nil {
		t.Errorf("atomic: %v", err)
	}
	// One that fails leaves nothing behind, nor a connection that is of no more use.
	_ = s.Write(ctx, d.carl, func(ctx context.Context, tx *data.Tx) error { return tx.InsertClient(ctx, &c) })
	if _, err := s.Info(ctx); err != nil {
		t.Errorf("info: %v", err)
	}
}
