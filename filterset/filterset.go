// Package filterset runs many filters over one packet at little more than the
// cost of one.
//
// # The machine
//
// Each filter keeps its own program, so it behaves as if it ran alone: a load
// past the captured bytes ends only the filter that makes it. What the filters
// share is the question which of them can match at all. Most filters accept a
// packet only if one of a few fields has one of a few values: "host A and tcp
// port B" needs A in the source or in the destination address. Such a set of
// (field, value) pairs that every accepting path passes is a cut of the
// filter's decision graph. [New] finds a cut for each filter, preferring the
// fields that tell most of the set's filters apart, and enters the filter in a
// table of each field under each value.
//
// To match a packet, each field is loaded once and looked up once; only the
// filters found there are run, and those that have no cut (such as "less 100").
//
// The programs are native code where there is any, and lie side by side: what is
// run is a different one for each packet.
//
// A field that lies past the captured bytes has no value, and no filter is
// found by it: rightly so, as a filter would have to load it to accept.
//
// This is no cBPF program and does not go to the kernel.
//
// The package keeps its API compatible within a major version.
package filterset

import (
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc/ir"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// Filter is one filter of a set.
// It is safe for concurrent use as long as nobody changes it.
type Filter struct {
	// Graph is the filter's decision graph, as the code generator makes it.
	// It only helps to find out when the filter need not be run; nil if
	// there is none. It is not kept.
	Graph *ir.Graph
	// Program is what decides.
	Program []bpf.RawInstruction
}

// Set is a set of filters, numbered from 0 in the order given to [New]. It is
// immutable and safe for concurrent use.
type Set struct {
	programs *jit.Programs
	always   []int32 // filters that are run on every packet
	fields   []field
}

// Len returns the number of filters.
func (s *Set) Len() int { return s.programs.Len() }

// Words returns how many words a bitmap of the set's filters has.
func (s *Set) Words() int { return (s.programs.Len() + 63) / 64 }

// Indexed returns how many of the filters are run only on packets that have
// one of their values.
func (s *Set) Indexed() int { return s.programs.Len() - len(s.always) }

// New makes a set. An error is a *jit.ProgramError for one of the programs.
func New(filters []Filter, opts ...jit.Option) (*Set, error) {
	list := make([][]bpf.RawInstruction, len(filters))
	for i, f := range filters {
		list[i] = f.Program
	}
	programs, err := jit.NewPrograms(list, opts...)
	if err != nil {
		return nil, err
	}
	s := &Set{programs: programs}
	s.index(filters)
	return s, nil
}

// Engine names what runs the programs: "jit" or "interp".
func (s *Set) Engine() string { return s.programs.Engine() }

// Close frees what the programs hold beyond Go's memory. Close must not be called
// while another method runs.
func (s *Set) Close() error { return s.programs.Close() }

// Match sets in matched the bits of the filters that match a packet and clears
// those of the others, and returns how many match. pkt holds the captured
// bytes, wireLen is the length on the wire in bytes; matched has at least
// [Set.Words] words, bit i%64 of word i/64 stands for filter i. Nothing is
// allocated.
func (s *Set) Match(pkt []byte, wireLen uint32, matched []uint64) int {
	matched = matched[:s.Words()]
	clear(matched)
	n := s.run(s.always, pkt, wireLen, matched)
	for f := range s.fields {
		if list := s.fields[f].candidates(pkt); len(list) > 0 {
			n += s.run(list, pkt, wireLen, matched)
		}
	}
	return n
}

// run runs the filters of a list that have not matched yet, and returns how many
// match of these.
func (s *Set) run(list []int32, pkt []byte, wireLen uint32, matched []uint64) (n int) {
	for _, i := range list {
		word, bit := &matched[i/64], uint64(1)<<(i%64)
		if *word&bit == 0 && s.programs.Match(int(i), pkt, wireLen) != 0 {
			*word |= bit
			n++
		}
	}
	return n
}

// MatchBuffer is [Set.Match] for the packets that spans finds in buf: the bitmap of
// packet i is matched[i*Words : (i+1)*Words]. It returns how many times a filter
// matches a packet. It panics if matched is too short or a span lies outside of buf.
func (s *Set) MatchBuffer(buf []byte, spans []vm.Span, matched []uint64) (n int) {
	words := s.Words()
	if len(matched)/max(words, 1) < len(spans) {
		panic(fmt.Sprintf("filterset: %d packets by %d words need more than the %d given", len(spans), words, len(matched)))
	}
	for _, span := range spans {
		pkt := buf[span.Off : uint64(span.Off)+uint64(span.CapLen)]
		n += s.Match(pkt, span.WireLen, matched)
		matched = matched[words:]
	}
	return n
}

// First returns the lowest number of a filter that matches a packet, and what
// its program returns; -1 and 0 if none does. Nothing is allocated.
func (s *Set) First(pkt []byte, wireLen uint32) (filter int, verdict uint32) {
	first, verdict := s.firstOf(s.always, int32(s.programs.Len()), pkt, wireLen)
	for f := range s.fields {
		if list := s.fields[f].candidates(pkt); len(list) > 0 && list[0] < first {
			if i, v := s.firstOf(list, first, pkt, wireLen); v != 0 {
				first, verdict = i, v
			}
		}
	}
	if verdict == 0 {
		return -1, 0
	}
	return int(first), verdict
}

// firstOf returns the first filter of a list in ascending order that is below limit
// and matches, and its verdict; limit and 0 if none does.
func (s *Set) firstOf(list []int32, limit int32, pkt []byte, wireLen uint32) (int32, uint32) {
	for _, i := range list {
		if i >= limit {
			break
		}
		if v := s.programs.Match(int(i), pkt, wireLen); v != 0 {
			return i, v
		}
	}
	return limit, 0
}

// FirstBuffer is [Set.First] for the packets that spans finds in buf: first[i] is the
// number of the lowest filter that matches packet i, -1 if none does. It panics if
// first is shorter than spans or a span lies outside of buf.
func (s *Set) FirstBuffer(buf []byte, spans []vm.Span, first []int32) {
	first = first[:len(spans)]
	for i, span := range spans {
		filter, _ := s.First(buf[span.Off:uint64(span.Off)+uint64(span.CapLen)], span.WireLen)
		first[i] = int32(filter)
	}
}
