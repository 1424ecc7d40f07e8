package pcap

import (
	"fmt"

	"bpfc/capture"
)

// DLT_PKTAP is the link-layer type of packets behind the metadata that macOS can have before them.
const DLT_PKTAP = 149 // DLT_USER2, in Apple's pcap/bpf.h

// SetWantPktap asks for packets behind macOS' metadata, which this package does not deliver: wantPktap is an error.
func (p *InactiveHandle) SetWantPktap(wantPktap bool) error {
	if err := p.settable(); err != nil || !wantPktap {
		return err
	}
	return fmt.Errorf("pktap metadata: %w", capture.ErrNotSupported)
}
