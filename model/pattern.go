package model

import (
	"regexp"
	"sync"
)

// Pattern returns a regular expression that is compiled when it is first asked for. Most commands need none, and to
// compile them all took a tenth of the start.
func Pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
