package capture

// Sender puts packets on an interface as they are, with their link-layer
// header. Close it when done.
type Sender interface {
	// Send sends packets in their order and returns how many went out before
	// an error. The kernel's queue being full is waited for, not an error.
	Send(packets ...[]byte) (int, error)
	// LinkType gives the LINKTYPE_ value of the packets to send.
	LinkType() uint32
	Close() error
}
