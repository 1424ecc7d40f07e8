// Package print writes packets the way tcpdump does: one line for each with
// what its headers say, more lines with -v, and hex dumps.
//
// A [Printer] takes one packet after the other and appends text to a buffer.
// It remembers only what lines need of packets before: the time stamp for
// deltas, the first sequence numbers of TCP conversations for relative ones,
// and the calls that replies answer.
//
// Inside, a packet is taken apart by dissectors, one for each protocol, which
// live in rooms by layer (internal/link, internet, transport, routing,
// application, and old for what is hardly met any more). A dissector is a
// function of a context and a view. It prints as it reads and calls the next
// one by the number that the header has for it: rows.go lists all of them,
// each with its table (ethertypes, IP protocols, ports …) and its numbers.
// CONTRIBUTING.md tells how to add one.
//
// A view knows where the captured bytes end; reading past them ends the whole
// line with "[|proto]", the mark for a packet that the snapshot length cut,
// where proto is the dissector that was reading. Such a packet's hex dump
// begins with the link-layer header, as in tcpdump, so dissectors read in
// tcpdump's order also what they do not print; where tcpdump looks first and
// stops by itself, they call Cut. That early end is a panic with a value of
// internal/dissect, recovered in one place; as with encoding/json it keeps
// many dissectors free of error plumbing. Nothing else panics: a view checks
// every access.
//
// What a dissector does not know it shows in hexadecimal, as tcpdump does; a
// link-layer type that has none is named by its number.
//
// The formats are those of tcpdump 4.99, found by comparing outputs.
//
// The package keeps its API compatible within a major version.
package print
