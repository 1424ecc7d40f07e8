package pcap

import (
	"os"

	"github.com/google/gopacket"
)

// This file has what the API of google/gopacket and that of its fork differ in, beside their types. All other files but this one and
// the package comment are the same in both packages: those of gopacketfork are generated.

// readErrorIsFinal: after a read error a file is over, even where it could be read on.
const readErrorIsFinal = false

// resolution is what Handle.Resolution gives. The original has the two the wrong way round.
func resolution(micro bool) gopacket.TimestampResolution {
	if micro {
		return gopacket.TimestampResolutionNanosecond
	}
	return gopacket.TimestampResolutionMicrosecond
}

// OpenOfflineFile reads a capture file from where it is open. Closing the handle closes the file; where this returns an error,
// the file stays open.
func OpenOfflineFile(file *os.File) (handle *Handle, err error) { return openSavefile(file, true) }
