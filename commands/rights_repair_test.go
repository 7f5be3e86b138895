package commands

import (
	"slices"
	"strings"
	"testing"

	"epev/model"
	"epev/security"
)

// TestAManagerCanAlwaysRepairTheirRole: whatever is taken from the managers' role, each code alone, every two, and
// all of them, a manager gives it back. Only role:assign cannot be taken from the last who hold it.
func TestAManagerCanAlwaysRepairTheirRole(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("manon.directrice", "management")
	manon := o.desk("manon.directrice")
	all := security.DefaultRoles()[0].Permissions
	var losses [][]string
	for i, code := range all {
		losses = append(losses, []string{code})
		for _, other := range all[i+1:] {
			losses = append(losses, []string{code, other})
		}
	}
	losses = append(losses, all, slices.Sorted(slices.Values(all)))
	for n, lost := range losses {
		role := []string{"management", "1", "Management"}[n%3] // by name and by id
		for _, code := range lost {
			if code == "role:assign" {
				manon.fails(model.Conflict, "role revoke %s %s", role, code)
				continue
			}
			manon.must("role revoke %s %s", role, code)
		}
		for _, code := range lost {
			manon.must("role grant %s %s", role, code)
		}
		if n%40 != 0 && n < len(losses)-2 {
			continue
		}
		if got, want := o.text("select array_to_string(permissions, ' ') from @role where id = 1"), strings.Join(slices.Sorted(slices.Values(all)), " "); got != want {
			t.Fatalf("after the loss of %v the role holds %s", lost, got)
		}
	}
}

// TestAnotherAssignerRepairsTheManagersRole: once somebody else holds role:assign, and be it nothing else, the
// managers' role can lose that too, and gets it back. The last who hold it cannot move to a role without it.
func TestAnotherAssignerRepairsTheManagersRole(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	manager := o.hire("manon.directrice", "management")
	o.role("deputy", "role:assign")
	deputy := o.hire("deputy.assigner", "deputy")
	manon, other := o.desk("manon.directrice"), o.desk("deputy.assigner")
	for n, role := range []string{"management", "1"} {
		for _, code := range []string{"role:assign", "role:view", "role:list"} {
			manonOr := manon
			if code != "role:assign" {
				manonOr = other
			}
			manonOr.must("role revoke %s %s", role, code)
		}
		manon.fails(model.Denied, "role grant management role:assign")
		for _, command := range []string{"role list", "role perms", "role view management", "role view 2"} {
			other.must("%s", command)
		}
		other.fails(model.Conflict, "role revoke deputy role:assign") // by now the last
		for _, code := range []string{"role:assign", "role:list", "role:view"} {
			other.must("role grant %s %s", role, code)
		}
		manon.must("role view %d", n+1)
	}
	// The last holder is not moved away, nor deactivated or deleted, by one who may do that to users.
	o.role("personnel", "user:view", "user:update", "user:delete")
	o.hire("petra.personnel", "personnel")
	petra := o.desk("petra.personnel")
	petra.must("user update %d -r support", manager)
	for _, command := range []string{"user update %d -r support", "user update %d -r 2", "user deactivate %d", "user delete %d"} {
		if e := petra.fails(model.Conflict, command, deputy); !strings.Contains(e.Message, "role:assign") {
			t.Error(told(e))
		}
	}
	petra.must("user update %d -r management", deputy)
	other.must("role grant management client:create")
	if got := o.text("select string_agg(name, ' ' order by name) from @role where 'role:assign' = any (permissions)"); got != "deputy management" {
		t.Errorf("role:assign is held by %s", got)
	}
}

// TestARepairNeedsNoUsers: what the right to assign implies are the roles, and no person's address.
func TestARepairNeedsNoUsers(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.role("deputy", "role:assign")
	o.hire("deputy.assigner", "deputy")
	d := o.desk("deputy.assigner")
	d.fails(model.Denied, "user list")
	d.fails(model.Denied, "user view 1")
}
