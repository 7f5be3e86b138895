package shell

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestDotEnvIsReadAsPythonDotenvReadsIt(t *testing.T) {
	t.Parallel()
	lookup := func(name string) (string, bool) {
		value, ok := map[string]string{"HOME": "/home/claire", "JWT_KID": "of the environment"}[name]
		return value, ok
	}
	for _, test := range []struct{ text, want string }{
		{"A=Pa$Word1", "Pa$Word1"},
		{"A=$HOME", "$HOME"},
		{"A=${HOME}/x", "/home/claire/x"},
		{"A='${HOME}'", "/home/claire"}, // whatever the quotes
		{"A=${NOBODY}", ""},
		{"A=${NOBODY:-someone}", "someone"},
		{"A=${NOBODY-someone}", ""},
		{"B=b\nA=${B}${B:-c}", "bb"},
		{"JWT_KID=file\nA=${JWT_KID}", "of the environment"},
		{"A=$${HOME}}", "$/home/claire}"},
		{"A=1\nA=2", "2"},
		{"export A=b", "b"},
		{"export\tA = b ", "b"},
		{"  A=b", "b"},
		{"A=b c", "b c"},
		{"A=b#c", "b#c"},
		{"A=b #c", "b"},
		{"A= #c", "#c"},
		{"A=b\t# c", "b"},
		{`A="b #c" # d`, "b #c"},
		{`A='b #c'#d`, "b #c"},
		{`A="b\"c"`, `b"c`},
		{`A='b\'c'`, `b'c`},
		{`A="b\nc\td\\e"`, "b\nc\td\\e"},
		{`A='b\nc\\d'`, `b\nc\d`},
		{`A=b\nc`, `b\nc`},
		{`A="b\$c"`, `b\$c`},
		{"A=\"b\r\nc\"", "b\nc"},
		{"A='b\nc'", "b\nc"},
		{"A=b\r\nB=c\r\n", "b"},
		{"A=b\rB=c", "b"},
		{"\ufeffA=b", "b"},
		{"# A=c\n\n#\nA=b", "b"},
		{"'A'=b", "b"},
		{"A", ""},
		{"A=", ""},
		{"A=''", ""},
		{"this is not one\nA=b", "b"},
		{"X=\"open\nA=b", "b"},
		{"=c\nA=b", "b"},
		{"A=\u00a0b\u00a0", "b"},
		{`A="c:\dir\"`, `c:\dir\`},
		{"A=postgresql://u:p$w@h/d?a=b", "postgresql://u:p$w@h/d?a=b"},
		{"A=é€", "é€"},
	} {
		values, wrong := parseDotEnv(test.text, lookup)
		if values["A"] != test.want || wrong != 0 {
			t.Errorf("%q: %q, wrong in line %d; want %q", test.text, values["A"], wrong, test.want)
		}
	}
}

func TestDotEnvNamesTheLineOfAVariableOfEpevThatIsWrong(t *testing.T) {
	t.Parallel()
	for text, line := range map[string]int{
		"SECRET_KEY=\"open\nB=c": 1, "\n\n# x\nexport SECRET_KEY='open": 4, "A='b\nc'\nJWT_KID=\"a\"b": 3, "OTHER=\"open\nSECRET_KEY=x": 0, "SECRET(KEY=x": 0, "SECRET_KEY": 0,
	} {
		if _, wrong := parseDotEnv(text, func(string) (string, bool) { return "", false }); wrong != line {
			t.Errorf("%q: line %d, want %d", text, wrong, line)
		}
	}
}

// Who may write the file may choose the database. An owner's private group is nobody else.
func TestDotEnvCountsWhereNobodyElseMayWriteIt(t *testing.T) {
	t.Parallel()
	me := os.Getuid()
	for _, test := range []struct {
		mode   os.FileMode
		owners []int
		why    string
	}{
		{0o600, []int{0, me}, ""}, {0o644, []int{0, me}, ""}, {0o400, []int{0, me}, ""},
		{0o606, []int{0, me}, "may be written by everybody"}, {0o622, []int{0, me}, "may be written by everybody"},
		{0o600, []int{me + 1}, "belongs to user id"},
	} {
		file := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.mode); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if why := envForeign(info, test.owners); !strings.HasPrefix(why, test.why) || why != "" && test.why == "" {
			t.Errorf("%o for %v: %q, want %q", test.mode, test.owners, why, test.why)
		}
	}
	if os.Geteuid() != 0 {
		return
	}
	// root's group is root's own, "daemon" (1) belongs to another.
	for gid, private := range map[int]bool{0: true, 1: false} {
		file := filepath.Join(t.TempDir(), ".env")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Chown(file, 0, gid); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, 0o660); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if why := envForeign(info, []int{0}); (why == "") != private {
			t.Errorf("of group %d: %q", gid, why)
		}
	}
}

func TestDotEnvOfWhoCalledSudoCounts(t *testing.T) {
	t.Parallel()
	owners := envOwners(func(name string) (string, bool) { return "4711", name == "SUDO_UID" })
	want := 2
	if os.Geteuid() == 0 {
		want = 4711
	}
	if got := owners[len(owners)-1]; os.Geteuid() == 0 && got != want {
		t.Errorf("%v", owners)
	} else if os.Geteuid() != 0 && len(owners) != 3 {
		t.Errorf("an ordinary user believes SUDO_UID: %v", owners)
	}
}

// FuzzDotEnv: nothing in a file stops the reader, and what is quoted comes back.
func FuzzDotEnv(f *testing.F) {
	for _, seed := range []string{"A=b\n", "export A='b' # c", "A=\"b\\\"\n", "\ufeff'A' = ${B:-c}\r\n", "=\n#\n\\"} {
		f.Add(seed)
	}
	none := func(string) (string, bool) { return "", false }
	f.Fuzz(func(t *testing.T, text string) {
		parseDotEnv(text, none)
		if strings.ContainsAny(text, "\r$\\'\x00") || strings.ToValidUTF8(text, "") != text {
			return
		}
		values, _ := parseDotEnv("A='"+text+"'\nB=c\n", none)
		if values["A"] != text || values["B"] != "c" {
			t.Errorf("%q became %q", text, values)
		}
	})
}
