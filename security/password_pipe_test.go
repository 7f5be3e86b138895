package security

import (
	"fmt"
	"os"
	"testing"
)

// What bash puts for <(pass show epev) is a pipe.
func TestReadPasswordFileTakesAPipe(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	do(t, err)
	defer r.Close()
	go func() {
		fmt.Fprintln(w, "Secret12")
		w.Close()
	}()
	if got, err := ReadPasswordFile(fmt.Sprintf("/dev/fd/%d", r.Fd())); got != "Secret12" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
