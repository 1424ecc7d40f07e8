// Package fuzz holds bpfc against independent implementations of the same two languages: filter
// expressions (libpcap) and classic BPF bytecode (golang.org/x/net/bpf, the running kernel, libpcap's
// interpreter).
//
// # The machine
//
// A campaign (Run) is a loop over expressions. Each expression is written by a weighted text grammar
// (Grammar, in grammar.go: one row a production) or given by the user. It is compiled by the compiler
// under test and by every reference Compiler; they have to agree whether it is a filter at all. Then
// packets are made that have a chance to matter:
//
//   - layered packets (Builder, in packet.go): link-layer header of the link type, tags and tunnels,
//     network and transport headers, with the constants of the expression and of the bytecode in their fields;
//   - directed packets (Direct, in direct.go): a random path through the bytecode is chosen and the
//     bytes are set so that each comparison goes the way the path needs;
//   - both mutated and truncated, sometimes with a wire length over the captured length.
//
// The compiled program runs on every Engine; all have to return the value that the first one returns. The
// programs of the reference compilers run on the same packets, and the compiled program has to return what
// one of them (optimized or not) returns on all of them.
//
// Every execution is traced (Trace, in machine.go) for the rare events where implementations are known
// to part: those are the rows of the table in known.go, each with its reason. A difference that no row
// explains is minimized (minimize.go) and reported.
//
// Nothing here is needed to compile or run a filter; the package exists to find out where that goes wrong.
//
// The package keeps its API compatible within a major version.
package fuzz
