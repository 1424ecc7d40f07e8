// Package witness makes packets that a filter matches, one for each way to match it,
// and packets that just miss it: for trying filters, rules and appliances out.
//
// # The machine
//
// The ways of a filter are the paths to accept through its decision graph as the code
// generator made it (paths.go): IPv4 or IPv6, TCP, UDP or SCTP, source or destination,
// each alternative of a list. Where there are few, each path is taken; where the
// alternatives multiply, each edge is taken once.
//
// A packet is a stack of headers (stack.go). What each header has in it stands in
// tables (kinds.go): which field says what comes next, which hold lengths and
// checksums. Setting a field keeps the packet a real one: another protocol number brings
// another header, another length a longer payload. Lengths and checksums are filled in
// when the bytes are made.
//
// For each way the packet is changed until it takes that path (search.go): the first
// test that goes the other way names a field and the values that it may have, and of
// the changed packets the one that goes farthest is kept. If no real packet is found
// so, the answer comes from package prove, as the fewest bytes that go this way, and what is
// wrong with them as a packet is said (check.go). A way that no packet can go is left out.
//
// A near miss is made in the same way: all tests of a path come out as on it, but one,
// and the filter rejects.
//
// Every packet is run before it is handed out.
//
// The package keeps its API compatible within a major version.
package witness
