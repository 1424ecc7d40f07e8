// Package capture moves packets in and out: it reads and writes capture
// files, captures live, attaches filters to sockets and sends.
//
// # Capture files
//
// A [Reader] takes pcap and pcapng, told apart by their first four bytes,
// from a file or a pipe. It yields one packet at a time in the order of the
// file:
//
//	r, err := capture.Open("trace.pcap") // "-" is standard input
//	for {
//		p, err := r.Next()
//		if err == io.EOF {
//			break
//		}
//		…
//	}
//
// The reader believes nothing that a file claims. Memory grows only as bytes
// really arrive and never past the largest captured length that libpcap
// takes (262,144 bytes for nearly every link-layer type). A truncated or
// corrupt file ends with a [*FileError] that gives the packet's number and
// the byte offset, after every packet before it was delivered.
//
// What libpcap does to packets while reading a savefile is done here too,
// since a filter can see it: lengths that old versions stored the other way
// round are put right, and the few link-layer headers that are stored in the
// byte order of the capturing host (Linux USB, NFLOG, CAN under the Linux
// cooked header) are turned into the byte order of this host.
//
// One thing is not done: libpcap cuts a packet that is longer than the snapshot
// length in the file's header, and refuses it in a pcapng file. That header is
// only what somebody said, so a packet is read as long as it is, and a file
// written from it declares a length that is true: see [WriterOptions].Source.
//
// A pcapng file says more than pcap can hold. [Reader.NewCopy] writes a file
// that keeps all of it but the packets that are left out.
//
// Link-layer types are those of package linktype, by their DLT_ numbers, as
// everywhere in this module. Files have another number for a few of them
// (RAW is 101 there); reading and writing translate.
//
// A compressed file is read as what it is decompressed to: gzip, zstd, lz4 and xz
// are told by their first bytes, whatever the file's name. A goroutine decompresses
// ahead of the reader, at most a megabyte. Streams one after the other are one file.
// A stream that was cut gives all that comes before the cut, and then an error; one
// that needs more than 128 MB of memory is refused.
//
// # Many packets at once
//
// [Reader.Scan] reads ahead in windows, lets several goroutines work on one
// window each, and hands the windows back in file order. A goroutine whose window is done
// before its turn leaves it and takes another. The windows of a regular file
// are read with pread(2) by several goroutines. Only the walk from one record header to
// the next is serial, and that costs a nanosecond or two a packet: the window is in the cache then. Of pcapng the walk looks at the lengths of
// blocks, and into those that describe a section or an interface; packets are taken
// apart by the goroutine that works on their window. No place of the file is guessed,
// so that errors and numbers are those of a reader of one packet after the other. Memory does not grow with the file.
// A file that shrinks meanwhile ends with an error. That is why it is not mapped: to touch memory that a file has left is a fault of the program.
//
// Sources for the formats: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng,
// pcap-savefile(5), and the behaviour of libpcap 1.10 and 1.11.
//
// The package keeps its API compatible within a major version.
package capture
