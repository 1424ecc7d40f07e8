// Package index keeps beside each capture file of an archive a small file, its sidecar, that tells which packets cannot be in
// it, so that a filter that few files can match need not read the others.
//
//	p := index.NewPlanner(compile, since, until)
//	a := &scan.Archive{Inputs: inputs, Filter: filter, Plan: p.Plan}
//
// # The machine
//
// [Build] reads a capture and puts its packets into blocks of up to [BlockPackets], those of a link-layer type, so many VLAN tags
// and IPv4, IPv6, ARP or what else together. Of each block it notes the range of time,
// and what values the fields have that filters ask for: protocols, addresses, ports, tags, each as so many bytes at an offset
// of the packet, by link-layer type. The values of a field are a list where there are few, else their range and a binary fuse
// filter, which says of a value that is there always yes, and of another no but for one time in 65,536. Of IPv4 addresses the
// first 8, 16 and 24 bits are in it, too, for networks. A field is noted for every packet of the block that is long enough, or for
// none.
//
// [Planner.Plan] then asks the filter: package prove takes it apart into comparisons of fields, and each block says which
// outcomes a comparison can have for its packets. If no way through the filter that is left accepts, no packet of the block
// can match. What is not noted can have any outcome. So a file is left out only where that is certain.
//
// A sidecar has the size and the time of change of its capture, and a checksum of its own. If one of them is not right, it
// counts as not being there. There is none of a damaged capture, whose damage must be told each time.
//
// The package keeps its API compatible within a major version; the form of sidecars has a number of its own, and files of
// another are not used.
package index
