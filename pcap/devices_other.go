//go:build !linux && !windows

package pcap

import "bpfc/capture"

func deviceAddresses(d *capture.Device) []InterfaceAddress { return ownAddresses(d) }

// connection does not tell.
func connection(string) uint32 { return 0 }
