package security

import (
	"os"
	"slices"
	"strings"
)

// IsRoot reports whether this process is the machine's administrator, as manager-create demands. Anybody can become user
// 0 of a user namespace of their own ("unshare -r"): on Linux the namespace must be one that maps every user to itself.
func IsRoot() bool {
	content, ok := uidMap()
	return ok && isRoot(os.Geteuid(), content)
}

// isRoot is IsRoot for an effective uid in a namespace with that uid_map (user_namespaces(7)).
func isRoot(euid int, uidMap string) bool {
	return euid == 0 && slices.Equal(strings.Fields(uidMap), []string{"0", "0", "4294967295"})
}
