package pcap_test

import "github.com/google/gopacket"

// What the two APIs differ in, as the tests see it.
const (
	gopacketModule = "github.com/google/gopacket"
	ourPackage     = "bpfc/pcap"

	closesFile     = true  // closing a handle of OpenOfflineFile closes the file
	errorsAreFinal = false // after a read error a file is over
)

// What Resolution gives: the two are the wrong way round.
var (
	ofMicroseconds = gopacket.TimestampResolutionNanosecond
	ofNanoseconds  = gopacket.TimestampResolutionMicrosecond
)
