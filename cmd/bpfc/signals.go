package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// untilSignal gives a context that the first signal to end cancels: an interrupt, a request to terminate, a terminal that
// is lost, a reader of the output that went away. Every command gets it, and ends in order then: what it holds is written
// out, files end between two packets, and what it counted is printed. Whoever interrupts twice ends the process at once.
//
// A hangup that was ignored when the process began stays ignored, as nohup(1) wants it. Interrupts are taken even then,
// since shells begin their background jobs with interrupts ignored.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, urgentSignals...)
	for s := range politeSignals {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	over := make(chan struct{})
	go func() {
		urged := false
		for {
			select {
			case s := <-signals:
				cancel(politeSignals[s])
				if urged && isUrgent(s) {
					os.Exit(exitInterrupted)
				}
				urged = urged || isUrgent(s)
			case <-over:
				return
			}
		}
	}()
	return ctx, sync.OnceFunc(func() { signal.Stop(signals); close(over); cancel(nil) })
}

// urgentSignals are those that somebody sends on purpose, and sends again where the end takes too long. A hangup comes
// several times by itself, from the terminal and from the shell, and SIGPIPE at each write.
var urgentSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

func isUrgent(s os.Signal) bool { return s == os.Interrupt || s == syscall.SIGTERM }

// outputGone tells whether an error says that nobody reads any more what is written: `bpfc … | head`.
func outputGone(err error) bool { return errors.Is(err, syscall.EPIPE) }
