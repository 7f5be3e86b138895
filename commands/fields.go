package commands

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"epev/model"
)

// textField is a text that must not be empty when required, and may be cleared otherwise.
func textField[R any](name, short string, max int, help string, required bool, at func(*R) *string) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Short: short, Format: "TEXT", Help: help, Required: required},
			Set: func(r *R, raw string, _ Values) (err error) {
				parse := model.ParseText
				if !required {
					parse = model.ParseOptionalText
				}
				*at(r), err = parse(name, raw, max)
				return err
			},
		},
		show: func(r *R, _ Values) string { return *at(r) },
	}
}

// nameField is a required text by which people tell records apart.
func nameField[R any](name, short string, max int, help string, at func(*R) *string) field[R] {
	f := textField(name, short, max, help, true, at)
	f.Set = func(r *R, raw string, _ Values) (err error) {
		*at(r), err = model.ParseName(name, raw, max)
		return err
	}
	return f
}

// longTextField is an optional text of any number of lines.
func longTextField[R any](name, short string, max int, help string, at func(*R) *string) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Short: short, Format: "TEXT", Help: help, Lines: true},
			Set: func(r *R, raw string, _ Values) (err error) {
				*at(r), err = model.ParseLongText(name, raw, max)
				return err
			},
		},
		show: func(r *R, _ Values) string { return *at(r) },
	}
}

func emailField[R any](name, short string, max int, at func(*R) *model.Email) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Short: short, Format: "ADDRESS", Help: "e-mail address; nobody else's", Required: true},
			Set: func(r *R, raw string, _ Values) (err error) {
				*at(r), err = model.ParseEmail(name, raw, max)
				return err
			},
		},
		show: func(r *R, _ Values) string { return string(*at(r)) },
	}
}

const timeFormat = "dd/mm/yyyy[ HH:MM]"

// timeField is a point in time; a date alone is its first minute, or its last when endOfDay.
func timeField[R any](name, short string, required, endOfDay bool, help string, at func(*R) *time.Time) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Short: short, Format: timeFormat, Help: help, Required: required, Source: days()},
			Set: func(r *R, raw string, v Values) (err error) {
				*at(r), err = model.ParseTime(name, raw, model.TimeOptions{Now: v.Now, Location: v.Location, EndOfDay: endOfDay})
				return err
			},
		},
		show: func(r *R, v Values) string { return showTime(*at(r), v) },
	}
}

// dayField is a day, such as that of a contact. One that is the same day already stays the moment that it is.
func dayField[R any](name, short string, help string, at func(*R) *time.Time) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Short: short, Format: dayFormat, Help: help, Source: days()},
			Set: func(r *R, raw string, v Values) error {
				return setDay(name, raw, v, at(r))
			},
		},
		show: func(r *R, v Values) string { return showDay(*at(r), v) },
	}
}

func optionalDayField[R any](name, short, help string, at func(*R) **time.Time) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Short: short, Format: dayFormat, Help: help, Source: days()},
			Set: func(r *R, raw string, v Values) error {
				if raw == "" {
					*at(r) = nil
					return nil
				}
				var day time.Time
				if *at(r) != nil {
					day = **at(r)
				}
				err := setDay(name, raw, v, &day)
				*at(r) = &day
				return err
			},
		},
		show: func(r *R, v Values) string {
			if *at(r) == nil {
				return ""
			}
			return showDay(**at(r), v)
		},
	}
}

const dayFormat = "dd/mm/yyyy"

func setDay(name, raw string, v Values, day *time.Time) error {
	typed, err := model.ParseDay(name, raw, model.TimeOptions{Now: v.Now, Location: v.Location})
	if err != nil {
		return err
	}
	if day.IsZero() || !model.Day(*day).In(v.Location).Equal(model.Day(typed).In(v.Location)) {
		*day = typed
	}
	return nil
}

func showDay(t time.Time, v Values) string {
	if t.IsZero() {
		return ""
	}
	return model.Day(t).Format(v.Location)
}

func showTime(t time.Time, v Values) string {
	if t.IsZero() {
		return ""
	}
	return model.ShowTime(t, v.Location, v.Zoned)
}

// idOfField is a required reference to another record; whose tells who or what that is.
func idOfField[R any](name, help string, source *Source, at func(*R) *int64, whose func(*R) string) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Format: "ID", Help: help, Required: true, Source: source},
			Set: func(r *R, raw string, _ Values) (err error) {
				*at(r), err = model.ParseID(name, raw)
				return err
			},
		},
		show: func(r *R, _ Values) string { return strconv.FormatInt(*at(r), 10) },
		name: whose,
	}
}

// optionalIDField is a reference to another record that may be empty; whose tells who or what that is.
func optionalIDField[R any](name, short, help string, source *Source, at func(*R) **int64, whose func(*R) string) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Short: short, Format: "ID", Help: help, Source: source},
			Set: func(r *R, raw string, _ Values) error {
				if raw == "" {
					*at(r) = nil
					return nil
				}
				id, err := model.ParseID(name, raw)
				*at(r) = &id
				return err
			},
		},
		show: func(r *R, _ Values) string {
			if *at(r) == nil {
				return ""
			}
			return strconv.FormatInt(**at(r), 10)
		},
		name: whose,
	}
}

// named stands for the id of a user who was given by username.
const named = 0

// parseUser reads a user's id or, as named, the username.
func parseUser(field, raw string, username *string) (int64, error) {
	ref, err := parseReference(field, raw)
	if err == nil && ref.Name != "" {
		*username = ref.Name
		return named, nil
	}
	return ref.ID, err
}

func amountField[R any](name, help string, required bool, at func(*R) *model.Amount) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Format: "EUROS", Help: help, Required: required},
			Set: func(r *R, raw string, _ Values) (err error) {
				*at(r), err = model.ParseAmount(name, raw)
				return err
			},
		},
		show: func(r *R, _ Values) string { return at(r).String() },
	}
}

func boolField[R any](name, help string, at func(*R) *bool) field[R] {
	return field[R]{
		Field: Field[R]{
			Param: Param{Name: name, Format: "true|false", Help: help, Source: words("true", "false")},
			Set: func(r *R, raw string, _ Values) (err error) {
				*at(r), err = model.ParseBool(name, raw)
				return err
			},
		},
		show: func(r *R, _ Values) string { return strconv.FormatBool(*at(r)) },
	}
}

// onlyMine is the --only-mine of clients, contracts and events (SPEC 4).
func onlyMine[F any](plural string, set func(f *F, on bool)) Field[listInput[F]] {
	return filterSwitch("only-mine", "", "only your own "+plural, set)
}

func filterSwitch[F any](name, short, help string, set func(f *F, on bool)) Field[listInput[F]] {
	return switchField(name, short, help, func(in *listInput[F], on bool) { set(&in.filter, on) })
}

// relatedLimit is how many records of another noun a view shows at most.
const relatedLimit = 20

// related makes the table of another noun's records that belong to a viewed one, of which the first are
// given: one more than a view shows tells that there are others, and count is asked how many. People are not told again
// in each row what the viewed record is: the columns that do are named.
func related[R any](n noun[R], first []R, count func() (int64, error), ofTheViewed ...string) ([]Table, error) {
	if len(first) == 0 {
		return nil, nil
	}
	t, err := n.rows(first[:min(len(first), relatedLimit)], nil)
	for i := range t.Columns {
		if slices.Contains(ofTheViewed, t.Columns[i].Name) {
			t.Columns[i].For = Machines
		}
	}
	if err == nil && len(first) > relatedLimit {
		t.Total, err = count()
	}
	return []Table{*t}, err
}

// relatedReach is which of a noun's records stand below one that they belong to: those of the actor's own
// list.
func (e *Env) relatedReach(noun string) model.Reach {
	reach := e.reach(noun, "view")
	if e.reach(noun, "list").None() {
		return model.Reach{ActorID: reach.ActorID}
	}
	return reach
}

// today is the first minute of the present day on the person's calendar.
func (e *Env) today() time.Time {
	now := e.Now().In(e.Location)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, e.Location)
}

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

func phone(p model.Phone) Value {
	if p == "" {
		return nil
	}
	return p
}
