package commands

import (
	"strings"
	"testing"
	"time"

	"epev/commands/sentences"
	"epev/model"
)

func TestEveryListAndOrderHasAMarkOfItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[uint16]string{}
	for _, n := range nouns() {
		for _, o := range n.orders() {
			for _, o.Descending = range []bool{false, true} {
				of := listAndOrder(n.title(), o)
				if other, ok := seen[of]; ok {
					t.Errorf("%s by %s has the number of %s", n.title(), o, other)
				}
				seen[of] = n.title() + " by " + o.String()
			}
		}
	}
}

// order returns an order of a noun's list by what --sort takes.
func order(noun, sort string) model.Order {
	for _, n := range nouns() {
		for _, o := range n.orders() {
			if field, descending := strings.CutPrefix(sort, "-"); n.title() == noun && o.Field == field {
				o.Descending = descending
				return o
			}
		}
	}
	return model.Order{}
}

func TestAMarkIsOneWordThatReadsAsItWasWritten(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 1, 2, 3, 4, 5, 678901000, time.FixedZone("", 7200))
	for _, test := range []struct {
		resource, sort string
		value          any
		key            string
	}{
		{"client", "full_name", "Élodie 'O' Nguyễn", "Élodie 'O' Nguyễn"}, {"client", "-company", nil, ""}, {"client", "phone", model.Phone("+33612345678"), "+33612345678"},
		{"event", "start_date", at, "2027-01-02T01:04:05.678901Z"}, {"client", "-last_contact_date", nil, ""},
		{"contract", "-total_amount", model.AmountOf(120050), "1200.50"}, {"contract", "is_signed", true, "1"}, {"user", "-is_active", false, "0"},
		{"event", "participant_count", int64(12), "12"}, {"event", "full_address", strings.Repeat("é", 256), strings.Repeat("é", 256)},
	} {
		raw := markOf(test.resource, order(test.resource, test.sort), 57, test.value).String()
		if strings.Trim(raw, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" || len(raw) > 30 && len(test.key) < 20 {
			t.Errorf("%s by %s: the mark is %q", test.resource, test.sort, raw)
		}
		m, err := parseMark("after", raw)
		p := model.Page{Sort: order(test.resource, test.sort)}
		if err == nil {
			err = m.place("after", test.resource, &p)
		}
		if err != nil || p.After != 57 || p.AfterKey == nil || *p.AfterKey != test.key {
			t.Errorf("%s by %s: %q reads as %+v, %v", test.resource, test.sort, raw, p, err)
		}
	}
	if raw := markOf("client", order("client", ""), 57, int64(57)).String(); raw != "57" {
		t.Errorf("by id the mark is %q", raw)
	}
}

func TestAMarkOfAnotherListOrOrderIsRefused(t *testing.T) {
	t.Parallel()
	m, err := parseMark("after", markOf("client", order("client", "-full_name"), 57, "x").String())
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []struct{ resource, sort string }{{"client", "full_name"}, {"client", ""}, {"event", "title"}} {
		p := model.Page{Sort: order(other.resource, other.sort)}
		err := m.place("after", other.resource, &p)
		if model.KindOf(err) != model.Usage || !strings.Contains(err.Error(), "client list --sort -full_name") || p.After != 0 {
			t.Errorf("%+v: %v", other, err)
		}
	}
}

func TestAMarkThatWasCutOrChangedIsRefused(t *testing.T) {
	t.Parallel()
	raw := markOf("client", order("client", "full_name"), 57, "Kévin").String()
	for i := range raw {
		for _, bad := range []string{raw[:i], raw[:i] + "0" + raw[i:], raw[:i] + "x" + raw[i+1:], raw[:i] + "-" + raw[i:]} {
			if _, err := parseMark("after", bad); bad != raw && model.KindOf(err) != model.Usage {
				t.Errorf("%q: %v", bad, err)
			}
		}
	}
	for _, bad := range []string{"", "m", "m0", "m-1", "m" + strings.Repeat("z", 3000), "mm", "m\x00", "m é", "mx' OR 1=1"} {
		if _, err := parseMark("after", bad); model.KindOf(err) != model.Usage || len(sentences.Of(err).Message) > 300 {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseMark(f *testing.F) {
	f.Add("57")
	f.Add(markOf("client", order("client", "-full_name"), 57, "Kévin").String())
	f.Add(markOf("event", order("event", "start_date"), 57, time.Unix(1, 0)).String())
	f.Add(markOf("contract", order("contract", "total_amount"), 57, model.AmountOf(1)).String())
	f.Fuzz(func(t *testing.T, raw string) {
		m, err := parseMark("after", raw)
		if err != nil {
			if model.KindOf(err) != model.Usage {
				t.Errorf("%q: %v", raw, err)
			}
			return
		}
		if m.id < 1 {
			t.Errorf("%q marks %+v", raw, m)
		}
		if again, err := parseMark("after", m.String()); err != nil || again != m {
			t.Errorf("%q: %+v, again %+v %v", raw, m, again, err)
		}
	})
}
