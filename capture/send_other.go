//go:build !linux

package capture

import "fmt"

// OpenSender opens an interface for sending. On Linux only.
func OpenSender(iface string) (Sender, error) {
	return nil, fmt.Errorf("%s: sending: %w (it needs Linux's AF_PACKET)", iface, ErrNotSupported)
}
