package prompt

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkEcho measures from a key to its echo. A typist's keys are 20 ms apart. At once, each key is pressed as soon
// as the one before is seen.
func BenchmarkEcho(b *testing.B) {
	b.Run("typist", func(b *testing.B) { echo(b, 20*time.Millisecond) })
	b.Run("at-once", func(b *testing.B) { echo(b, 0) })
}

func echo(b *testing.B, pause time.Duration) {
	s := start(b, 80, 24)
	s.ready()
	s.Send("view ")
	s.Shows("Kévin Cousin")
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		for i := range 10 {
			began := time.Now()
			s.Send("x")
			s.Until("the echo", func() bool { x, _ := s.Cursor(); return x == 12+i })
			took = append(took, time.Since(began))
			time.Sleep(pause)
		}
		s.Send(strings.Repeat("\x7f", 10))
		s.Until("it deleted", func() bool { x, _ := s.Cursor(); return x == 11 })
		time.Sleep(pause)
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-median")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "ms-p95")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "ms-max")
}

// BenchmarkIdle measures what a prompt costs at which nobody types.
func BenchmarkIdle(b *testing.B) {
	s := start(b, 80, 24)
	s.ready()
	ticks := func() float64 {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.pid))
		if err != nil {
			b.Skip("the process's times are not to be had here")
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		user, _ := strconv.ParseFloat(fields[11], 64)
		system, _ := strconv.ParseFloat(fields[12], 64)
		return user + system
	}
	began, before := time.Now(), ticks()
	for b.Loop() {
		time.Sleep(time.Second)
	}
	b.ReportMetric((ticks()-before)/time.Since(began).Seconds(), "%core") // a tick is 10 ms
}
