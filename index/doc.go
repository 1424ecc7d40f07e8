// Package index keeps beside each capture file a small file, its sidecar, that tells which packets cannot be in
// it and in which parts of it, so that a filter that few packets match need not read everything.
//
//	p := index.NewPlanner(compile, since, until)
//	a := &scan.Archive{Inputs: inputs, Filter: filter, Plan: p.Plan}
//
// # The machine
//
// [Build] reads a capture and cuts it into blocks of packets that follow one another, up to [BlockPackets] or about [BlockBytes]
// bytes. Of each block it notes its place and what its packets have, in groups of those of a link-layer type, so many VLAN tags
// and IPv4, IPv6, ARP or what else together: the range of time,
// and what values the fields have that filters ask for: protocols, addresses, ports, tags, each as so many bytes at an offset
// of the packet. The values of a field are a list where there are few, else their range and a binary fuse
// filter, which says of a value that is there always yes, and of another no but for one time in 65,536. Of IPv4 addresses the
// first 8, 16 and 24 bits are in it, too, for networks. A field is noted for every packet of the group that is long enough, or for
// none.
//
// [Planner.Plan] then asks the filter: package prove takes it apart into comparisons of fields, and each group says which
// outcomes a comparison can have for its packets. If no way through the filter that is left accepts, no packet of the group
// can match. What is not noted can have any outcome. So a block is left out only where that is certain, and a file where that is
// so of all its blocks.
//
// A block that is left out is passed over, see [capture.Reader.PassOver]: of a file that is not compressed it is not read. A block is
// read nevertheless if something else is between its packets, such as an interface of pcapng or names, or if one of its packets
// has a time that is out of range, which is told. So numbers of packets, interfaces, copies and what is said of a file are as without
// a sidecar. Of a compressed file what is before a block that is read must be decompressed; what is behind the last such block is not, if these are packets only.
//
// A sidecar has the size and the time of change of its capture, a checksum of its first and last 4 KiB, and a checksum of its own.
// Where parts of a capture are passed over, their first and last bytes are compared as well. If one of these is not right, the sidecar
// counts as not being there. There is none of a damaged capture, whose damage must be told each time. What is not noticed is
// a change of some bytes in the middle of a capture after which the file was given its old time again.
//
// Memory does not grow with the capture: sidecars are written and read block by block.
//
// The package keeps its API compatible within a major version; the form of sidecars has a number of its own, and files of
// another are not used.
package index
