package commands

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"epev/model"
)

// Whatever tells of records tells of those that a view lets through, and of no others. So do find, today, the agenda, duplicates,
// suggestions, explanations and simulations. So does what a view shows below itself, the history, an id that leads to another record,
// and the number of a line. It holds for random grants and random records (SPEC 5, rules 3 and 4).
func TestEveryReadTellsWhatAViewLetsThrough(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := seeded(400 + seed)
			o := openOffice(t)
			w := newWorld(o, r)
			w.payments(4)
			o.hire("manon.directrice", "management")
			role := o.number("select id from @role where name = 'clerk'")
			o.exec(`update note set text = 'Zebra ' || id || 'x', remind_on = '2026-11-01 12:00Z';
				update client set phone = '+33142278186';
				update event set title = 'Fair ' || id`)
			led := w.led(o.desk("manon.directrice"))
			for range 5 {
				codes := randomCodes(r)
				w.fill(role)
				o.grant(role, codes...)
				w.readsOpened(codes)
				w.readsFound(codes)
				w.readsToday(codes)
				w.readsAgenda(codes)
				w.readsDuplicates(codes)
				w.readsSuggested(codes)
				w.readsExplained(codes)
				w.readsSimulated(codes, role)
				w.readsBelow(codes)
				w.readsLed(codes, led)
				if t.Failed() {
					t.Fatalf("the grants were %s", strings.Join(codes, " "))
				}
			}
		})
	}
}

// seeable are the nouns of which the world knows the records.
var seeable = []string{"client", "contract", "event", "note", "payment"}

// payments adds payments of some contracts.
func (w *world) payments(contracts int) {
	w.above["payment"] = map[int64]int64{}
	for _, contract := range sortedKeys(w.above["contract"])[:contracts] {
		last := w.o.payment(contract)
		w.above["payment"][last], w.above["payment"][last-1] = contract, contract
	}
}

// led merges one client into another one, and returns the id that leads to that.
func (w *world) led(manager *desk) map[int64]int64 {
	clients := sortedKeys(w.above["client"])
	from, into := clients[0], clients[len(clients)-1]
	manager.must("client merge %d %d", from, into)
	delete(w.above["client"], from)
	for contract, client := range w.above["contract"] {
		if client == from {
			w.above["contract"][contract] = into
		}
	}
	for note, about := range w.about {
		if about == (record{"client", from}) {
			w.about[note] = record{"client", into}
		}
	}
	return map[int64]int64{from: into}
}

// fill has the desk list records that it may view all of, so that it knows lines to open.
func (w *world) fill(role int64) {
	w.o.grant(role, "client:list", "client:view", "contract:list", "contract:view", "event:list", "event:view", "note:list", "note:view", "payment:list", "payment:view")
}

// holds reports whether codes hold any for the action.
func (w *world) holds(codes []string, noun, action string) bool {
	_, held := w.reaches(codes, noun, action, 0)
	return held
}

// visible are the noun's records that a view lets through.
func (w *world) visible(codes []string, noun string) []int64 {
	return w.where(noun, func(id int64) bool { return w.sees(codes, noun, id) })
}

// told fails where a record is told of that a view does not let through.
func (w *world) told(codes []string, by, noun string, id int64) {
	w.o.t.Helper()
	if !w.sees(codes, noun, id) {
		w.o.t.Errorf("%s tells of %s %d, which a view does not let through", by, noun, id)
	}
}

// readsOpened opens lines of a list from before the grants changed.
func (w *world) readsOpened(codes []string) {
	for _, noun := range seeable {
		role := w.o.number("select id from @role where name = 'clerk'")
		w.fill(role)
		listed := ids(w.o.t, w.desk.must("%s list", noun))
		w.o.grant(role, codes...)
		for i, id := range listed {
			_, opened := w.desk.do("open %d", i+1)
			_, viewed := w.desk.do("%s view %d", noun, id)
			if (opened == nil) != w.sees(codes, noun, id) || model.KindOf(opened) != model.KindOf(viewed) {
				w.o.t.Errorf("open of %s %d: %v, and a view: %v", noun, id, opened, viewed)
			}
		}
	}
}

func (w *world) readsFound(codes []string) {
	t := w.o.t
	finds := slices.ContainsFunc([]string{"client", "company", "contract", "event", "note", "user"}, func(noun string) bool { return w.holds(codes, noun, "view") })
	texts := []string{"fair", "client", "startup", "epicevents", "alex.actor", "1000", "1", "2", "3"}
	for id := range w.above["note"] {
		texts = append(texts, fmt.Sprintf("zebra %dx", id))
	}
	for _, text := range texts {
		result, err := w.desk.do("find '%s' --limit 200", text)
		if (err == nil) != finds || err != nil && model.KindOf(err) != model.Denied {
			t.Fatalf("find: %v", err)
		}
		if err != nil {
			return
		}
		for _, row := range result.Table.Open {
			w.told(codes, "find "+text, row.Kind, row.ID)
		}
		if id, isNote := strings.CutPrefix(text, "zebra "); isNote {
			note, _ := strconv.ParseInt(strings.TrimSuffix(id, "x"), 10, 64)
			if found := slices.ContainsFunc(result.Table.Open, func(r Row) bool { return r.Kind == "note" && r.ID == note }); found != w.sees(codes, "note", note) {
				t.Errorf("find %s finds it: %v", text, found)
			}
		}
	}
}

func (w *world) readsToday(codes []string) {
	for _, row := range w.desk.must("today").Table.Open {
		if row.ID != 0 {
			w.told(codes, "today", row.Kind, row.ID)
		}
	}
}

func (w *world) readsAgenda(codes []string) {
	t := w.o.t
	lists := w.holds(codes, "event", "list") && w.holds(codes, "event", "view")
	of := func(user int64) []int64 {
		return w.where("event", func(id int64) bool {
			return w.sees(codes, "event", id) && (user == 0 || w.support[id] == user || w.above["client"][w.above["contract"][w.above["event"][id]]] == user)
		})
	}
	whose := w.actor
	if slices.Contains(codes, "event:assign_support") {
		whose = 0
	}
	for line, want := range map[string][]int64{"agenda": of(whose), "agenda --of claire.dubois": of(w.o.number("select id from @users where username = 'claire.dubois'")),
		"agenda --of alex.actor": of(w.actor)} {
		result, err := w.desk.do("%s --from 01/11/2026 --to 01/07/2027", line)
		if !lists || err != nil {
			if lists || model.KindOf(err) != model.Denied {
				t.Errorf("%s: %v", line, err)
			}
			continue
		}
		got := ids(t, result)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s shows %v of %v", line, got, want)
		}
		for _, row := range result.Table.Rows {
			for _, id := range numbersIn(fmt.Sprint(row[8])) {
				w.told(codes, line, "event", id)
			}
		}
	}
}

// numbersIn are the whole numbers of a text.
func numbersIn(text string) (numbers []int64) {
	for _, digits := range regexp.MustCompile(`[0-9]+`).FindAllString(text, -1) {
		n, _ := strconv.ParseInt(digits, 10, 64)
		numbers = append(numbers, n)
	}
	return numbers
}

// readsDuplicates knows that all clients have one phone number.
func (w *world) readsDuplicates(codes []string) {
	t := w.o.t
	result, err := w.desk.do("client duplicates")
	if lists := w.holds(codes, "client", "list") && w.holds(codes, "client", "view"); !lists || err != nil {
		if lists || model.KindOf(err) != model.Denied {
			t.Errorf("client duplicates: %v", err)
		}
		return
	}
	got := []int64{}
	for _, row := range result.Table.Rows {
		for _, id := range []int64{row[0].(int64), row[2].(int64)} {
			if w.told(codes, "client duplicates", "client", id); !slices.Contains(got, id) {
				got = append(got, id)
			}
		}
		from, _ := w.reaches(codes, "client", "merge", row[0].(int64))
		into, _ := w.reaches(codes, "client", "merge", row[2].(int64))
		if offered := row[5] != nil; offered != (from && into) {
			t.Errorf("client duplicates offers to merge %v and %v: %v", row[0], row[2], offered)
		}
	}
	slices.Sort(got)
	if want := w.visible(codes, "client"); len(want) > 1 && !slices.Equal(got, want) {
		t.Errorf("client duplicates pairs %v of %v", got, want)
	}
}

func (w *world) readsSuggested(codes []string) {
	for _, id := range sortedKeys(w.above["event"]) {
		may, held := w.reaches(codes, "event", "assign_support", id)
		w.answers(held, w.sees(codes, "event", id), may, "event suggest %d", id)
		result, err := w.desk.do("event suggest %d", id)
		if err != nil {
			continue
		}
		for _, row := range result.Table.Rows {
			for _, named := range regexp.MustCompile(`event ([0-9]+) \(`).FindAllStringSubmatch(fmt.Sprint(row[5]), -1) {
				other, _ := strconv.ParseInt(named[1], 10, 64)
				w.told(codes, "event suggest", "event", other)
			}
		}
	}
}

func (w *world) readsExplained(codes []string) {
	t := w.o.t
	others := slices.Contains(codes, "user:view") && (slices.Contains(codes, "role:view") || slices.Contains(codes, "role:assign")) // which implies it
	for _, noun := range seeable {
		for _, id := range sortedKeys(w.above[noun]) {
			for _, line := range []string{"explain view %s %d", "explain list %s %d"} {
				if _, err := w.desk.do(line, noun, id); (err == nil) != w.sees(codes, noun, id) || err != nil && model.KindOf(err) != model.NotFound {
					t.Errorf(line+": %v", noun, id, err)
				}
			}
			want := model.KindOf(nil)
			switch {
			case !others:
				want = model.Denied
			case !w.sees(codes, noun, id):
				want = model.NotFound
			}
			if _, err := w.desk.do("explain view %s %d --as claire.dubois", noun, id); (err == nil) != (others && w.sees(codes, noun, id)) || err != nil && model.KindOf(err) != want {
				t.Errorf("explain view %s %d --as claire.dubois: %v", noun, id, err)
			}
		}
	}
}

// readsSimulated wants records counted for who sees all of them, and people named to who sees them.
func (w *world) readsSimulated(codes []string, role int64) {
	t := w.o.t
	result, err := w.desk.do("role simulate %d client:delete contract:delete event:delete payment:void note:delete company:delete -client:view -event:view -contract:view -payment:view -note:view", role)
	if !slices.Contains(codes, "role:assign") || err != nil {
		if slices.Contains(codes, "role:assign") || model.KindOf(err) != model.Denied {
			t.Errorf("role simulate: %v", err)
		}
		return
	}
	if result.Table == nil {
		return
	}
	for _, row := range result.Table.Rows {
		noun, _, _ := strings.Cut(fmt.Sprint(row[2]), ":")
		if counted := row[5] != nil || row[6] != nil; counted && !(slices.Contains(codes, noun+":view") && slices.Contains(codes, "user:view")) {
			t.Errorf("role simulate counts %s: %v", noun, row)
		}
		if named := row[0] != nil; named && !slices.Contains(codes, "user:view") {
			t.Errorf("role simulate names %v", row)
		}
	}
}

// readsBelow looks at what a view shows below a record, and at its history.
func (w *world) readsBelow(codes []string) {
	t := w.o.t
	nouns := map[string]string{"contracts": "contract", "events": "event", "notes": "note", "client_notes": "note", "event_notes": "note", "contract_notes": "note", "payments": "payment"}
	for _, noun := range seeable {
		for _, id := range append(sortedKeys(w.above[noun]), missing) {
			result, err := w.desk.do("%s view %d", noun, id)
			_, told := w.desk.do("history %s %d", noun, id)
			if sees := w.above[noun][id] != 0 && w.sees(codes, noun, id); (told == nil) != sees {
				t.Errorf("history %s %d: %v, and a view: %v", noun, id, told, err)
			}
			if err != nil {
				continue
			}
			for _, below := range result.Table.Related {
				of, known := nouns[below.Name]
				if !known {
					t.Fatalf("%s view shows %s, of which this test does not know", noun, below.Name)
				}
				for _, other := range ids(t, Result{Table: &below}) {
					w.told(codes, noun+" view", of, other)
				}
				if !w.holds(codes, of, "list") {
					t.Errorf("%s view lists %s without the right to", noun, below.Name)
				}
			}
		}
	}
}

// readsLed asks for a record by an id that leads to it.
func (w *world) readsLed(codes []string, led map[int64]int64) {
	t := w.o.t
	for from, into := range led {
		for _, line := range []string{"client view %d", "history client %d", "explain view client %d", "note add client %d Called", "contract list --client-id %d", "contract create --client-id %d --total-amount 1"} {
			var errs [2]error
			for i, id := range []int64{from, into} {
				w.desk.undo(func() { _, errs[i] = w.desk.do(line, id) })
			}
			if model.KindOf(errs[0]) != model.KindOf(errs[1]) || (errs[0] == nil) != (errs[1] == nil) {
				t.Errorf(line+": %v, and by its own id: %v", from, errs[0], errs[1])
			}
			if errs[0] != nil && model.KindOf(errs[0]) == model.NotFound && strings.Contains(told(errs[0]), fmt.Sprint(into)) {
				t.Errorf(line+" tells where it leads: %s", from, told(errs[0]))
			}
		}
	}
}
