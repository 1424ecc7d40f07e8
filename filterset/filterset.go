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
// A field that lies past the captured bytes has no value, and no filter is
// found by it: rightly so, as a filter would have to load it to accept.
//
// This is no cBPF program and does not go to the kernel.
package filterset

import (
	"math/bits"

	"golang.org/x/net/bpf"

	"bpfc/ir"
	"bpfc/vm"
)

// Filter is one filter of a set.
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
	filters []vm.Matcher
	always  []int32 // filters that are run on every packet
	fields  []field
}

// Len returns the number of filters.
func (s *Set) Len() int { return len(s.filters) }

// Words returns how many words a bitmap of the set's filters has.
func (s *Set) Words() int { return (len(s.filters) + 63) / 64 }

// Indexed returns how many of the filters are run only on packets that have
// one of their values.
func (s *Set) Indexed() int { return len(s.filters) - len(s.always) }

// New makes a set. newMatcher makes what runs a program: vm.New, or native
// code. An error is that of newMatcher for one of the programs.
func New(filters []Filter, newMatcher func([]bpf.RawInstruction) (vm.Matcher, error)) (*Set, error) {
	s := &Set{filters: make([]vm.Matcher, len(filters))}
	for i, f := range filters {
		m, err := newMatcher(f.Program)
		if err != nil {
			_ = s.Close()
			return nil, err
		}
		s.filters[i] = m
	}
	s.index(filters)
	return s, nil
}

// Close frees what the filters hold. The set cannot be used afterwards.
func (s *Set) Close() error {
	var first error
	for _, m := range s.filters {
		if m == nil {
			continue
		}
		if err := m.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Match sets in matched the bits of the filters that match a packet and clears
// those of the others, and returns how many match. pkt holds the captured
// bytes, wireLen is the length on the wire in bytes; matched has at least
// [Set.Words] words, bit i%64 of word i/64 stands for filter i. Nothing is
// allocated.
func (s *Set) Match(pkt []byte, wireLen uint32, matched []uint64) int {
	matched = matched[:s.Words()]
	clear(matched)
	for _, i := range s.always {
		s.run(i, pkt, wireLen, matched)
	}
	for f := range s.fields {
		for _, i := range s.fields[f].candidates(pkt) {
			if matched[i/64]>>(i%64)&1 == 0 {
				s.run(i, pkt, wireLen, matched)
			}
		}
	}
	n := 0
	for _, w := range matched {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s *Set) run(i int32, pkt []byte, wireLen uint32, matched []uint64) {
	if s.filters[i].Match(pkt, wireLen) != 0 {
		matched[i/64] |= 1 << (i % 64)
	}
}

// First returns the lowest number of a filter that matches a packet, and what
// its program returns; -1 and 0 if none does. Nothing is allocated.
func (s *Set) First(pkt []byte, wireLen uint32) (filter int, verdict uint32) {
	first := int32(len(s.filters))
	try := func(list []int32) {
		for _, i := range list { // in ascending order
			if i >= first {
				return
			}
			if v := s.filters[i].Match(pkt, wireLen); v != 0 {
				first, verdict = i, v
				return
			}
		}
	}
	try(s.always)
	for f := range s.fields {
		try(s.fields[f].candidates(pkt))
	}
	if int(first) == len(s.filters) {
		return -1, 0
	}
	return int(first), verdict
}
