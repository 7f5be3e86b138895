package dial

import (
	_ "embed"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

//go:generate go test -run TestPlansAreThoseOfTheLibrary -update .

// table has a line for each plan: that of a country first among those that share its code.
//
//	code ⇥ region ⇥ prefix ⇥ instead ⇥ leading digits ⇥ lengths ⇥ local lengths ⇥ general pattern ⇥ kinds ⇥ formats
//
// A kind is "lengths=pattern", a format "leading=pattern=as"; several have @ between them.
//
//go:embed plans.txt
var table string

// plan is how the numbers of a region are made.
type plan struct {
	region         string
	prefix         *pattern // what is dialled before a number within the country
	instead        string   // takes its place in the number
	leading        *pattern // the beginnings that are the region's, among those that share a code
	lengths, local []int    // of numbers; and of those that are dialled in one place only
	general        *pattern
	kinds          []kind
	formats        []format
}

// kind is a use of numbers, like those of mobile telephones. Without lengths it has those of its plan.
type kind struct {
	lengths []int
	pattern *pattern
}

// format is how numbers that begin so are written.
type format struct {
	leading, whole *pattern
	groups         func() *regexp.Regexp // the same form as whole's, not held to the ends, as the library fills it in
	as             string
}

// known are the plans that were read, by code; nil for a code that no country has.
var known sync.Map

func plansOf(code int) []*plan {
	if plans, ok := known.Load(code); ok {
		return plans.([]*plan)
	}
	var plans []*plan
	begin := "\n" + strconv.Itoa(code) + "\t"
	for rest := table; ; {
		_, after, found := strings.Cut(rest, begin)
		if !found {
			break
		}
		end := strings.IndexByte(after, '\n')
		plans = append(plans, readPlan(strings.Split(after[:end], "\t")))
		rest = after[end:]
	}
	known.Store(code, plans)
	return plans
}

// readPlan reads the fields of a line, but for the code.
func readPlan(fields []string) *plan {
	p := &plan{
		region: fields[0], prefix: &pattern{text: fields[1], open: true}, instead: fields[2], leading: &pattern{text: fields[3], open: true},
		lengths: readLengths(fields[4]), local: readLengths(fields[5]), general: &pattern{text: fields[6]},
	}
	for _, text := range several(fields[7]) {
		lengths, of, _ := strings.Cut(text, "=")
		p.kinds = append(p.kinds, kind{readLengths(lengths), &pattern{text: of}})
	}
	for _, text := range several(fields[8]) {
		part := strings.Split(text, "=")
		p.formats = append(p.formats, format{
			leading: &pattern{text: part[0], open: true}, whole: &pattern{text: part[1]},
			groups: sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(part[1]) }), as: part[2],
		})
	}
	return p
}

func several(field string) []string {
	if field == "" {
		return nil
	}
	return strings.Split(field, "@")
}

func readLengths(text string) (lengths []int) {
	for number := range strings.SplitSeq(text, ",") {
		if n, err := strconv.Atoi(number); err == nil {
			lengths = append(lengths, n)
		}
	}
	return lengths
}

// pattern is a regular expression for a whole number, or where it is open for its beginning. It is compiled when it
// is first asked.
type pattern struct {
	text     string
	open     bool
	once     sync.Once
	compiled *regexp.Regexp
}

func (p *pattern) regexp() *regexp.Regexp {
	p.once.Do(func() {
		end := "$"
		if p.open {
			end = ""
		}
		p.compiled = regexp.MustCompile("^(?:" + p.text + ")" + end)
	})
	return p.compiled
}

func (p *pattern) matches(digits string) bool { return p.regexp().MatchString(digits) }
