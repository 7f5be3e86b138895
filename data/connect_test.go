package data_test

import (
	"context"
	"errors"
	"testing"

	"epev/data"
	"epev/model"
)

// SPEC 3: a stopped private database is started by the next command, not by completion, which would
// undo a db-stop at once.
func TestNobodyWaitsNobodyStarts(t *testing.T) {
	t.Parallel()
	var started int
	store, err := data.Open(data.Config{
		DSN:   "host=" + t.TempDir() + " port=5432 user=epev dbname=epev sslmode=disable",
		Start: func(context.Context) error { started++; return errors.New("started") },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if _, err := store.Read().Authorise(data.AsFound(t.Context()), 1); model.KindOf(err) != model.Unavailable || started != 0 {
		t.Errorf("a look-up started the server %d times: %v", started, err)
	}
	if _, err := store.Read().Authorise(t.Context(), 1); err == nil || started == 0 {
		t.Errorf("a command did not start the server: %v", err)
	}
}
