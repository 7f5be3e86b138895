package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

// Whose a payment is follows from its contract. Lists, views and completion tell of the same ones. What may be paid, voided
// and deleted is what is offered for it. It holds for random grants and random records (SPEC 5, rule 3).
func TestPaymentsAreSeenAndDoneAsTheirContractsAre(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := seeded(seed)
			o := openOffice(t)
			w := newWorld(o, r)
			w.above["payment"] = map[int64]int64{}
			for range 6 {
				contract := pick(r, w.above["contract"])
				if o.number("select count(*) from @payment where contract_id = $1", contract) == 0 {
					w.above["payment"][o.payment(contract)] = contract
				}
			}
			for id := range o.number("select max(id) from @payment") + 1 {
				if contract := o.number("select coalesce(max(contract_id), 0) from @payment where id = $1", id); contract != 0 {
					w.above["payment"][id] = contract
				}
			}
			role := o.number("select id from @role where name = 'clerk'")
			for range 8 {
				codes := randomCodes(r)
				if r.IntN(2) == 0 {
					codes = append(codes, "payment:list", []string{"payment:view:own", "payment:view:assigned", "payment:view"}[r.IntN(3)])
				}
				o.grant(role, codes...)
				w.checkPayments(codes)
				if t.Failed() {
					t.Fatalf("the grants were %s", strings.Join(codes, " "))
				}
			}
		})
	}
}

// may tells of which contracts the codes let the actor do the action to payments, or to the contracts themselves.
func (w *world) may(codes []string, noun, action string) func(contract int64) bool {
	return func(contract int64) bool {
		own, assigned := w.relation("contract", contract)
		for _, code := range codes {
			if code == noun+":"+action || code == noun+":"+action+":own" && own || code == noun+":"+action+":assigned" && assigned {
				return true
			}
		}
		return false
	}
}

func (w *world) checkPayments(codes []string) {
	t := w.o.t
	views, voids, pays, sees := w.may(codes, "payment", "view"), w.may(codes, "payment", "void"), w.may(codes, "payment", "create"), w.may(codes, "contract", "view")
	holds := func(action string) bool {
		return slices.ContainsFunc(codes, func(code string) bool {
			return code == "payment:"+action || strings.HasPrefix(code, "payment:"+action+":")
		})
	}
	of := func(payment int64) int64 { return w.above["payment"][payment] }
	visible := w.where("payment", func(id int64) bool { return views(of(id)) })

	switch listed, err := w.desk.do("payment list"); {
	case !holds("list") || !holds("view"):
		if model.KindOf(err) != model.Denied {
			t.Errorf("payment list: %v", err)
		}
	case err != nil:
		t.Errorf("payment list: %s", told(err))
	case !slices.Equal(ids(t, listed), visible):
		t.Errorf("payment list shows %v and view lets %v through", ids(t, listed), visible)
	default:
		for contract := range w.above["contract"] {
			below := []int64{}
			if result, err := w.desk.do("contract view %d", contract); err == nil {
				for _, related := range result.Table.Related {
					if related.Name == "payments" {
						below = ids(t, Result{Table: &related})
					}
				}
				if want := w.where("payment", func(id int64) bool { return of(id) == contract && views(contract) }); !slices.Equal(below, want) {
					t.Errorf("contract view %d shows payments %v of %v", contract, below, want)
				}
			}
		}
	}
	if got := w.offered("payment view", "id"); !slices.Equal(got, visible) {
		t.Errorf("payment view is offered %v of %v", got, visible)
	}
	if got, want := w.offered("payment void", "id"), w.where("payment", func(id int64) bool { return views(of(id)) && voids(of(id)) }); !slices.Equal(got, want) {
		t.Errorf("payment void is offered %v of %v", got, want)
	}
	if got, want := w.offered("contract pay", "id"), w.where("contract", func(id int64) bool { return sees(id) && pays(id) }); !slices.Equal(got, want) {
		t.Errorf("contract pay is offered %v of %v", got, want)
	}
	for id := range w.above["payment"] {
		w.answers(holds("view"), views(of(id)), true, "payment view %d", id)
		w.desk.undo(func() { w.answers(holds("void"), views(of(id)), voids(of(id)), "payment void %d --reason x", id) })
	}
	for id := range w.above["contract"] {
		w.desk.undo(func() { w.answers(holds("create"), sees(id), pays(id), "contract pay %d 1", id) })
	}
	for _, id := range w.offered("contract delete", "id") {
		if n := w.o.number("select count(*) from @payment where contract_id = $1", id); n != 0 {
			t.Errorf("contract delete is offered contract %d, which has %d payments", id, n)
		}
	}
}

// answers compares the answer of a command with what the codes say.
func (w *world) answers(held, sees, may bool, format string, id int64) {
	t := w.o.t
	t.Helper()
	_, err := w.desk.do(format, id)
	want := model.Denied
	switch {
	case held && !sees:
		want = model.NotFound
	case held && may:
		if err != nil && model.KindOf(err) != model.Conflict {
			t.Errorf(format+": %s", id, told(err))
		}
		return
	}
	if model.KindOf(err) != want {
		t.Errorf(format+": %v, held %v, seen %v, permitted %v", id, err, held, sees, may)
	}
}
