//go:build !(libpcap && cgo)

package main

import (
	"errors"
	"time"
)

// libpcap stands for the installed libpcap, which this build has not.
type libpcap struct{}

func openLibpcap() (*libpcap, error) {
	return nil, errors.New("built without libpcap: CGO_ENABLED=1 go run -tags libpcap ./internal/compiletime, with libpcap's headers installed")
}

func (*libpcap) close() {}

func (*libpcap) compile(string) (time.Duration, int, error) { return 0, 0, nil }
