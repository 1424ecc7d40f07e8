package capture

import "bpfc/linktype"

// Sender puts packets on an interface as they are, with their link-layer
// header. Close it when done. It is not safe for concurrent use.
//
// Interfaces without a link-layer header, such as tun devices and IP tunnels,
// have the link-layer type RAW: packets for them begin with their IP
// header. Linux takes the protocol from the version in it, since 5.8; older
// kernels hand such packets to a tun device all the same, other tunnels drop them.
type Sender interface {
	// Send sends packets in their order and returns how many went out before
	// an error. The kernel's queue being full is waited for, not an error,
	// as long as something goes out every few seconds.
	Send(packets ...[]byte) (int, error)
	// LinkType gives the link-layer type of the packets to send.
	LinkType() linktype.Type
	Close() error
}
