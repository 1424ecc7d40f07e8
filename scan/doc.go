// Package scan finds what matches a filter in capture files: it iterates over
// the packets, counts them, or copies them to another file.
//
//	for p, err := range scan.Packets(ctx, "trace.pcap", "tcp port 80") {
//		if err != nil { … }                // the last there is
//		fmt.Println(p.Number, len(p.Data), p.From.LinkType)
//	}
//
//	n, err := scan.Count(ctx, "trace.pcap", "tcp port 80")
//
// # The machine
//
// A file tells where its packets come from: one interface in a pcap file, any
// number in pcapng, each with a link-layer type, a snapshot length and a byte
// order. A [Filter] is compiled once for each kind of these, when the file
// describes the first of the kind, and runs as native code where the machine
// has it. A filter with a mistake is refused by [Open], before the first packet.
//
// A regular file is read in windows of half a megabyte, each judged by a
// goroutine of its own and handed on in the order of the file: see
// [capture.Reader.Scan]. What comes from a pipe or is compressed is
// judged as it arrives: in batches of what is there, or packet by packet in a copy of
// pcapng. An iteration over pcapng is packet by packet as well.
//
// An [Archive] does that with many files at a time, and puts what comes of them
// in the order of the files, or of time. Package index tells it which files it
// need not read, and which parts of a file.
//
// Every packet before an error is delivered. An error of the file is a
// *[capture.FileError] with the packet and the byte where it stands, one of the
// filter a *[bpfc.Error]. The context that a scan is opened with bounds the lookup
// of names, ends the scan, and ends the wait for a pipe.
//
// The package keeps its API compatible within a major version.
package scan
