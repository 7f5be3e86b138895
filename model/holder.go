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

// Holder tells which process the content of a lock file names, and whether that is stopped. Where it is not known, who
// tells nothing.
func Holder(content []byte) (who error, stopped bool) {
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil || pid <= 0 || errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return Fault(""), false
	}
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)) // proc(5); elsewhere it is not there
	if _, after, _ := strings.Cut(string(stat), ") "); strings.HasPrefix(after, "T") {
		return &Error{Fault: "stopped-process", Facts: Facts{"pid": pid}}, true
	}
	return &Error{Fault: "process", Facts: Facts{"pid": pid}}, false
}
