//go:build !darwin

package pcap

// SetWantPktap asks for packets behind macOS' metadata, and does nothing on other systems.
func (p *InactiveHandle) SetWantPktap(_ bool) error { return nil }
