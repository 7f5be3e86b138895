package privatetest

import (
	"bufio"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"epev/data/private"

	_ "github.com/lib/pq"
)

// TestMain also is the test binary that is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("EPEV_TEST_DIR"); dir != "" {
		a, _, err := Start(dir)
		fmt.Println(a.Socket, err)
		select {}
	}
	os.Exit(m.Run())
}

func answers(a private.Address) error {
	db, err := sql.Open("postgres", fmt.Sprintf("host=%s port=%d user=%s dbname=postgres sslmode=disable", a.Socket, a.Port, a.User))
	if err != nil {
		return err
	}
	defer db.Close()
	return db.Ping()
}

func TestStart(t *testing.T) {
	t.Parallel()
	for i := range 2 { // at the same moment, as several packages do
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			a, stop, err := Start(dir)
			if err != nil {
				t.Fatal(err)
			}
			if err := answers(a); err != nil {
				t.Error(err)
			}
			stop()
			stop()
			if err := answers(a); err == nil {
				t.Error("still answers")
			}
			if _, err := os.Stat(dir); err == nil {
				t.Errorf("%s is left behind", dir)
			}
		})
	}
}

// A killed test binary leaves neither a process nor a file behind.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "EPEV_TEST_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var socket, problem string
	if _, err := fmt.Fscanln(bufio.NewReader(out), &socket, &problem); err != nil || problem != "<nil>" {
		t.Fatalf("%q %q: %v", socket, problem, err)
	}
	a := private.Address{Socket: socket, Port: 5432, User: "epev"}
	if err := answers(a); err != nil {
		t.Errorf("before: %v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	for begin := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(dir); err != nil {
			break
		}
		if time.Since(begin) > time.Minute {
			t.Fatal("its files are still there")
		}
	}
	if err := answers(a); err == nil {
		t.Error("its server still answers")
	}
}
