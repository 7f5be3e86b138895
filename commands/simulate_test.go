package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"epev/model"
	"epev/security"
)

// effectsOf returns what a simulation tells: "user permission" → gains and loses.
func effectsOf(r Result) map[string][2]Value {
	found := map[string][2]Value{}
	if r.Table != nil {
		for _, row := range r.Table.Rows {
			found[fmt.Sprintf("%v %v", row[1], row[2])] = [2]Value{row[5], row[6]}
		}
	}
	return found
}

func TestASimulationTellsWhoGainsAndLosesWhat(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	claire, hugo := o.hire("claire.dubois", "commercial"), o.hire("hugo.lefevre", "commercial")
	for range 3 {
		o.client(claire)
	}
	o.client(hugo)
	d := o.desk("admin.root")
	before := o.number("select max(id) from @change_log")
	got := effectsOf(d.must("role simulate commercial client:update"))
	want := map[string][2]Value{"claire.dubois client:update": {int64(1), int64(0)}, "hugo.lefevre client:update": {int64(3), int64(0)}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
	// Who views less, acts on less.
	got = effectsOf(d.must("role simulate commercial +client:view:own -client:view -- -client:create"))
	if got["claire.dubois client:view"] != [2]Value{int64(0), int64(1)} || got["hugo.lefevre client:list"] != [2]Value{int64(0), int64(3)} ||
		got["claire.dubois client:create"] != [2]Value{nil, nil} || len(got) != 6 {
		t.Errorf("%v", got)
	}
	got = effectsOf(d.must("role simulate commercial -client:view"))
	if got["claire.dubois client:update"] != [2]Value{int64(0), int64(3)} || got["hugo.lefevre client:delete"] != [2]Value{int64(0), int64(1)} {
		t.Errorf("%v", got)
	}
	for line, want := range map[string]string{
		"role simulate commercial client:view":       "Nothing would change in what role commercial may do.",
		"role simulate commercial -company:delete":   "Nothing would change in what role commercial may do.",
		"role simulate support client:update":        "Nobody would gain or lose anything: role support has no active user.",
		"role simulate commercial client:view:own":   "Nothing would change in what role commercial may do.",
		"role simulate management -user:view:unseen": "",
	} {
		if r, err := d.do("%s", line); (want != "") != (err == nil) || r.Message != want {
			t.Errorf("%s: %s %v", line, r.Message, err)
		}
	}
	for line, told := range map[string]string{
		"role simulate commercial client:fly":               "client:fly",
		"role simulate commercial client:view -client:view": "given twice",
		"role simulate commercial":                          "CODE",
	} {
		if err := d.fails(model.Usage, "%s", line); !strings.Contains(err.Message, told) {
			t.Errorf("%s: %s", line, err.Message)
		}
	}
	d.fails(model.NotFound, "role simulate boss client:view")
	o.desk("claire.dubois").fails(model.Denied, "role simulate commercial client:update")
	d.told = nil
	d.must("role simulate management -role:assign")
	if !slices.ContainsFunc(d.told, func(line string) bool { return strings.HasPrefix(line, "role:assign could not be revoked") }) {
		t.Errorf("told: %v", d.told)
	}
	if o.number("select max(id) from @change_log where action <> 'login'") != before && o.number("select count(*) from @change_log where action in ('grant', 'revoke') and id > $1", before) != 0 {
		t.Error("a simulation changed something")
	}
}

// Who may assign and view no users is told neither names nor numbers.
func TestASimulationTellsNoMoreThanMayBeViewed(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("deputy", "role:assign")
	o.role("other", "role:assign", "user:view", "client:view:own")
	o.hire("deputy.assigner", "deputy")
	o.hire("other.assigner", "other")
	claire := o.hire("claire.dubois", "commercial")
	o.client(claire)
	if got := effectsOf(o.desk("deputy.assigner").must("role simulate commercial client:update")); fmt.Sprint(got) != fmt.Sprint(map[string][2]Value{"whoever holds it client:update": {nil, nil}}) {
		t.Errorf("%v", got)
	}
	if got := effectsOf(o.desk("other.assigner").must("role simulate commercial client:update")); fmt.Sprint(got) != fmt.Sprint(map[string][2]Value{"claire.dubois client:update": {nil, nil}}) {
		t.Errorf("%v", got)
	}
}

// What is simulated is what happens: on random roles and records, what each could view, change and delete before and after.
func TestASimulationIsWhatHappens(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	random := seeded(12)
	o.hire("admin.root", "management")
	role := o.role("tried")
	people := []string{"ada.tried", "bea.tried"}
	var staff []int64
	for _, name := range people {
		staff = append(staff, o.hire(name, "tried"))
	}
	staff = append(staff, o.hire("claire.dubois", "commercial"))
	var clients []int64
	for range 10 {
		client := o.client(staff[random.IntN(3)])
		clients = append(clients, client)
		if contract := o.contract(client, true); random.IntN(2) == 0 {
			o.event(contract, staff[random.IntN(2)])
		}
	}
	var codes []string
	for _, code := range security.Codes() {
		if strings.HasPrefix(code, "client:view") || strings.HasPrefix(code, "client:update") {
			codes = append(codes, code)
		}
	}
	admin := o.desk("admin.root")
	desks := map[string]*desk{people[0]: o.desk(people[0]), people[1]: o.desk(people[1])}
	sees := func(name, action string) map[int64]bool {
		found := map[int64]bool{}
		for _, id := range clients {
			if r, err := desks[name].do("explain %s client %d", action, id); err == nil && cell(t, r, "allowed") == true {
				found[id] = true
			}
		}
		return found
	}
	for range 8 {
		code := codes[random.IntN(len(codes))]
		verb, signed := "grant", code
		if o.number("select count(*) from @role_permission g join @permission p on p.id = g.permission_id where g.role_id = $1 and p.name = $2", role, code) > 0 {
			verb, signed = "revoke", "-"+code
		}
		told := effectsOf(admin.must("role simulate tried %s", signed))
		before := map[string]map[int64]bool{}
		for _, name := range people {
			for _, action := range []string{"view", "update"} {
				before[name+" client:"+action] = sees(name, action)
			}
		}
		admin.must("role %s tried %s", verb, code)
		for _, name := range people {
			for _, action := range []string{"view", "update"} {
				key := name + " client:" + action
				var gains, loses int64
				after := sees(name, action)
				for _, id := range clients {
					if after[id] && !before[key][id] {
						gains++
					}
					if before[key][id] && !after[id] {
						loses++
					}
				}
				want := [2]Value{gains, loses}
				if got, there := told[key]; there && got != want || !there && gains+loses > 0 {
					t.Errorf("%s %s: %s was told to gain and lose %v, and did %v", verb, code, key, got, want)
				}
			}
		}
	}
}

// An event that nobody supports yet is told apart from the others of one's clients.
func TestASimulationCountsEventsWithoutSupport(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("admin.root", "management")
	contract := o.contract(o.client(o.hire("claire.dubois", "commercial")), true)
	ines := o.hire("ines.morel", "support")
	o.event(contract, 0)
	o.event(contract, 0)
	o.event(contract, ines)
	d := o.desk("admin.root")
	d.must("role revoke commercial event:update:own_client")
	got := effectsOf(d.must("role simulate commercial event:update:own_client event:delete:own_client"))
	want := map[string][2]Value{"claire.dubois event:update": {int64(2), int64(0)}, "claire.dubois event:delete": {int64(3), int64(0)}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v", got)
	}
	r := d.must("explain update event 3 --as claire.dubois")
	if grants := related(r, "what would change it"); cell(t, r, "allowed") != false || grants != "role grant commercial event:update | change any of the events\n" {
		t.Errorf("%v\n%s", r.Table.Rows, grants)
	}
	r = d.must("explain update event 1 --as claire.dubois")
	if grants := related(r, "what would change it"); cell(t, r, "allowed") != false || !strings.HasPrefix(grants, "role grant commercial event:update:own_client | ") {
		t.Errorf("%v\n%s", r.Table.Rows, grants)
	}
}
