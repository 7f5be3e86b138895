package ownfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"epev/model"
)

func faultOf(info fs.FileInfo, uid int, counting ...model.Fault) model.Fault {
	if e := FaultOf(info, uid, counting...); e != nil {
		return e.Fault
	}
	return ""
}

func TestTheFirstFaultThatCountsIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := []model.Fault{Irregular, Foreign, Exposed, Nameless, Linked}
	check := func(what string, uid int, want model.Fault, counting ...model.Fault) {
		t.Helper()
		info, err := f.Stat()
		if err != nil {
			t.Fatal(err)
		}
		if found := faultOf(info, uid, counting...); found != want {
			t.Errorf("%s: fault %q, want %q", what, found, want)
		}
	}
	me := os.Geteuid()
	check("a file of one's own", me, "", all...)
	check("another user's", me+1, Foreign, all...)
	if err := os.Link(path, filepath.Join(dir, "second")); err != nil {
		t.Fatal(err)
	}
	check("a file with two names", me, Linked, all...)
	check("a file with two names, which do not count", me, "", Irregular, Foreign, Exposed)
	if err := f.Chmod(0o640); err != nil {
		t.Fatal(err)
	}
	check("a file that others may read", me, Exposed, all...)
	for _, name := range []string{"key", "second"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	check("a file that was deleted", me, Nameless, Nameless, Exposed)
	if info, err := os.Stat(dir); err != nil || faultOf(info, me, all...) != Irregular {
		t.Error("a directory is taken for a file", err)
	}
}

func TestALockIsHeldByOneOrSharedByMany(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, fs.FileMode(0o600))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	try := func(what string, f *os.File, shared, want bool) {
		t.Helper()
		if free, err := TryLock(f, shared); err != nil || free != want {
			t.Errorf("%s: %t %v", what, free, err)
		}
	}
	first, second := open(), open()
	try("one", first, false, true)
	try("two", second, false, false)
	try("two, shared", second, true, false)
	first.Close()
	try("two, after one", second, true, true)
	try("three, shared", open(), true, true)
	try("four, alone", open(), false, false)
	second.Close()
	if _, err := TryLock(second, true); err == nil {
		t.Error("a closed file is locked")
	}
}
