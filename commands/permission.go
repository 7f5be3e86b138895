package commands

import (
	"context"
	"fmt"
	"strings"

	"epev/commands/sentences"
	"epev/model"
	"epev/security"
)

// verbs says what an action is in plain words: any for a bare code, some for a scoped one. %s is the plural noun. Behind
// some, the words of the noun's scope follow.
var verbs = map[string]struct{ any, some string }{
	"list":           {"list all %s", "list the %s"},
	"view":           {"view any of the %s", "view the %s"},
	"create":         {"create %s", "create %s"},
	"update":         {"change any of the %s", "change the %s"},
	"delete":         {"delete any of the %s", "delete the %s"},
	"void":           {"void any of the %s", "void the %s"},
	"reassign":       {"give any of the %s to another commercial", "give to another commercial the %s"},
	"merge":          {"merge any of the %s into others", "merge into others the %s"},
	"cancel":         {"cancel any of the %s, and restore it", "cancel, and restore, the %s"},
	"assign_support": {"choose the support contact of any of the %s", "choose the support contact of the %s"},
}

// phrases are the meanings of codes that are not about one record of their resource.
var phrases = map[string]string{
	"role:assign":             "grant permissions to roles and revoke them",
	"report:view":             "see reports, of the records that you may list",
	"event:update:own_client": "change the events whose client's commercial you are, until somebody supports them",
	"history:view":            "view the history of deleted records, of users and of roles too",
	"user:handover":           "hand over to a colleague what somebody has, as far as they may give each of it",
}

// meaning says in plain words what a code allows: "change the clients whose commercial you are".
func meaning(code string) string {
	phrase, is := phrases[code]
	switch parts := strings.Split(code, ":"); {
	case is:
		return phrase
	case !security.Known(code):
		return "unknown, grants nothing"
	default:
		return nounOf(parts[0]).allows(parts[1], strings.Join(parts[2:], ""))
	}
}

// allows says what an action on records within a scope of the noun's is, or on all of them where the scope is empty.
func (n noun[R, F]) allows(action, scope string) string {
	if scope == "" {
		return fmt.Sprintf(verbs[action].any, n.plural)
	}
	return fmt.Sprintf(verbs[action].some, n.plural) + " " + n.scopes[scope]
}

// denied explains a denial: what was needed and who holds it, what the actor holds instead, and why
// that does not suffice for a record with the given relation.
func (e *Act) denied(ctx context.Context, p security.Permission, rel model.Relation, what, reason string, fields ...string) error {
	d := denial{what: what, held: security.Held(e.Actor, p), reason: reason}
	for _, code := range security.Needed(p, rel, fields...) {
		holders, err := e.Data.RolesHolding(ctx, code)
		if err != nil {
			return err
		}
		d.needed = append(d.needed, requirement{code, holders})
	}
	return d.err()
}

// denial tells an actor why something was not permitted (SPEC 5, rule 4).
type denial struct {
	what   string        // completes "You don't have permission to": "update client 8"
	needed []requirement // what would have sufficed; those that some role holds are named first
	held   []string      // the actor's own codes for it
	reason string        // why those do not suffice: "client 8 belongs to claire.dubois"
}

// requirement is a code that would have sufficed and the names of the roles that hold it.
type requirement struct {
	code    string
	holders []string
}

// err returns the error of kind Denied. Its hint names each code that would have sufficed and that some role holds, or the
// first one where no role holds any.
func (d denial) err() error {
	var needs, hint, why []string
	for _, n := range d.needed {
		if len(n.holders) > 0 {
			needs = append(needs, fmt.Sprintf("%s (held by %s)", n.code, sentences.List(n.holders, "and")))
		}
	}
	if len(needs) == 0 && len(d.needed) > 0 {
		needs = []string{d.needed[0].code + " (held by no role)"}
	}
	if len(needs) > 0 {
		hint = append(hint, "needs "+sentences.List(needs, "or"))
	}
	switch held := sentences.List(d.held, "and"); len(d.held) {
	case 0:
	case 1:
		why = append(why, "yours is "+held)
	default:
		why = append(why, "yours are "+held+",")
	}
	if d.reason != "" {
		why = append(why, d.reason)
	}
	if len(why) > 0 {
		hint = append(hint, strings.TrimSuffix(strings.Join(why, " and "), ","))
	}
	return &model.Error{Kind: model.Denied, Message: "You don't have permission to " + d.what, Hint: strings.Join(hint, "; ")}
}
