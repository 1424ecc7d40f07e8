//go:build !unix

package main

import "os"

// politeSignals: Windows turns a console that is closed into SIGTERM, and other systems have no signals.
var politeSignals map[os.Signal]error
