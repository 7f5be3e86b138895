package attacktest

import (
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// writing are the system calls that leave something behind, with a peer or on a disk.
var writing = []uint64{unix.SYS_WRITE, unix.SYS_PWRITE64, unix.SYS_FSYNC, unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2, unix.SYS_LINKAT, unix.SYS_UNLINKAT,
	unix.SYS_MKDIRAT, unix.SYS_OPENAT, unix.SYS_FCHOWN, unix.SYS_FCHMOD, unix.SYS_FTRUNCATE, unix.SYS_FLOCK, unix.SYS_CONNECT}

// syscallInfo is what ptrace(2) tells of a system call, on whatever processor.
type syscallInfo struct {
	op     uint8 // 1: it is about to begin
	_      [3]uint8
	arch   uint32
	ip, sp uint64
	number uint64
	args   [6]uint64
}

const (
	ptraceGetSyscallInfo = 0x420e
	ptraceExitKill       = 0x100000
)

// KilledAt is a program of its own, killed-at N COMMAND…, which kills the command before its Nth system call that writes. It
// exits with 99 when it has done so, otherwise as the command does.
func KilledAt() {
	n, err := strconv.Atoi(os.Args[1])
	check(err)
	runtime.LockOSThread() // it alone may trace
	cmd := exec.Command(os.Args[2], os.Args[3:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	check(cmd.Start())
	main := cmd.Process.Pid
	var status unix.WaitStatus
	_, err = unix.Wait4(main, &status, 0, nil)
	check(err)
	check(unix.PtraceSetOptions(main, unix.PTRACE_O_TRACESYSGOOD|unix.PTRACE_O_TRACECLONE|ptraceExitKill))
	known := map[int]bool{main: true}
	for thread, pass := main, 0; ; {
		_ = unix.PtraceSyscall(thread, pass) // it may have ended meanwhile
		thread, err = unix.Wait4(-1, &status, unix.WALL, nil)
		check(err)
		for !status.Stopped() {
			if thread == main {
				os.Exit(status.ExitStatus())
			}
			thread, err = unix.Wait4(-1, &status, unix.WALL, nil)
			check(err)
		}
		pass = 0
		switch signal := status.StopSignal(); {
		case signal == unix.SIGTRAP|0x80:
			if n -= writes(thread); n == 0 {
				check(unix.Kill(main, unix.SIGKILL))
				for thread != main || status.Stopped() {
					thread, err = unix.Wait4(-1, &status, unix.WALL, nil)
					check(err)
				}
				os.Exit(wasKilled)
			}
		case signal != unix.SIGTRAP && (known[thread] || signal != unix.SIGSTOP): // with which a thread begins
			pass = int(signal)
		}
		known[thread] = true
	}
}

// writes is 1 for a thread that is about to write, otherwise 0.
func writes(thread int) int {
	var info syscallInfo
	_, _, errno := unix.Syscall6(unix.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(thread), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if errno != 0 || info.op != 1 || !slices.Contains(writing, info.number) || info.number == unix.SYS_OPENAT && info.args[2]&unix.O_CREAT == 0 {
		return 0
	}
	return 1
}

func check(err error) {
	if err != nil {
		println("killed-at:", err.Error())
		os.Exit(1)
	}
}
