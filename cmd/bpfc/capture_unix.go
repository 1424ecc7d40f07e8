//go:build unix

package main

import (
	"fmt"
	"os"
	"os/signal"
	"os/user"
	"strconv"
	"syscall"
)

// onReport calls f at each SIGUSR1 until the function returned is called. SIGUSR2, by which tcpdump writes out what it holds,
// does not end the program either: what is held is written out once a second by itself.
func onReport(f func()) (end func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGUSR1, syscall.SIGUSR2)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case s := <-signals:
				if s == syscall.SIGUSR1 {
					f()
				}
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
		<-ended
	}
}

// becomeUser gives up the privileges of the current user for those of another. It cannot be undone.
func becomeUser(name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return usagef("-Z: %w", err)
	}
	uid, errUID := strconv.Atoi(u.Uid)
	gid, errGID := strconv.Atoi(u.Gid)
	if errUID != nil || errGID != nil {
		return fmt.Errorf("-Z %s: user %s, group %s", name, u.Uid, u.Gid)
	}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"supplementary groups", func() error { return syscall.Setgroups([]int{gid}) }},
		{"group", func() error { return syscall.Setgid(gid) }},
		{"user", func() error { return syscall.Setuid(uid) }},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("-Z %s: changing the %s: %w", name, step.what, err)
		}
	}
	return nil
}

// lowestPriority lets a process run only while nothing else wants to.
func lowestPriority(pid int) {
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, 19) // of no more importance than the process being gone already
}
