package model

import "strings"

// ParseBool parses true/false, yes/no, y/n, 1/0 or oui/non in any case.
func ParseBool(field, raw string) (bool, error) {
	switch strings.ToLower(plain(raw)) {
	case "true", "yes", "y", "1", "oui":
		return true, nil
	case "false", "no", "n", "0", "non":
		return false, nil
	}
	return false, notValid(field, raw, "bool")
}
