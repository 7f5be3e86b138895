package commands

import (
	"os"
	"path/filepath"
	"testing"
)

// At the prompt and in --password-file=~/secret no shell has put the home directory in.
func TestThePasswordFileMayBeginWithHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, "secret"), []byte("Secret12\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := (&Act{Env: &Env{}}).readSecret(t.Context(), "password-file", "~/secret", "Password", false)
	if got != "Secret12" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
