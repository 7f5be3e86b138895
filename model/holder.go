package model

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// HolderLine is what this process writes at the beginning of a lock file that it holds, always as many bytes: it fits in
// place also where the disk is full.
func HolderLine() []byte { return fmt.Appendf(nil, "%10d\n", os.Getpid()) }

// Holder tells which process the content of a lock file names, as "process 12" or "process 12, which is stopped"; "" where
// that is not known.
func Holder(content []byte) (told string, stopped bool) {
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return "", false
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // proc(5); elsewhere it is not there
	if _, after, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(after, "T") {
		return fmt.Sprintf("process %d, which is stopped", pid), true
	}
	return fmt.Sprintf("process %d", pid), false
}
