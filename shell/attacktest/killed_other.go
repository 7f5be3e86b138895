//go:build !linux

package attacktest

import "os"

// KilledAt is for Linux alone, whose ptrace tells which system calls are about to begin.
func KilledAt() {
	println("killed-at: only on Linux")
	os.Exit(1)
}
