package security

import (
	"slices"

	"epev/model"
)

// Grant is a permission that a role is to be given.
type Grant struct{ Role, Code string }

// Lost returns what the default roles may do on any record and none of the roles may. It does so as the grants that give
// it to the role of the default one's name, or to "ROLE" where there is none such.
func Lost(roles []model.Role) []Grant {
	var lost []Grant
	for _, r := range DefaultRoles() {
		name := "ROLE"
		if slices.ContainsFunc(roles, func(have model.Role) bool { return have.Name == r.Name }) {
			name = r.Name
		}
		for _, code := range r.Permissions {
			held := slices.ContainsFunc(roles, func(have model.Role) bool {
				return Allows(model.Actor{Permissions: have.Permissions}, entries[code].Permission)
			})
			if grant := (Grant{name, code}); !held && !slices.Contains(lost, grant) {
				lost = append(lost, grant)
			}
		}
	}
	return lost
}
