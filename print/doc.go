// Package print writes packets the way tcpdump does: one line for each with
// what its headers say, more lines with -v, and hex dumps.
//
// A [Printer] takes one packet after the other and appends text to a buffer.
// It remembers only what lines need of packets before: the time stamp for
// deltas, and the first sequence numbers of TCP conversations for relative
// ones.
//
// Inside, a packet is taken apart by dissectors, one for each protocol, each a
// method in the file named after its protocol. A dissector prints as it reads
// and calls the next one on the payload. It reads through a [view], which knows
// where the captured bytes end; reading past them ends the whole line with
// "[|proto]", the mark for a packet that the snapshot length cut, where proto
// is the dissector that was reading. Such a packet's hex dump begins with the
// link-layer header, as in tcpdump, so dissectors read in tcpdump's order also
// what they do not print; where tcpdump looks first and stops by itself, they
// call cut. That early end is a panic with a private
// value, recovered in one place; as with encoding/json it keeps many
// dissectors free of error plumbing. Nothing else panics: a view checks every
// access.
//
// What a dissector does not know it shows in hexadecimal, as tcpdump does; a
// link-layer type that has none is named by its number.
//
// The formats are those of tcpdump 4.99, found by comparing outputs.
package print
