package sentences

import (
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Each module that go.mod requires stands once in the README's table of dependencies, with its reason, and nothing else does. What
// is told to be part of epev is what its program is linked with.
func TestEveryDependencyHasItsReason(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	required := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^(?:require )?\t?(\S+\.\S+) v\d`).FindAllStringSubmatch(read("../../go.mod"), -1) {
		required[m[1]] = true
	}
	if len(required) < 20 {
		t.Fatalf("go.mod requires only %q", slices.Collect(maps.Keys(required)))
	}
	_, section, found := strings.Cut(read("../../README.md"), "\n### Dependencies\n")
	if !found {
		t.Fatal("the README has no table of dependencies")
	}
	section, _, _ = strings.Cut(section, "\n---\n")
	table := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`.*`) \\| (.*) \\| (.*) \\|$").FindAllStringSubmatch(section, -1) {
		if len(strings.TrimSpace(row[3])) < 5 {
			t.Errorf("%s has no reason", row[1])
		}
		for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(row[1], -1) {
			if table[name[1]] != "" {
				t.Errorf("%s stands twice", name[1])
			}
			table[name[1]] = row[2]
		}
	}
	linked := linkedModules(t)
	for name := range required {
		switch where := table[name]; {
		case where == "":
			t.Errorf("%s is required, and has no row", name)
		case (where == "epev") != linked[name] || !slices.Contains([]string{"epev", "tests", "tools"}, where):
			t.Errorf("%s is told to be in %s, and is linked: %t", name, where, linked[name])
		}
	}
	for name := range table {
		if !required[name] {
			t.Errorf("%s has a row, and is not required", name)
		}
	}
}

// linkedModules returns the modules of which epev's program has a package, on Linux or macOS.
func linkedModules(t *testing.T) map[string]bool {
	t.Helper()
	linked := map[string]bool{}
	for _, system := range []string{"linux", "darwin"} {
		list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".")
		list.Env = append(os.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		list.Dir = "../.."
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for name := range strings.FieldsSeq(string(out)) {
			linked[name] = true
		}
	}
	return linked
}
