package commands

import (
	"cmp"
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"epev/data"
	"epev/model"
	"epev/security"
)

// noun is all that epev knows of one kind of record: how it is read, shown, found and changed. F narrows its lists.
// Each part must be said, except those with a tag; see lacks.
type noun[R, F any] struct {
	name, plural string
	properties   []property[R]
	rules        []rule[R]  `lacking:"none"`
	doubts       []doubt[R] `lacking:"none"`
	// waivers are flags without which a rule refuses what a terminal would ask about.
	waivers  []waiver `lacking:"none"`
	id       func(*R) int64
	version  func(*R) int64
	who      func(*R) string // for messages and completion: "Kévin Cousin · Startup SAS"
	relation func(*R) model.Relation
	owner    func(*R) string // whose it is, for a denial; "" for nobody's
	// scopes say which records a permission is narrowed to: "whose commercial you are".
	scopes map[string]string `lacking:"unscoped"`

	get   func(*data.Reader, context.Context, model.Reach, int64) (R, error)
	list  func(*data.Reader, context.Context, model.Reach, F, model.Page) ([]R, error)
	count func(r *data.Reader, ctx context.Context, reach model.Reach, f F, search string, limit int) (int64, error)
	// each reads those of a list one after the other, for an export. Without it, there is none.
	each func(r *data.Reader, ctx context.Context, reach model.Reach, f F, p model.Page, tell func(*R) error) error `lacking:"not exported"`
	// complete reads some that a text means which may go on. Without it, list does.
	complete func(*data.Reader, context.Context, model.Reach, F, model.Page) ([]R, error) `lacking:"list"`
	// meant reads the best ones that a text means, for find. Without it, find does not look for them.
	meant func(r *data.Reader, ctx context.Context, reach model.Reach, m *data.Meaning) ([]data.Hit, error) `lacking:"not found"`
	// found reads what who tells of those that meant found, as far as they are within reach.
	found func(*data.Reader, context.Context, model.Reach, []int64) ([]R, error) `lacking:"not found"`
	// byName returns the one of that name. Without it, the noun's records have no names that commands take.
	byName func(context.Context, *Act, string) (R, error) `lacking:"ids alone"`
	// offered is where completion finds the noun's records. Without it, they are offered by their ids.
	offered func() *Source `lacking:"by id"`
	// told is which of them the actor is told the names of, in the history of others. Without it, those in sight.
	told func(*Act) model.Reach `lacking:"those in sight"`
	// keeps refuses the deletion of a record.
	keeps func(ctx context.Context, e *Act, r *R) error `lacking:"none"`
	// voids says how the creation of a record is undone where none is ever deleted; without it, the record is deleted.
	voids voids[R] `lacking:"deleted"`
	// lasts says that no change of its records is taken back.
	lasts bool `lacking:"taken back"`
	// refuses keeps an action from a record, which is in a state that it is not for.
	refuses func(r *R, action string) error `lacking:"none"`
	// clashes tells what a record would clash with that is changed back, but for those that are changed back along with it.
	clashes func(ctx context.Context, e *Act, before, after *R, along func(id int64) bool) ([]string, error) `lacking:"none"`
	// noted says what of a change is told to the observability service, "" for nothing; before is nil at creation.
	noted func(before, after *R) string `lacking:"nothing"`
	// notes says how notes are about its records, and annotated whether there are some about a record that was viewed.
	notes     *annotation   `lacking:"none"`
	annotated func(*R) bool `lacking:"none"`
	// days reports whether the times that people set of a record stand for whole days.
	days func(r *R, office *time.Location) bool `lacking:"times"`
	// marks says which records a terminal makes stand out, and in which column.
	marks func(ctx context.Context, e *Act, records []R) (column string, marks []Mark, err error) `lacking:"none"`
	// merger says how two of its records become one; without it, they do not.
	merger *merger[R] `lacking:"none"`
	// importer says how its records come from files; without it, they do not.
	importer *importer[R] `lacking:"not imported"`
	// open says that history:view opens the history of all of them (SPEC 4).
	open bool `lacking:"as the record"`
	// commands declares the noun's commands.
	commands func(noun[R, F]) []Command
}

// unrelated is the relation of records that belong to nobody, and nobodys their owner.
func unrelated[R any](*R) model.Relation { return model.Relation{} }
func nobodys[R any](*R) string           { return "" }

// anyNoun is a noun with the type of its records erased.
type anyNoun interface {
	title() string
	many() string
	lacks() []string
	declare() []Command
	importCommand() *Command
	orders() []model.Order
	facts() map[string]fact
	seen(ctx context.Context, e *Act, reach model.Reach, id int64) error
	identify(ctx context.Context, e *Act, ref reference) (int64, error)
	source(action string) *Source
	offers(action string) *Source
	sight(e *Act) model.Reach
	within(e *Act, action string) model.Reach
	annotation() *annotation
	alwaysOpen() bool
	hits(ctx context.Context, e *Act, m *data.Meaning) (hits []data.Hit, within bool, err error)
	whoAre(ctx context.Context, e *Act, ids []int64) (map[int64]string, error)
	lasting() bool
	joins() bool
	isThere(ctx context.Context, e *Act, id int64) (bool, error)
	reversing(e *Act, u *undoing, id int64, rows []model.Change) reversing
	unmakes(e *Act) bool
	mayUnmake(ctx context.Context, e *Act, u *undoing, ids []int64) error
	allows(action, scope string) string
	explainer
}

// lacks names what the noun does not say.
func (n noun[R, F]) lacks() []string {
	var lacks []string
	v := reflect.ValueOf(n)
	for i := range v.NumField() {
		if _, may := v.Type().Field(i).Tag.Lookup("lacking"); !may && v.Field(i).IsZero() {
			lacks = append(lacks, v.Type().Field(i).Name)
		}
	}
	if n.property("id") == nil {
		lacks = append(lacks, "the property id")
	}
	for i, p := range n.properties {
		lack := func(part string, missing bool) {
			if missing {
				lacks = append(lacks, fmt.Sprintf("%s of property %s", part, cmp.Or(p.Name, fmt.Sprint(i+1))))
			}
		}
		lack("name", p.Name == "")
		lack("title", p.Title == "")
		lack("value", p.value == nil)
		if p.settable() {
			lack("format", p.format == "")
			lack("read", p.read == nil)
			lack("present", p.present == nil)
			lack("touched", p.set.guard.name != "" && p.set.guard.touched == nil)
		}
		lack("setting", !p.settable() && !reflect.ValueOf(p.set).IsZero())
	}
	if !slices.Contains(security.Resources(), n.name) {
		lacks = append(lacks, "permissions in the catalogue")
	}
	for _, code := range security.Codes() {
		if parts := strings.Split(code, ":"); parts[0] == n.name {
			if scope := strings.Join(parts[2:], ""); scope != "" && n.scopes[scope] == "" {
				lacks = append(lacks, "scope "+scope)
			}
			if _, told := phrases[code]; !told && verbs[parts[1]].any == "" {
				lacks = append(lacks, "words for "+parts[1])
			}
		}
	}
	return lacks
}

func (n noun[R, F]) title() string      { return n.name }
func (n noun[R, F]) many() string       { return n.plural }
func (n noun[R, F]) lasting() bool      { return n.lasts }
func (n noun[R, F]) joins() bool        { return n.merger != nil }
func (n noun[R, F]) declare() []Command { return n.commands(n) }
func (n noun[R, F]) alwaysOpen() bool   { return n.open }

// property returns the property of that name, nil for none.
func (n noun[R, F]) property(name string) *property[R] {
	for i := range n.properties {
		if n.properties[i].Name == name {
			return &n.properties[i]
		}
	}
	return nil
}

// orders are the ascending ones of the noun's lists.
func (n noun[R, F]) orders() []model.Order {
	var orders []model.Order
	for _, p := range n.properties {
		if p.sort != "" {
			orders = append(orders, model.Order{Field: p.Name, Kind: p.sort})
		}
	}
	return orders
}

// asked are the properties that people set, in the order of the questions.
func (n noun[R, F]) asked() []property[R] {
	asked := slices.DeleteFunc(slices.Clone(n.properties), func(p property[R]) bool { return !p.settable() })
	slices.SortStableFunc(asked, func(a, b property[R]) int { return a.set.turn - b.set.turn })
	return asked
}

// rule is what fields must fulfil together, or with what the database holds, at creation and at update. It may
// fill in what follows from them. Without fields it is of no question.
type rule[R any] struct {
	fields []string
	check  settler[R]
}

// settler brings a record in order before it is written; before is nil at creation.
type settler[R any] func(ctx context.Context, e *Act, before, after *R, g given) error

// doubt tells what people hardly mean although the rules allow it, as Spec.Doubts does; before is nil at creation.
type doubt[R any] func(ctx context.Context, e *Act, before, after *R, g given) ([]error, error)

func (n noun[R, F]) permission(action string) security.Permission {
	return security.Permission{Resource: n.name, Action: action}
}

// reach is which of the noun's records the actor's permission for the action covers.
func (n noun[R, F]) reach(e *Act, action string) model.Reach { return e.reach(n.name, action) }

// within is reach for those who do not know the type of the records.
func (n noun[R, F]) within(e *Act, action string) model.Reach { return n.reach(e, action) }

// sight is which of the noun's records the actor is told the names of, in the history of others.
func (n noun[R, F]) sight(e *Act) model.Reach {
	if n.told != nil {
		return n.told(e)
	}
	return n.reach(e, "view")
}

// find reads a record that the actor may view, and refuses when the action does not reach it. A record out of sight is
// missing; one in sight is denied (SPEC 5, rule 4). It refuses the deletion of what the noun keeps, too.
func (n noun[R, F]) find(ctx context.Context, e *Act, ref reference, action string) (R, error) {
	r, err := n.see(ctx, e, ref)
	if err == nil && !n.reach(e, action).Covers(n.relation(&r)) {
		err = n.denied(ctx, e, &r, action, fmt.Sprintf("%s %s %d", action, n.name, n.id(&r)))
	}
	if err == nil && n.refuses != nil {
		err = n.refuses(&r, action)
	}
	if err == nil && action == "delete" {
		err = n.itself(ref, &r)
	}
	if err == nil && action == "delete" && n.keeps != nil {
		err = n.keeps(ctx, e, &r)
	}
	return r, err
}

// see reads a record that the actor may view.
func (n noun[R, F]) see(ctx context.Context, e *Act, ref reference) (r R, err error) {
	reach := n.reach(e, "view")
	if ref.Name != "" {
		if reach.None() {
			return r, about("id", model.Missing(n.name, ref.Name))
		}
		if r, err = n.byName(ctx, e, ref.Name); err != nil {
			return r, about("id", err)
		}
		ref.ID = n.id(&r)
	}
	r, err = n.read(ctx, e, reach, ref.ID)
	return r, about("id", err)
}

// seen returns nil when the record is there within reach.
func (n noun[R, F]) seen(ctx context.Context, e *Act, reach model.Reach, id int64) error {
	_, err := n.read(ctx, e, reach, id)
	return about("id", err)
}

// identify returns the id that a reference stands for, whether a record of it is there or not.
func (n noun[R, F]) identify(ctx context.Context, e *Act, ref reference) (int64, error) {
	switch {
	case ref.Name == "":
		return ref.ID, nil
	case n.byName == nil:
		return 0, model.Invalid("id", "%s is not the id of a %s", ref, n.name).WithHint("give its number")
	}
	r, err := n.byName(ctx, e, ref.Name)
	return n.id(&r), about("id", err)
}

// resolve returns the record that a reference stands for, whoever asks.
func (n noun[R, F]) resolve(ctx context.Context, e *Act, ref reference) (R, error) {
	if ref.Name != "" {
		return n.byName(ctx, e, ref.Name)
	}
	return n.get(e.Data, ctx, model.Everything, ref.ID)
}

// denied explains why the actor may not do that to the record.
func (n noun[R, F]) denied(ctx context.Context, e *Act, r *R, action, what string) error {
	return e.denied(ctx, n.permission(action), n.relation(r), what, n.belongs(r))
}

// called is the name of a record, as it stands behind its number; empty where the name cannot be seen.
func (n noun[R, F]) called(r *R) string {
	if who := n.who(r); model.Visible(who) {
		return ": " + who
	}
	return ""
}

// belongs names the owner of the record: "client 8 belongs to claire.dubois"; "" where nobody owns it.
func (n noun[R, F]) belongs(r *R) string {
	owner := n.owner(r)
	if owner == "" || n.id(r) == 0 {
		return ""
	}
	return fmt.Sprintf("%s %d belongs to %s", n.name, n.id(r), owner)
}

// guardedNames turn the name of a guarded field into what people call it.
var guardedNames = strings.NewReplacer("is-signed", "signature", "-id", "", "-", " ")

// guard refuses a change that the scope of the actor's right does not allow (SPEC 5, rule 5). A record that is yet to
// be made is guarded by what it will be. Until that is known, it is refused where no such record may be made.
func (n noun[R, F]) guard(ctx context.Context, e *Act, before, after *R, g given) error {
	rel, action := model.AnyRelation, "create"
	switch {
	case before != nil:
		rel, action = n.relation(before), "update"
	case n.relation(after) != model.Relation{}:
		rel = n.relation(after)
	}
	for _, p := range n.properties {
		guarded := p.set.guard
		if guarded.name == "" || !guarded.touched(before, after, g) || security.MayChange(e.Actor, n.permission(action), rel, guarded.name) {
			continue
		}
		field, _, _ := strings.Cut(guarded.name, "/")
		what := fmt.Sprintf("set the %s of %s", guardedNames.Replace(field), withArticle(n.name))
		if before != nil {
			what = fmt.Sprintf("change the %s of %s %d", guardedNames.Replace(field), n.name, n.id(before))
		}
		return e.denied(ctx, security.Setting(n.permission(action), field), rel, what, "", guarded.name)
	}
	return nil
}

// setter is the parameter that sets a property, with the permission that it takes.
func (n noun[R, F]) setter(p property[R]) Param {
	param := Param{Name: p.flag(), Short: p.set.short, Help: p.set.help, Format: p.format, Required: p.set.required, Unasked: p.set.unasked,
		Lines: p.lines, Source: cmp.Or(p.set.source, p.source), Near: p.set.near, NearVerbs: p.set.nearVerbs}
	if own := security.Setting(n.permission(""), p.flag()); own.Action != "" {
		param.Needs = own
	}
	return param
}

// withArticle returns the noun as it stands in a sentence: "an event", but "a user".
func withArticle(noun string) string {
	if strings.ContainsRune("aeio", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// Capital begins a text with a capital.
func Capital(s string) string { return strings.ToUpper(s[:min(1, len(s))]) + s[min(1, len(s)):] }

// join puts the parts that are there together: "Kévin Cousin · Startup SAS".
func join(parts ...string) string {
	var there []string
	for _, p := range parts {
		if model.Visible(p) { // a predecessor's name may be all blanks
			there = append(there, p)
		}
	}
	return strings.Join(there, " · ")
}

// inBrackets follows the id of a record with who or what that is. A predecessor's record may be without any name.
func inBrackets(who string) string {
	if who = join(who); who != "" {
		who = " (" + who + ")"
	}
	return who
}
