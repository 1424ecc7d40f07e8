//go:build !linux && !windows && !darwin && !dragonfly && !freebsd && !netbsd && !openbsd

package pcap

import (
	"fmt"
	"runtime"

	"bpfc/capture"
)

// openLive has no way to capture here.
func openLive(*liveConfig) (*opened, *activateError) {
	err := fmt.Errorf("live capture: %w (%s)", capture.ErrNotSupported, runtime.GOOS)
	return nil, &activateError{status: statusError, detail: err.Error(), err: err}
}

func timestampSources(string) []TimestampSource { return []TimestampSource{tstampHost} }

func canMonitor(string) bool { return false }
