package shell

import (
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress returns what shows a person how far something is that takes long: a bar on standard error, where that is a terminal; nil elsewhere.
func (s *Shell) progress() func(what string) (show func(share float64), end func()) {
	file, is := s.Stderr.(*os.File)
	if !is || s.plain || !term.IsTerminal(int(file.Fd())) {
		return nil
	}
	return func(what string) (func(float64), func()) {
		const whole = 1000
		bar := progressbar.NewOptions(whole, progressbar.OptionSetWriter(file), progressbar.OptionSetDescription(what),
			progressbar.OptionSetWidth(24), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetElapsedTime(true), progressbar.OptionSetPredictTime(true), progressbar.OptionUseANSICodes(true))
		return func(share float64) { _ = bar.Set(int(share * (whole - 1))) }, func() { _ = bar.Clear() }
	}
}
