package model

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseID parses the id of a record, from 1 to 2147483647: the range of the integer columns of the predecessor's schema.
func ParseID(field, raw string) (int64, error) { return parseInteger(field, raw, 1, math.MaxInt32) }

// ParseSerial parses the number of what epev itself counts, from 1 to 9223372036854775807: a session or a key.
func ParseSerial(field, raw string) (int64, error) { return parseInteger(field, raw, 1, math.MaxInt64) }

// ParseCount parses a number of people or things, from 0 to 2147483647.
func ParseCount(field, raw string) (int64, error) { return parseInteger(field, raw, 0, math.MaxInt32) }

func parseInteger(field, raw string, least, most int64) (int64, error) {
	s := plain(raw)
	n, err := strconv.ParseInt(s, 10, 64)
	var fault Fault
	switch digits := strings.TrimPrefix(s, "-"); {
	case s == "":
		fault = "empty"
	case digits == "" || strings.Trim(digits, "0123456789") != "":
		fault = "not-a-whole-number"
	case s != digits:
		fault = "negative"
	case err != nil || n > most:
		fault = "too-large"
	case n < least:
		fault = "too-small"
	default:
		return n, nil
	}
	return 0, wrong(field, raw, fault, "integer", Facts{"least": least, "most": most})
}

// Count says how many: "1 contract", "2 contracts".
func Count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %s", n, Plural(noun))
}

// Plural is the word for several: "contracts", "companies".
func Plural(noun string) string {
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return stem + "ies"
	}
	return noun + "s"
}

// Grouped puts a no-break space (U+00A0) before every three digits of a whole number, in the French manner.
func Grouped(number string) string {
	sign := strings.Count(number, "-")
	for i := len(number) - 3; i > sign; i -= 3 {
		number = number[:i] + "\u00A0" + number[i:]
	}
	return number
}
