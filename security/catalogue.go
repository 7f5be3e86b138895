package security

import (
	"maps"
	"slices"
	"strings"

	"epev/model"
)

// subject is one row of the catalogue: what can be done to a kind of record, and how far.
type subject struct{ resource, actions, scopes string }

// catalogue is the table of SPEC 5. Only the codes that it yields exist; every action of a resource
// takes every scope of that resource.
var catalogue = []subject{
	{"user", "list view create update delete handover", ""},
	{"role", "list view assign", ""},
	{"company", "list view create update delete", ""},
	{"client", "list view create update delete reassign merge", "own assigned"},
	{"contract", "list view create update delete", "own assigned"},
	{"event", "list view create update delete assign_support cancel", "own_client assigned"},
	{"payment", "list view create void", "own assigned"},
	{"note", "list view create update delete", "mine"},
	{"history", "view", ""},
	{"report", "view", ""},
}

// scopes are the records that a permission is narrowed to; without a scope it is for any. The scopes own and own_client
// are the same relation to the actor (model.Relation.Own), seen from a client or contract and from an event.
var scopes = map[string]model.Reach{
	"": {Any: true}, "own": {Own: true}, "own_client": {Own: true}, "assigned": {Assigned: true}, "mine": {Own: true},
}

// narrower are the codes that reach fewer records than their scope says. Whose client an event is for may mend it until somebody
// supports it.
var narrower = map[string]model.Reach{
	"event:update:own_client": {Pending: true},
}

// Narrowed are the codes that reach fewer records from a version of the schema on than they did before.
var Narrowed = map[string]int64{"event:update:own_client": 16}

// about tells which reach on other records a resource is narrowed to, where its records are about those: who views them sees it.
var about = map[string]func(view func(resource string) model.Extent) model.Of{
	"note": func(view func(string) model.Extent) model.Of {
		return model.Of{Narrowed: true, Client: view("client"), Company: view("company"), Contract: view("contract"), Event: view("event")}
	},
}

// Resources returns the kinds of records that the catalogue knows.
func Resources() []string {
	var resources []string
	for _, s := range catalogue {
		resources = append(resources, s.resource)
	}
	return resources
}

// implied are the permissions that come with another one. Whoever assigns permissions sees the roles. Otherwise they
// could assign nothing, nor give a role back what was taken from it by mistake.
var implied = map[Permission][]Permission{
	{"role", "assign"}: {{"role", "list"}, {"role", "view"}},
}

// entry is one code that exists.
type entry struct {
	Permission
	reach model.Reach
}

// entries holds every code that exists, by its text.
var entries = func() map[string]entry {
	all := make(map[string]entry)
	for _, s := range catalogue {
		for _, action := range strings.Fields(s.actions) {
			for _, scope := range append(strings.Fields(s.scopes), "") {
				p := Permission{s.resource, action}
				code := strings.TrimSuffix(p.String()+":"+scope, ":")
				reach, is := narrower[code]
				if !is {
					reach = scopes[scope]
				}
				all[code] = entry{p, reach}
			}
		}
	}
	return all
}()

// codes is the catalogue in alphabetical order.
var codes = slices.Sorted(maps.Keys(entries))

// Codes returns every permission code that exists, scopes included, in alphabetical order.
func Codes() []string { return slices.Clone(codes) }

// Known reports whether code exists. A predecessor's database may hold others: they are kept and grant nothing.
func Known(code string) bool {
	_, ok := entries[code]
	return ok
}

// CheckCode returns the code that raw names. A code that does not exist is a Usage error about
// field, whose hint is the nearest one that does: there always is one.
func CheckCode(field, raw string) (string, error) {
	code := strings.TrimSpace(raw)
	if Known(code) {
		return code, nil
	}
	err := &model.Error{Kind: model.Usage, Field: field, Fault: "no-permission-named", Value: code, Try: []string{"role perms"}}
	if near, ok := model.Nearest(strings.ToLower(code), codes); ok {
		err.Fault, err.Facts = "permission-mistyped", model.Facts{"near": near}
	} else if code != "" {
		err.Fault, err.Facts = "no-such-permission", model.Facts{"near": nearestCode(strings.ToLower(code))}
	}
	return "", err
}

// nearestCode returns the closest code: of the same resource and action where there are some, else of
// the same resource, else of all.
func nearestCode(code string) string {
	resource, rest, _ := strings.Cut(code, ":")
	action, _, _ := strings.Cut(rest, ":")
	near := codes
	for _, beginning := range []string{resource + ":", resource + ":" + action + ":"} {
		other := func(c string) bool { return !strings.HasPrefix(c+":", beginning) }
		if some := slices.DeleteFunc(Codes(), other); len(some) > 0 {
			near = some
		}
	}
	return model.Closest(code, near)
}

// Management is the role of managers, which manager-create gives.
const Management = "management"

// DefaultRoles returns the roles that a new database begins with (SPEC 5), with their ids 1, 2 and 3.
func DefaultRoles() []model.Role {
	return []model.Role{
		{ID: 1, Name: Management, Permissions: strings.Fields(`
			user:list user:view user:create user:update user:delete user:handover role:list role:view role:assign
			company:list company:view company:create company:update company:delete
			contract:list contract:view contract:create contract:update contract:delete history:view
			client:list client:view client:reassign client:merge event:list event:view event:update event:delete event:assign_support
			report:view
			payment:list payment:view payment:create payment:void
			event:cancel note:list note:view note:create note:update note:delete
			`)},
		{ID: 2, Name: "commercial", Permissions: strings.Fields(`
			client:list client:view client:create client:update:own client:delete:own client:merge:own
			contract:list contract:view contract:update:own event:list event:view event:create:own_client
			company:list company:view company:create report:view
			payment:list payment:view payment:create:own
			event:update:own_client event:cancel:own_client note:list note:view note:create note:update:mine note:delete:mine
			`)},
		{ID: 3, Name: "support", Permissions: strings.Fields(`
			client:list client:view contract:list contract:view event:list event:view event:update:assigned
			note:list note:view note:create note:update:mine note:delete:mine
			company:list company:view report:view`)},
	}
}
