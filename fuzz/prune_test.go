package fuzz

import (
	"testing"

	"golang.org/x/net/bpf"
)

// The offset of a payload that only tests without effect use goes with them; one that another block uses stays.
func TestPruneKeepsWhatOthersRead(t *testing.T) {
	head := []bpf.RawInstruction{{Op: 0x30, K: 0}, {Op: 0x02, K: 0}} // ldb [0], st M[0]
	dead := append(append([]bpf.RawInstruction(nil), head...),
		bpf.RawInstruction{Op: 0x00, K: 1}, bpf.RawInstruction{Op: 0x15, Jf: 3, K: 0}, // ld #1, jeq #0: never
		bpf.RawInstruction{Op: 0x61, K: 0}, bpf.RawInstruction{Op: 0x40, K: 14}, bpf.RawInstruction{Op: 0x15, K: 5}, // ldx M[0], ld [x+14], jeq #5
		bpf.RawInstruction{Op: 0x06, K: 9})
	if v, _ := Trace(prune(dead), Packet{}); v != 9 {
		t.Errorf("an offset that nothing needs: %d on an empty packet, want 9", v)
	}
	never := append(append([]bpf.RawInstruction(nil), dead[:7]...), bpf.RawInstruction{Op: 0x06, K: 9})
	never[6].Jf, never = 1, append(never, bpf.RawInstruction{Op: 0x06, K: 0}) // what follows the test that is never made decides
	never[3].Jf = 3
	if v, _ := Trace(prune(never), Packet{}); v != 9 {
		t.Errorf("an offset for a test that is never made: %d on an empty packet, want 9", v)
	}
	used := append(append([]bpf.RawInstruction(nil), head...),
		bpf.RawInstruction{Op: 0x00, K: 1}, bpf.RawInstruction{Op: 0x15, K: 0}, // ld #1, jeq #0: both ways go on
		bpf.RawInstruction{Op: 0x61, K: 0}, bpf.RawInstruction{Op: 0x87}, bpf.RawInstruction{Op: 0x16}) // ldx M[0], txa, ret a
	if v, _ := Trace(prune(used), Packet{Data: []byte{7}}); v != 7 {
		t.Errorf("an offset that is needed: %d, want 7", v)
	}
	if v, _ := Trace(prune(used), Packet{}); v != 0 {
		t.Errorf("an offset that is needed: %d on an empty packet, want 0", v)
	}
}
