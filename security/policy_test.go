package security

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"epev/commands/sentences"
	"epev/model"

	"github.com/google/go-cmp/cmp"
)

// The catalogue of SPEC 5, written a second time as the page has it.
const spec5 = `
user | list view create update delete handover |
role | list view assign |
company | list view create update delete |
client | list view create update delete reassign merge | own, assigned
contract | list view create update delete | own, assigned
event | list view create update delete assign_support cancel | own_client, assigned
payment | list view create void | own, assigned
note | list view create update delete | mine
history | view |
report | view |`

func TestCatalogueIsTheTableOfSpec5(t *testing.T) {
	t.Parallel()
	var want []string
	for line := range strings.Lines(strings.TrimSpace(spec5)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		for _, action := range strings.Fields(cells[1]) {
			bare := strings.TrimSpace(cells[0]) + ":" + action
			want = append(want, bare)
			for _, sc := range strings.Fields(strings.ReplaceAll(cells[2], ",", " ")) {
				want = append(want, bare+":"+sc)
			}
		}
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, Codes()); diff != "" {
		t.Errorf("Codes() (-want +got):\n%s", diff)
	}
}

func TestDefaultRolesAreThoseOfSpec5(t *testing.T) {
	t.Parallel()
	want := []model.Role{
		{ID: 1, Name: "management", Permissions: strings.Fields(`
			user:list user:view user:create user:update user:delete user:handover role:list role:view role:assign
			company:list company:view company:create company:update company:delete
			contract:list contract:view contract:create contract:update contract:delete history:view
			client:list client:view client:reassign client:merge
			event:list event:view event:update event:delete event:assign_support report:view
			payment:list payment:view payment:create payment:void
			event:cancel note:list note:view note:create note:update note:delete`)},
		{ID: 2, Name: "commercial", Permissions: strings.Fields(`
			client:list client:view client:create client:update:own client:delete:own client:merge:own
			contract:list contract:view contract:update:own event:list event:view
			event:create:own_client company:list company:view company:create report:view
			payment:list payment:view payment:create:own
			event:update:own_client event:cancel:own_client note:list note:view note:create note:update:mine note:delete:mine`)},
		{ID: 3, Name: "support", Permissions: strings.Fields(`
			client:list client:view contract:list contract:view event:list event:view
			event:update:assigned note:list note:view note:create note:update:mine note:delete:mine
			company:list company:view report:view`)},
	}
	got := DefaultRoles()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("DefaultRoles() (-want +got):\n%s", diff)
	}
	for _, role := range got {
		for _, code := range role.Permissions {
			if !Known(code) {
				t.Errorf("%s holds %s, which does not exist", role.Name, code)
			}
		}
	}
}

func TestCodesAreACopy(t *testing.T) {
	t.Parallel()
	Codes()[0] = "root:everything"
	if Known("root:everything") || Codes()[0] == "root:everything" {
		t.Error("the catalogue can be changed through Codes()")
	}
}

func TestCheckCode(t *testing.T) {
	t.Parallel()
	if got, err := CheckCode("code", " client:update:own "); got != "client:update:own" || err != nil {
		t.Errorf("CheckCode = %q, %v", got, err)
	}
	for raw, hint := range map[string]string{
		"client:udpate:own":      `did you mean "client:update:own"?`,
		"Client:Update":          `did you mean "client:update"?`,
		"event:update:own_c":     `did you mean "event:update:own_client"?`,
		"client:fly":             `the nearest is "client:list"; "role perms" lists every code`,
		"client:view:own_client": `the nearest is "client:view:own"; "role perms" lists every code`,
		"client:update:mine":     `the nearest is "client:update:own"; "role perms" lists every code`,
		"user:view:own":          `the nearest is "user:view"; "role perms" lists every code`,
		"event:own":              `the nearest is "event:list"; "role perms" lists every code`,
		"Company":                `the nearest is "company:list"; "role perms" lists every code`,
		"xyz":                    `the nearest is "note:list"; "role perms" lists every code`,
		"":                       `"role perms" lists every code`,
		"company:list:own":       "", // no scopes on companies; whichever hint
	} {
		code, err := CheckCode("code", raw)
		var e *model.Error
		if code != "" || !errors.As(err, &e) || e.Kind != model.Usage || e.Field != "code" {
			t.Errorf("CheckCode(%q) = %q, %v; want a Usage error about code", raw, code, err)
			continue
		}
		if hint != "" && sentences.Of(e).Hint != hint {
			t.Errorf("CheckCode(%q) hints %q, want %q", raw, sentences.Of(e).Hint, hint)
		}
	}
}

// actors are one for each default role, one for each single code, and the odd ones.
func actors() []model.Actor {
	all := []model.Actor{
		{UserID: 7, Role: "no permission"},
		{UserID: 7, Role: "unknown codes only", Permissions: []string{"", ":", "client", "client:update:", "CLIENT:UPDATE",
			"client:update:all", "company:update:own", "event:update:own", "client:*", "*", "client:update:own:own", " client:update"}},
		{UserID: 7, Role: "two scopes", Permissions: []string{"client:update:assigned", "client:update:own", "client:update:own"}},
		{UserID: 7, Role: "bare and scope", Permissions: []string{"event:update:assigned", "event:update"}},
		{UserID: 7, Role: "every code", Permissions: Codes()},
	}
	for _, r := range DefaultRoles() {
		all = append(all, model.Actor{UserID: 7, Role: r.Name, Permissions: r.Permissions})
	}
	for _, code := range Codes() {
		all = append(all, model.Actor{UserID: 7, Role: "only " + code, Permissions: []string{code}})
	}
	return all
}

var relations = []model.Relation{{}, {Own: true}, {Assigned: true}, {Own: true, Assigned: true},
	{Own: true, Pending: true}, {Own: true, Assigned: true, Pending: true}}

// lets is the rule of SPEC 5 on its own, read off the text of one code.
func lets(code string, p Permission, rel model.Relation) bool {
	if !Known(code) {
		return false
	}
	if code == "role:assign" && (p == Permission{"role", "list"} || p == Permission{"role", "view"}) {
		return true // of roles, what assigning them takes
	}
	parts := strings.Split(code, ":")
	if parts[0] != p.Resource || parts[1] != p.Action {
		return false
	}
	if len(parts) == 2 {
		return true
	}
	if code == "event:update:own_client" { // only until somebody supports it
		return rel.Pending
	}
	switch parts[2] {
	case "own", "own_client", "mine":
		return rel.Own
	case "assigned":
		return rel.Assigned
	}
	return false
}

// permissions are all that exist, and some that do not.
func permissions() []Permission {
	all := []Permission{{}, {"client", ""}, {"", "view"}, {"client", "update:own"}, {"root", "view"}}
	for _, s := range catalogue {
		for _, action := range strings.Fields(s.actions) {
			all = append(all, Permission{s.resource, action})
		}
	}
	return all
}

// SPEC 5, rules 1 and 3: for every role, scope and record the reach is what the codes say, and
// nothing else is.
func TestReachOfEveryRoleScopeRelation(t *testing.T) {
	t.Parallel()
	for _, a := range actors() {
		for _, p := range permissions() {
			reach := ReachOf(a, p)
			if reach.ActorID != a.UserID {
				t.Fatalf("ReachOf(%s, %s).ActorID = %d", a.Role, p, reach.ActorID)
			}
			some := false
			for _, rel := range relations {
				want := slices.ContainsFunc(a.Permissions, func(code string) bool { return lets(code, p, rel) })
				some = some || want
				if got := reach.Covers(rel); got != want {
					t.Errorf("%s, %s, %+v: covered %v, want %v", a.Role, p, rel, got, want)
				}
			}
			if Allows(a, p) != some {
				t.Errorf("Allows(%s, %s) = %v", a.Role, p, !some)
			}
		}
	}
}

// SPEC 5, rule 1: deny by default.
func TestZeroPermissionAllowsNobody(t *testing.T) {
	t.Parallel()
	for _, a := range actors() {
		a.Permissions = append(slices.Clone(a.Permissions), "", ":", "::")
		if Allows(a, Permission{}) {
			t.Errorf("%s is allowed the zero permission", a.Role)
		}
	}
}

// SPEC 5, rule 5: field guards.
func TestMayChangeEveryRoleScopeRelation(t *testing.T) {
	t.Parallel()
	// For each field the scopes that may change it.
	fields := []struct{ resource, field, through string }{
		{"client", "full-name", "any own assigned"},
		{"client", "commercial-id", "any"},
		{"contract", "total-amount", "any own assigned"},
		{"contract", "remaining-amount", "any own assigned"},
		{"contract", SignedClient, "any"},
		{"contract", SignedTotal, "any"},
		{"contract", "is-signed", "any own assigned"},
		{"contract", Unsign, "any"},
		{"event", "notes", "any own_client assigned"},
		{"event", "contract-id", "any own_client"},
		{"event", "support-contact-id", "any own_client assigned"}, // of event:assign_support
		{"client", "contract-id", "any own assigned"},              // guards are of their resource only
	}
	for _, a := range actors() {
		for _, f := range fields {
			p := Setting(Permission{f.resource, "update"}, f.field)
			for _, rel := range relations {
				want := slices.ContainsFunc(a.Permissions, func(code string) bool {
					sc := strings.TrimPrefix(strings.TrimPrefix(code, p.String()), ":")
					if sc == "" {
						sc = "any"
					}
					return lets(code, p, rel) && slices.Contains(strings.Fields(f.through), sc)
				})
				if got := MayChange(a, Permission{f.resource, "update"}, rel, f.field); got != want {
					t.Errorf("%s, %s %s, %+v: may change %v, want %v", a.Role, f.resource, f.field, rel, got, want)
				}
			}
		}
	}
}

// What a denial names would indeed have sufficed. It leaves out nothing that would, except the right to assign.
func TestNeededIsExactlyWhatSuffices(t *testing.T) {
	t.Parallel()
	for _, p := range permissions() {
		for _, rel := range relations {
			for _, field := range []string{"full-name", "commercial-id", "contract-id", SignedClient, SignedTotal, Unsign} {
				var want []string
				for _, code := range Codes() {
					a := model.Actor{Permissions: []string{code}}
					if MayChange(a, p, rel, field) && (code != "role:assign" || code == p.String()) {
						want = append(want, code)
					}
				}
				if diff := cmp.Diff(want, Needed(p, rel, field)); diff != "" {
					t.Errorf("Needed(%s, %+v, %s) (-want +got):\n%s", p, rel, field, diff)
				}
			}
		}
	}
	all := model.AnyRelation
	if got := Needed(Permission{"event", "create"}, all); len(got) != 3 || got[0] != "event:create" {
		t.Errorf("Needed(event:create) = %v, want the bare code first and the two scopes", got)
	}
}

func TestHeld(t *testing.T) {
	t.Parallel()
	a := model.Actor{Permissions: []string{"event:update:own_client", "event:view", "event:update", "event:update:own"}}
	if diff := cmp.Diff([]string{"event:update", "event:update:own_client"}, Held(a, Permission{"event", "update"})); diff != "" {
		t.Errorf("Held (-want +got):\n%s", diff)
	}
}
