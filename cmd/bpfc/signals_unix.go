//go:build unix

package main

import (
	"os"
	"syscall"
)

// politeSignals end a command, too, but never at once. Each has what context.Cause gives then, nil for context.Canceled.
var politeSignals = map[os.Signal]error{syscall.SIGHUP: nil, syscall.SIGPIPE: syscall.EPIPE}
