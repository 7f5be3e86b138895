package commands

import (
	"fmt"
	"slices"
	"testing"
)

// A text that begins with a kind of records means those of that kind first, and what has all of its words behind them.
func TestFindTakesAKindBeforeTheText(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire := o.hire("claire.dubois", "commercial")
	muller, other := o.client(claire), o.client(claire)
	o.exec("update client set full_name = 'Jörg Müller' where id = $1", muller)
	company := o.company("Müller & Söhne")
	o.exec("update client set full_name = 'Ana Client' , company_id = $1 where id = $2", company, other)
	event := o.event(o.contract(muller, true), 0)
	d := o.desk("admin.root")
	first, second := fmt.Sprintf("client %d", muller), fmt.Sprintf("client %d", other)
	for text, want := range map[string][]string{ // what is found first
		"client muller":                 {first, second},
		"clients Müller":                {first, second},
		"Client  jörg müller":           {first},
		"company muller":                {fmt.Sprintf("company %d", company)},
		fmt.Sprintf("event %d", event):  {fmt.Sprintf("event %d", event)},
		fmt.Sprintf("client %d", other): {second},
		"client nobody":                 {},
	} {
		if got := d.found(text); !slices.Equal(got[:min(len(got), len(want))], want) || len(want) == 0 && len(got) > 0 {
			t.Errorf("find %s finds %q, want %q", text, got, want)
		}
	}
}
