package cbpf

import (
	"testing"

	"golang.org/x/net/bpf"
)

// TestTraits holds the traits against what x/net/bpf makes of each operation code. It takes many codes for one that there is;
// those that it writes as it has read them are codes.
func TestTraits(t *testing.T) {
	for op := range uint16(0x200) {
		got := TraitsOf(op)
		in := bpf.RawInstruction{Op: op, K: 1}.Disassemble()
		_, raw := in.(bpf.RawInstruction)
		again, err := in.Assemble()
		known := !raw && err == nil && again.Op == op
		switch op {
		case RetX, LdxLen, LdLen, NegA: // it has no ret x, and writes the others in a way of its own
			known = true
		}
		if got.Any(Known) != known {
			t.Errorf("%#x: known %t, x/net/bpf has %T", op, got.Any(Known), in)
		}
		if !known {
			continue
		}
		switch in := in.(type) {
		case bpf.LoadAbsolute:
			check(t, op, got, Absolute|WritesA, int(LoadSize(op)), in.Size)
		case bpf.LoadIndirect:
			check(t, op, got, Indirect|ReadsX|WritesA, int(LoadSize(op)), in.Size)
		case bpf.LoadMemShift:
			check(t, op, got, Header|WritesX, int(LoadSize(op)), 1)
		case bpf.JumpIf:
			check(t, op, got, Branches|ReadsA, 0, 0)
		case bpf.JumpIfX:
			check(t, op, got, Branches|ReadsA|ReadsX, 0, 0)
		case bpf.ALUOpX:
			check(t, op, got, ReadsA|ReadsX|WritesA, 0, 0)
		case bpf.StoreScratch:
			check(t, op, got, WritesMem, 0, 0)
		case bpf.RetA:
			check(t, op, got, Returns|ReadsA, 0, 0)
		case bpf.TAX:
			check(t, op, got, ReadsA|WritesX, 0, 0)
		case bpf.TXA:
			check(t, op, got, ReadsX|WritesA, 0, 0)
		}
	}
}

func check(t *testing.T, op uint16, got, want Traits, size, wantSize int) {
	t.Helper()
	if !got.Has(want) || size != wantSize {
		t.Errorf("%#x: traits %b, want at least %b; %d bytes, want %d", op, got, want, size, wantSize)
	}
}

func TestAncillary(t *testing.T) {
	if !IsAncillary(AncProtocol) || !IsAncillary(AncVLANProtocol) || IsAncillary(AncVLANProtocol+4) || IsAncillary(AncMark+1) || IsAncillary(NetworkBase) {
		t.Error("the offsets are those from AncProtocol to AncVLANProtocol, four apart")
	}
	if AncillaryName(AncMark) != "mark" || AncillaryName(AncVLANProtocol) != "VLAN tag protocol" || AncillaryName(0) != "" {
		t.Error("names")
	}
}
