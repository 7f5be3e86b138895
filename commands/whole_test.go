package commands

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"epev/model"
)

func TestEveryNounSaysAllThatIsAskedOfIt(t *testing.T) {
	t.Parallel()
	for _, n := range nouns() {
		if lacks := n.lacks(); len(lacks) > 0 {
			t.Errorf("noun %s does not say: %s", n.title(), strings.Join(lacks, ", "))
		}
	}
}

// Each part of a noun is taken away in turn, whatever parts there are.
func TestANounWithoutOneOfItsPartsIsRefusedByTheNameOfThePart(t *testing.T) {
	t.Parallel()
	parts := reflect.TypeOf(makeClientNoun())
	for i := range parts.NumField() {
		part := parts.Field(i)
		n := makeClientNoun()
		forget(&n, part.Name)
		lacks := n.lacks()
		if _, may := part.Tag.Lookup("lacking"); may != !slices.Contains(lacks, part.Name) {
			t.Errorf("without %s it lacks %q", part.Name, lacks)
		}
	}
}

func TestAPropertyWithoutOneOfItsPartsIsRefusedByTheNameOfThePart(t *testing.T) {
	t.Parallel()
	for part, forget := range map[string]func(*property[model.Client]){
		"name of property 2":            func(p *property[model.Client]) { p.Name = "" },
		"title of property full_name":   func(p *property[model.Client]) { p.Title = "" },
		"value of property full_name":   func(p *property[model.Client]) { p.value = nil },
		"format of property full_name":  func(p *property[model.Client]) { p.format = "" },
		"read of property full_name":    func(p *property[model.Client]) { p.read = nil },
		"present of property full_name": func(p *property[model.Client]) { p.present = nil },
		"setting of property full_name": func(p *property[model.Client]) { p.set.help = "" },
		"touched of property full_name": func(p *property[model.Client]) { p.set.guard.name = "full-name" },
		"the property id":               func(p *property[model.Client]) { *p = property[model.Client]{} },
	} {
		n := makeClientNoun()
		i := 1
		if part == "the property id" {
			i = 0
		}
		forget(&n.properties[i])
		if lacks := n.lacks(); !slices.Contains(lacks, part) {
			t.Errorf("without the %s it lacks %q", part, lacks)
		}
	}
}

func TestANounOutsideOfTheCatalogueIsRefused(t *testing.T) {
	t.Parallel()
	n := makeClientNoun()
	n.name = "moon"
	if lacks := n.lacks(); !slices.Contains(lacks, "permissions in the catalogue") {
		t.Errorf("it lacks %q", lacks)
	}
}

// The history of a record that is not there is no empty one, whatever the noun.
func TestEveryNounKnowsWhetherARecordIsThere(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	o.hire("mona.manager", "management")
	d := o.desk("mona.manager")
	for _, n := range nouns() {
		d.fails(model.NotFound, "history %s 99999", n.title())
	}
}

// forget takes a part of the noun away.
func forget[R, F any](n *noun[R, F], part string) {
	v := reflect.ValueOf(n).Elem().FieldByName(part)
	reflect.NewAt(v.Type(), v.Addr().UnsafePointer()).Elem().SetZero()
}
