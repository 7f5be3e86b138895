package model

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseID parses the id of a record, from 1 to 2147483647: the range of the integer columns
// of the predecessor's schema.
func ParseID(field, raw string) (int64, error) { return parseInteger(field, raw, 1) }

// ParseCount parses a number of people or things, from 0 to 2147483647.
func ParseCount(field, raw string) (int64, error) { return parseInteger(field, raw, 0) }

func parseInteger(field, raw string, least int64) (int64, error) {
	const most = math.MaxInt32
	invalid := func(fault Fault) error {
		return wrong(field, raw, fault, "integer", Facts{"least": least, "most": most})
	}
	s := plain(raw)
	digits := strings.TrimPrefix(s, "-")
	if s == "" {
		return 0, invalid("empty")
	}
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, invalid("not-a-whole-number")
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	switch {
	case err != nil && s == digits:
		return 0, invalid("too-large")
	case s != digits:
		return 0, invalid("negative")
	case n < least:
		return 0, invalid("too-small")
	}
	return n, nil
}

// Count says how many: "1 contract", "2 contracts".
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
