package pcap

import (
	"os"

	"github.com/gopacket/gopacket"
)

// This file and its neighbours variant_*.go have what this API and that of google/gopacket differ in, beside their types. All other
// files but the package comment are generated from package bpfc/pcap.

// readErrorIsFinal: after a read error a file is over, even where it could be read on.
const readErrorIsFinal = true

// resolution is what Handle.Resolution gives.
func resolution(micro bool) gopacket.TimestampResolution {
	if micro {
		return gopacket.TimestampResolutionMicrosecond
	}
	return gopacket.TimestampResolutionNanosecond
}

// OpenOfflineFile reads a capture file from where it is open. The file stays the caller's: neither an error nor closing the handle
// closes it, and it may be closed while the handle is in use.
func OpenOfflineFile(file *os.File) (handle *Handle, err error) {
	own, err := duplicate(file)
	if err != nil {
		return nil, err
	}
	handle, err = openSavefile(own, own != file)
	if err != nil && own != file {
		own.Close()
	}
	return handle, err
}
