package fuzz

import (
	"testing"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
)

func TestTraceEvents(t *testing.T) {
	four := whole([]byte{0x45, 2, 3, 4})
	cases := []struct {
		name    string
		prog    []bpf.RawInstruction
		p       Packet
		verdict uint32
		events  Events
	}{
		{"len", []bpf.RawInstruction{{Op: 0x80}, {Op: 0x16}}, Packet{Data: []byte{1}, WireLen: 7}, 7, EventLen},
		{"msh", []bpf.RawInstruction{{Op: 0xb1}, {Op: 0x87}, {Op: 0x16}}, four, 20, 0},
		{"shift", []bpf.RawInstruction{{Op: 0x01, K: 32}, {Op: 0x00, K: 1}, {Op: 0x6c}, {Op: 0x16}}, four, 0, EventShiftX},
		{"wrap", []bpf.RawInstruction{{Op: 0x01, K: 2}, {Op: 0x50, K: 0xffffffff}, {Op: 0x06, K: 9}}, four, 0, EventIndirectWrap | EventOutOfBounds},
		{"headers", []bpf.RawInstruction{{Op: 0x30, K: 0xfff00000}, {Op: 0x06, K: 9}}, four, 0, EventNegative | EventOutOfBounds},
		{"ancillary", []bpf.RawInstruction{{Op: 0x30, K: 0xfffff000}, {Op: 0x06, K: 9}}, four, 0, EventAncillary | EventOutOfBounds},
		{"divided", []bpf.RawInstruction{{Op: 0x3c}, {Op: 0x06, K: 9}}, four, 0, EventDivisionByX},
		{"negated", []bpf.RawInstruction{{Op: 0x00, K: 1}, {Op: 0x84}, {Op: 0x16}}, four, 0xffffffff, EventNeg},
		{"unwritten", []bpf.RawInstruction{{Op: 0x60, K: 3}, {Op: 0x16}}, four, 0, EventUnwrittenWord},
		{"written", []bpf.RawInstruction{{Op: 0x00, K: 8}, {Op: 0x02, K: 3}, {Op: 0x61, K: 3}, {Op: 0x87}, {Op: 0x16}}, four, 8, 0},
		{"loop", []bpf.RawInstruction{{Op: 0x04, K: 1}, {Op: 0x35, Jt: 1, K: 5}, {Op: 0x05, K: 0xfffffffd}, {Op: 0x16}}, four, 5, EventLoop},
		{"for ever", []bpf.RawInstruction{{Op: 0x05, K: 0xffffffff}}, four, 0, EventLoop | EventEndless},
		{"round and round", []bpf.RawInstruction{{Op: 0x0c}, {Op: 0x44, K: 8}, {Op: 0x54, K: 12}, {Op: 0x02, K: 1}, {Op: 0x04, K: 4}, {Op: 0x05, K: 0xfffffffa}, {Op: 0x06, K: 9}},
			four, 0, EventLoop | EventEndless},
		{"counting", []bpf.RawInstruction{{Op: 0x04, K: 1}, {Op: 0x15, Jt: 1}, {Op: 0x05, K: 0xfffffffd}, {Op: 0x06, K: 9}}, four, 0, EventLoop | EventTurnLimit},
		{"off the end", []bpf.RawInstruction{{Op: 0x00}}, four, 0, EventFault},
		{"bad word", []bpf.RawInstruction{{Op: 0x02, K: 16}, {Op: 0x06, K: 1}}, four, 0, EventFault},
	}
	for _, c := range cases {
		v, e := Trace(c.prog, c.p)
		if v != c.verdict || e != c.events {
			t.Errorf("%s: verdict %d, events %b; want %d, %b", c.name, v, e, c.verdict, c.events)
		}
	}
}

// A directed packet gets through ten tests of which random bytes pass one in 2^100.
func TestDirectReachesDepth(t *testing.T) {
	var prog []bpf.RawInstruction
	for i := range uint32(10) {
		n := uint8(3*(9-i) + 1)
		prog = append(prog, bpf.RawInstruction{Op: 0x20, K: 7 * i}, bpf.RawInstruction{Op: 0x54, K: 0xffc0},
			bpf.RawInstruction{Op: 0x15, Jf: n, K: 0x1240 + i<<6})
	}
	prog = append(prog, bpf.RawInstruction{Op: 0x06, K: 1}, bpf.RawInstruction{Op: 0x06})
	r := random(3)
	for range 2000 {
		if v, _ := Trace(prog, Direct(r, prog, Packet{})); v != 0 {
			return
		}
	}
	t.Error("2,000 directed packets, none gets to the end")
}

// Every operation that Direct can invert is inverted rightly, or not at all.
func TestInvert(t *testing.T) {
	r := random(4)
	done := 0
	for range 20000 {
		o := operation{op: []uint16{cbpf.Add, cbpf.Sub, cbpf.Mul, cbpf.Div, cbpf.Or, cbpf.And, cbpf.Lsh, cbpf.Rsh, cbpf.Neg, cbpf.Mod, cbpf.Xor}[r.IntN(11)], in: r.Uint32(), b: r.Uint32N(64)}
		if o.b == 0 && (o.op == cbpf.Div || o.op == cbpf.Mod) {
			continue
		}
		target, _ := compute(o.op, r.Uint32(), o.b) // a value that the operation can have
		v, ok := o.invert(target)
		if !ok {
			continue
		}
		done++
		if got, _ := compute(o.op, v, o.b); got != target {
			t.Fatalf("%+v: input %d gives %d, not %d", o, v, got, target)
		}
	}
	if done < 15000 {
		t.Errorf("only %d of 20,000 inverted", done)
	}
}

func TestPruneTakesDecidedTestsOut(t *testing.T) {
	// load [100] and a constant that is false, or [0] = 7: the load at 100 decides nothing.
	prog := []bpf.RawInstruction{
		{Op: 0x30, K: 100}, {Op: 0x15, Jf: 2, K: 1},
		{Op: 0x00, K: 1}, {Op: 0x15, Jt: 2, K: 0},
		{Op: 0x30, K: 0}, {Op: 0x15, Jf: 1, K: 7},
		{Op: 0x06, K: 9}, {Op: 0x06},
	}
	p := whole([]byte{7})
	if v, e := Trace(prog, p); v != 0 || e&EventOutOfBounds == 0 {
		t.Fatalf("as it stands: %d, %b", v, e)
	}
	if v, _ := Trace(prune(prog), p); v != 9 {
		t.Errorf("pruned: %d, want 9: %s", v, listing(prune(prog)))
	}
	if v, _ := Trace(prune(ipProgram), whole(append(make([]byte, 12), 8, 0))); v != 96 {
		t.Errorf("a program without such tests changes: %s", listing(prune(ipProgram)))
	}
}
