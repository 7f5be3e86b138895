package shell

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// Version is what epev --version says.
func Version(info *debug.BuildInfo) string {
	version, commit := built(info)
	return fmt.Sprintf("epev %s, %s, commit %s", version, info.GoVersion, commit)
}

// built tells which version and commit the program was built from.
func built(info *debug.BuildInfo) (version, commit string) {
	version, commit = cmp.Or(info.Main.Version, "(devel)"), "unknown"
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			commit = setting.Value
		}
	}
	return version, commit
}
