package jit

import (
	"testing"

	"bpfc/vm"
)

// walk is "ip6 protochain 17" for packets that begin with the IPv6 header, as libpcap
// compiles it: A is the current protocol, X the place of its header.
var walk = program{
	{Op: 0x30, K: 6}, {Op: 0x01, K: 40},
	{Op: 0x15, K: 17, Jt: 26}, {Op: 0x15, K: 59, Jt: 25}, // 2: found; no next header
	{Op: 0x15, K: 0, Jt: 3}, {Op: 0x15, K: 60, Jt: 2}, {Op: 0x15, K: 43, Jt: 1}, {Op: 0x15, K: 44, Jf: 9},
	{Op: 0x50}, {Op: 0x02}, {Op: 0x50, K: 1}, {Op: 0x04, K: 1}, {Op: 0x24, K: 8}, {Op: 0x0c}, {Op: 0x07}, {Op: 0x60}, {Op: 0x05, K: 0xfffffff1},
	{Op: 0x15, K: 51, Jf: 11}, // 17: authentication header
	{Op: 0x50}, {Op: 0x02}, {Op: 0x87}, {Op: 0x04, K: 1}, {Op: 0x07}, {Op: 0x50}, {Op: 0x04, K: 2}, {Op: 0x24, K: 4}, {Op: 0x07}, {Op: 0x60}, {Op: 0x05, K: 0xffffffe5},
	{Op: 0x15, K: 17, Jf: 1}, {Op: 0x06, K: 262144}, {Op: 0x06}, // 29
}

// chain is an IPv6 packet with n headers of destination options and then protocol last.
func chain(n int, last byte) []byte {
	pkt := make([]byte, 40+8*n+8)
	next := &pkt[6]
	for i := range n {
		*next = 60
		next = &pkt[40+8*i]
	}
	*next = last
	return pkt
}

// Packets with headers to walk along among others, in all forms of the code: however
// many there are, and where an authentication header sends the walk round for ever.
func TestFieldChainsNatively(t *testing.T) {
	needNative(t)
	forEver := chain(1, 51)
	forEver[48], forEver[49] = 51, 48/4-2
	var b batch
	for round := range 40 {
		for n, last := range []byte{17, 6, 17, 59} {
			keep := uint32(0)
			if last == 17 {
				keep = 262144
			}
			b.add(chain(n*round*round, last), 100, keep)
		}
		b.add(forEver, 100, 0)
		b.add([]byte{0x60, 0, 0}, 100, 0)
	}
	m := mustNewFree(t, walk)
	defer m.Close()
	b.check(t, m)
	many, err := NewPrograms([]program{walk, walk})
	if err != nil {
		t.Fatal(err)
	}
	defer many.Close()
	for i, pkt := range b.pkts {
		if got := m.Match(pkt, 100); got != b.want[i] {
			t.Errorf("packet %d: got %d, want %d", i, got, b.want[i])
		}
		if got := many.Match(1, pkt, 100); got != b.want[i] {
			t.Errorf("packet %d among many programs: got %d, want %d", i, got, b.want[i])
		}
	}
	spans := append(b.spans, vm.Span{Off: uint32(len(b.buf)), CapLen: 1})
	if !panics(func() { m.MatchBuffer(b.buf, spans, make([]uint32, len(spans))) }) {
		t.Error("a span outside of the buffer, behind packets handed over: no panic")
	}
}

// What a program that jumps back hands over costs no memory.
func TestHandingOverDoesNotAllocate(t *testing.T) {
	m := mustNew(t, walk)
	pkts := [][]byte{chain(3, 17), chain(0, 17)}
	wireLens, verdicts := make([]uint32, 2), make([]uint32, 2)
	spans := []vm.Span{{CapLen: uint32(len(pkts[0]))}}
	if n := testing.AllocsPerRun(100, func() {
		m.Match(pkts[0], 1)
		m.MatchBatch(pkts, wireLens, verdicts)
		m.MatchBuffer(pkts[0], spans, verdicts)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
