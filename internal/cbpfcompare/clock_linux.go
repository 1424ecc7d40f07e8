package main

import "golang.org/x/sys/unix"

// threadTime is the processor time of this thread so far, in nanoseconds.
func threadTime() (int64, error) {
	var ts unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts)
	return ts.Nano(), err
}
