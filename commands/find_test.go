package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

// found are the records that find tells, as "client 8".
func (d *desk) found(text string) []string {
	d.t.Helper()
	t := d.must("find '%s' --limit 200", text).Table
	records := []string{}
	for i, row := range t.Rows {
		record := fmt.Sprintf("%v %v", row[1], row[2])
		if open := fmt.Sprintf("%s %d", t.Open[i].Kind, t.Open[i].ID); open != record || row[4] != t.Open[i].view() {
			d.t.Errorf("line %d tells %s, opens %s and says %v", i+1, record, open, row[4])
		}
		records = append(records, record)
	}
	return records
}

// What find finds is what a view would let through, for random grants and records: by an id, a name and what a record belongs to.
func TestFindAndViewAgree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			r := seeded(200 + seed)
			o := openOffice(t)
			w := newWorld(o, r)
			role := o.number("select id from @role where name = 'clerk'")
			for id := range w.above["event"] {
				o.exec("update event set title = 'Gala ' || id || 'x' where id = $1", id)
			}
			for range 6 {
				codes := append(randomCodes(r), "company:view") // who may view nothing is denied
				o.grant(role, codes...)
				sees := func(noun string, id int64) bool { sees, _ := w.reaches(codes, noun, "view", id); return sees }
				for _, noun := range []string{"client", "contract", "event"} {
					for id := range w.above[noun] {
						record := fmt.Sprintf("%s %d", noun, id)
						texts := []string{fmt.Sprint(id)}
						switch noun {
						case "client":
							texts = append(texts, o.text("select full_name from @client where id = $1", id), o.text("select email from @client where id = $1", id))
						case "contract":
							texts = append(texts, o.text("select email from @client where id = $1", w.above["contract"][id]))
						case "event":
							texts = append(texts, fmt.Sprintf("ala %dx", id), o.text("select email from @client where id = $1", w.above["contract"][w.above["event"][id]]))
						}
						for _, text := range texts {
							if got := slices.Contains(w.desk.found(text), record); got != sees(noun, id) {
								t.Errorf("find %q finds %s: %v, and a view lets it through: %v", text, record, got, !got)
							}
						}
					}
				}
				if t.Failed() {
					t.Fatalf("the grants were %s", strings.Join(codes, " "))
				}
			}
		})
	}
}

func TestWhoMayViewNothingFindsNothing(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("nothing")
	o.hire("alex.actor", "nothing")
	o.desk("alex.actor").fails(model.Denied, "find client")
}

// Several words need no quotes, wherever the flags stand. Each stands in the name, the e-mail address or the company of a client.
func TestFindTakesSeveralWords(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	w := newWorld(o, seeded(7))
	o.grant(o.number("select id from @role where name = 'clerk'"), "client:view", "contract:view", "event:view", "company:view")
	company := o.number("insert into company (name) values ('Startup Zyx') returning id")
	client := o.number("update @client set full_name = 'Zoé Martin', email = 'contact@dupont.fr', company_id = $1 where id = (select min(id) from @client) returning id", company)
	record := fmt.Sprintf("client %d", client)
	for _, text := range []string{"zoé martin", "martin zoé", "zoé startup", "startup martin", "zyx dupont", "martin zyx dupont", "martin z", "zoé martin --limit 5", "--limit 5 zoé martin"} {
		table := w.desk.must("find %s", text).Table
		if !slices.ContainsFunc(table.Rows, func(row []Value) bool { return fmt.Sprintf("%v %v", row[1], row[2]) == record }) {
			t.Errorf("find %s does not find %s: %v", text, record, table.Rows)
		}
	}
	for _, text := range []string{"zoé kévinx", "martin nobody", "... xyzzy"} {
		if rows := w.desk.must("find %s", text).Table.Rows; len(rows) > 0 {
			t.Errorf("find %s finds %v", text, rows)
		}
	}
}
