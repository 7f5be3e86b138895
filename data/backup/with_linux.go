package backup

import (
	"os/exec"
	"syscall"
)

// diesWithUs has the system end the program with the thread that starts it, however that ends.
func diesWithUs(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL }
