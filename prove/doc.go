// Package prove tells what filters mean: whether two of them accept the same packets,
// whether one implies the other, and which packets tell them apart. A filter is a
// decision graph (package ir) or a classic BPF program, whoever compiled it.
//
// # The machine
//
// A filter is first lifted to steps ([FromGraph], [FromProgram]): it is run on
// expressions in place of numbers, so that path variables, registers and scratch memory
// vanish and each step is a test of two expressions over the packet, or a look at
// one that may end the filter. A step is there once for each content of the
// variables that reach it and are still read. Walks of headers (protochain) are followed
// for [DefaultBound] headers.
//
// [Compare] then makes a decision diagram of each filter. It is binary and
// ordered: its variables are bits (of the packet's bytes, of the length on the wire, of
// ancillary data), each path asks for them in the same order, equal parts are there once,
// and a question whose answer changes nothing is not asked. That makes it canonical: in
// one order, two filters mean the same if and only if their diagrams are the same node. An interval
// or a mask of a field is a chain of at most a few nodes a bit, loads of different sizes that overlap
// share their bits, and arithmetic is done bit by bit.
//
// The captured length is no variable. A load past the captured bytes rejects, so a filter
// that accepts a packet of which some bytes were captured also accepts it with more of
// them: all that there is to know is how many it needs. That number is in the diagram's leaves: "rejects", or
// "accepts from 34 bytes on". On a path it only grows, and two filters agree on all captured
// lengths if their leaves do. The length on the wire is never below the captured one.
//
// # Offsets that the packet says
//
// An offset like 4*(ip[0]&15)+14 is a base: the bytes behind it are variables of their own,
// as if they overlapped with no others, and needs count from it as well. Products
// and quotients of two parts of the packet are numbers of their own in the same way. What
// is equal then is equal in truth. What differs may still be equal, if it differs only where bytes cannot
// overlap so. Therefore every packet that the diagrams promise is made: a walk down the
// diagrams knows where each base is and goes back where two bytes that are one
// disagree. The packet is run through both filters by evaluators that know
// nothing of diagrams. If the walk has tried everything, there is no such packet; if it gives up, the next
// attempt takes offsets by cases, each a load at a fixed place, and looks into all arithmetic. At last the
// answer is "undecided".
//
// # Walks of headers
//
// A graph that walks past headers (IPv6 extension headers, tags, tunnels) has a copy of what follows for each
// way through the walk. Where these are too many, a few of them are followed, and packets are found there. That there is no packet of
// a kind is told by a second lifting, in which a variable that ways leave with different values is one number: see merge.go. Two
// filters that walk alike are then proved equal, however long the walk.
//
// # Long lists
//
// A diagram is put together from the last step to the first. With a list of a thousand
// alternatives that would be quadratic, as each is put on top of those behind it. So a
// long filter is cut where it can only go on at one place, and the parts are put together
// from the top of the diagram down, see chain.go; where it cannot be cut so, in halves. A part is
// built as it stands in the list: with what surely was captured before it, and led on to whatever
// follows, so that the same alternative is the same part in two lists.
//
// # Budgets
//
// A diagram can grow exponentially (products of two fields). Every proof has a budget of
// nodes and of time, and is [Undecided] with the reason when it is spent. Except where
// time runs out, answers are the same each time.
//
// # The files
//
// Filters: filter.go is what is compared, combine.go a filter that is made of others, and eval.go runs one on a packet, going by what it was given as.
//
// Lifting to steps: steps.go has the steps and their order, graph.go lifts graphs, program.go programs, and merge.go graphs in which ways that meet
// share what follows.
//
// Diagrams: diagram.go stores nodes and combines them, leaf.go has their ends and the captured bytes that these need. bits.go computes with
// numbers bit by bit. prover.go makes conditions of expressions, cases.go takes offsets that have few values by cases. meaning.go puts the
// diagram of a filter together, chain.go that of a long list.
//
// Questions: compare.go relates two filters, and makes attempt after attempt; search.go finds where two diagrams differ, packet.go makes a
// packet of that. find.go asks for a packet only, list.go what a filter of a list does behind the others. possible.go does without diagrams:
// it tells what a filter cannot accept of packets of which little is known. budget.go ends what takes too long.
//
// The package keeps its API compatible within a major version.
package prove
