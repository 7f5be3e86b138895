package security

import (
	"slices"
	"testing"

	"epev/model"
)

// A database that holds data is told what no role may do. It is also told what the default roles hold in a new database and no
// role holds here. What a role reaches already is not told.
func TestWhatNoRoleHoldsIsTold(t *testing.T) {
	t.Parallel()
	roles := DefaultRoles()
	if lost, beside := Lost(roles); len(lost)+len(beside) != 0 {
		t.Errorf("of the default roles: %v, %v", lost, beside)
	}
	without := func(codes ...string) []model.Role {
		roles := DefaultRoles()
		for i := range roles {
			roles[i].Permissions = slices.DeleteFunc(roles[i].Permissions, func(code string) bool { return slices.Contains(codes, code) })
		}
		return roles
	}
	if lost, beside := Lost(without("user:handover")); !slices.Equal(lost, []Grant{{"management", "user:handover"}}) || len(beside) != 0 {
		t.Errorf("%v, %v", lost, beside)
	}
	// Management may still change any contract, and commercials none.
	if lost, beside := Lost(without("contract:update:own")); len(lost) != 0 || !slices.Equal(beside, []Grant{{"commercial", "contract:update:own"}}) {
		t.Errorf("%v, %v", lost, beside)
	}
	// So are the codes that reach fewer records than their scope says.
	for _, code := range []string{"event:update:own_client", "note:update:mine", "client:merge:own", "event:cancel:own_client", "payment:create:own"} {
		if lost, beside := Lost(without(code)); len(lost) != 0 && code != "note:update:mine" || len(beside) == 0 || beside[0].Code != code {
			t.Errorf("without %s: %v, %v", code, lost, beside)
		}
	}
	// Who reaches as far by another code needs none.
	roles = without("contract:update:own")
	roles[1].Permissions = append(roles[1].Permissions, "contract:update")
	if lost, beside := Lost(roles); len(lost)+len(beside) != 0 {
		t.Errorf("%v, %v", lost, beside)
	}
	// Without a role of that name nobody is told beside what nobody may do.
	roles = without("contract:update:own", "client:create")
	roles[1].Name = "sales"
	if lost, beside := Lost(roles); !slices.Equal(lost, []Grant{{"ROLE", "client:create"}}) || len(beside) != 0 {
		t.Errorf("%v, %v", lost, beside)
	}
}
