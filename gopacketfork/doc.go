// Package pcap has the API of github.com/gopacket/gopacket/pcap v1.7, the maintained fork of gopacket, in pure Go: it needs neither cgo nor
// libpcap. It is a module of its own, so that who uses bpfc without it does not carry the fork. A program changes over by changing one
// line,
//
//	import "github.com/gopacket/gopacket/pcap"   // before
//	import pcap "bpfc/gopacketfork"              // after
//
// and is built with CGO_ENABLED=0 from then on.
//
// All but a few files are generated from package bpfc/pcap, whose documentation says how it works, where, and what differs from the
// original. What the fork has beside, or has otherwise, is here:
//
//   - [OpenOfflineFile] leaves the file open, whatever becomes of the handle. On Windows, js and wasip1 it must stay open until the handle
//     is closed.
//   - A file is over after any read error: reads return io.EOF from then on.
//   - [Handle.Resolution] has micro- and nanoseconds the right way round.
//   - [InactiveHandle.SetWantPktap] does nothing, and is an error on macOS, whose metadata this package does not deliver.
//   - layers.LinkType has 16 bits, so that the second version of Linux' cooked header (276) can be chosen for the device "any".
package pcap
