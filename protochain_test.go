package bpfc_test

import (
	"encoding/binary"
	"testing"

	"bpfc"
	"bpfc/vm"
	"bpfc/vm/jit"
)

// ip6Chain is an Ethernet frame with IPv6, n headers of destination options and UDP.
func ip6Chain(n int) []byte {
	pkt := make([]byte, 14+40+8*n+8)
	binary.BigEndian.PutUint16(pkt[12:], 0x86dd)
	pkt[14] = 0x60
	next := &pkt[14+6]
	for i := range n {
		*next = 60
		next = &pkt[14+40+8*i]
	}
	*next = 17
	return pkt
}

// ip4Auth is an Ethernet frame with IPv4 and an authentication header that stands at 20, says that
// proto follows, and has a length that the walk takes for the place to.
func ip4Auth(proto byte, to int) []byte {
	pkt := make([]byte, 14+60)
	binary.BigEndian.PutUint16(pkt[12:], 0x800)
	pkt[14], pkt[14+9] = 0x45, 51
	pkt[14+20], pkt[14+21] = proto, byte(to/4-2)
	return pkt
}

// A chain is walked to its end however long it is, and a walk that goes round for ever ends with a rejection, in
// the interpreter and in native code.
func TestFieldProtochain(t *testing.T) {
	for _, c := range []struct {
		name, expr string
		pkt        []byte
		want       bool
	}{
		{"no header", "ip6 protochain 17", ip6Chain(0), true},
		{"64 headers", "ip6 protochain 17", ip6Chain(64), true},
		{"65 headers", "ip6 protochain 17", ip6Chain(65), true},
		{"8,000 headers", "ip6 protochain 17", ip6Chain(8000), true},
		{"8,000 headers, both versions of IP", "protochain 17", ip6Chain(8000), true},
		{"8,000 headers, another protocol", "ip6 protochain 6", ip6Chain(8000), false},
		{"8,000 headers, negated", "not ip6 protochain 17", ip6Chain(8000), false},
		{"several walks", "ip6 protochain 6 or ip6 protochain 51 or ip6 protochain 17", ip6Chain(8000), true},
		{"to TCP", "ip protochain 6", ip4Auth(6, 44), true},
		{"to itself", "ip protochain 6", ip4Auth(51, 20), false},
		{"to itself, negated", "not ip protochain 6", ip4Auth(51, 20), false},
		{"to itself, or else", "ip protochain 6 or ip", ip4Auth(51, 20), false}, // the first walk ends the run
		{"to itself, or else first", "ip or ip protochain 6", ip4Auth(51, 20), true},
	} {
		p, err := bpfc.Compile(c.expr)
		if err != nil {
			t.Fatal(err)
		}
		interpreter, err := vm.New(p.Instructions())
		if err != nil {
			t.Fatal(err)
		}
		native, err := jit.New(p.Instructions())
		if err != nil {
			t.Fatal(err)
		}
		defer native.Close()
		for _, m := range []vm.Matcher{interpreter, native} {
			if got := m.Match(c.pkt, uint32(len(c.pkt))) != 0; got != c.want {
				t.Errorf("%s: %s: %s says %v, want %v", c.name, c.expr, m.Engine(), got, c.want)
			}
		}
	}
}
