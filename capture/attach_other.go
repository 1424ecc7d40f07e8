//go:build !linux

package capture

import (
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc/socket"
)

var errNoAttach = fmt.Errorf("socket filters: %w (they are Linux's)", ErrNotSupported)

type attachment struct{}

func attachFD(int, []bpf.RawInstruction, bool) (attachment, error) { return attachment{}, errNoAttach }
func detachFD(int) error                                           { return errNoAttach }
func lockFD(int) error                                             { return errNoAttach }
func drainFD(int) error                                            { return errNoAttach }
func socketKind(int) (socket.Kind, error)                          { return 0, errNoAttach }
