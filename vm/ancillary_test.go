package vm

import (
	"encoding/binary"
	"testing"

	"bpfc/cbpf"
)

func attribute(typ uint16, payload ...byte) []byte {
	b := binary.NativeEndian.AppendUint16(nil, uint16(4+len(payload)))
	b = binary.NativeEndian.AppendUint16(b, typ)
	b = append(b, payload...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func TestAncillary(t *testing.T) {
	meta := &Metadata{
		Protocol: 0x86dd, PktType: 4, IfIndex: 3, HaType: 772, Mark: 0xdeadbeef, Queue: 65535, RxHash: 0x89abcdef,
		CPU: 12, VLANPresent: true, VLANTCI: 0x2005, VLANTPID: 0x88a8, PayloadOffset: 54,
		Random: func() uint32 { return 4 },
	}
	// Two attributes: type 1 with five bytes, then type 2 that nests type 7 and 8.
	pkt := append(attribute(1, 1, 2, 3, 4, 5), attribute(2, append(attribute(7, 9), attribute(0x8008)...)...)...)
	for _, c := range []struct {
		name    string
		k, a, x uint32
		want    uint32
	}{
		{"proto", cbpf.AncProtocol, 0, 0, 0x86dd},
		{"type", cbpf.AncPacketType, 0, 0, 4},
		{"ifidx", cbpf.AncInterface, 0, 0, 3},
		{"hatype", cbpf.AncHardwareType, 0, 0, 772},
		{"mark", cbpf.AncMark, 0, 0, 0xdeadbeef},
		{"queue", cbpf.AncQueue, 0, 0, 65535},
		{"rxhash", cbpf.AncHash, 0, 0, 0x89abcdef},
		{"cpu", cbpf.AncCPU, 0, 0, 12},
		{"xor x", cbpf.AncXorX, 6, 3, 5},
		{"vlan tci", cbpf.AncVLANTag, 0, 0, 0x2005},
		{"vlan present", cbpf.AncVLANPresent, 0, 0, 1},
		{"vlan tpid", cbpf.AncVLANProtocol, 0, 0, 0x88a8},
		{"poff", cbpf.AncPayload, 0, 0, 54},
		{"random", cbpf.AncRandom, 0, 0, 4},
		{"nla first", cbpf.AncAttribute, 0, 1, 0},
		{"nla second", cbpf.AncAttribute, 0, 2, 12},
		{"nla none", cbpf.AncAttribute, 0, 3, 0},
		{"nla at the end", cbpf.AncAttribute, uint32(len(pkt)) - 3, 2, 0},
		{"nla far", cbpf.AncAttribute, 0xffffffff, 2, 0},
		{"nested", cbpf.AncNested, 12, 7, 16},
		{"nested second, flags masked", cbpf.AncNested, 12, 8, 24},
		{"nested none", cbpf.AncNested, 12, 1, 0},
		{"nested far", cbpf.AncNested, 0xfffffff0, 1, 0},
	} {
		for _, op := range []uint16{cbpf.LdAbsW, cbpf.LdAbsH, cbpf.LdAbsB} {
			m, err := New(program{{Op: cbpf.LdImm, K: c.a}, {Op: cbpf.LdxImm, K: c.x}, {Op: op, K: c.k}, {Op: cbpf.RetA}}, WithMode(ModeKernel))
			if err != nil {
				t.Fatal(err)
			}
			if got := m.RunMeta(pkt, 100, meta); got != c.want {
				t.Errorf("%s: got %#x, want %#x", c.name, got, c.want)
			}
			if got := m.Run(pkt, 100); got != 0 {
				t.Errorf("%s without metadata: got %#x, want 0", c.name, got)
			}
		}
	}
}

// An offset that means nothing ends the program, with and without metadata.
func TestUnknownAncillary(t *testing.T) {
	m, err := New(program{{Op: cbpf.LdAbsW, K: cbpf.AncVLANProtocol + 4}, {Op: cbpf.RetK, K: 1}})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.RunMeta(testPacket, 10, &Metadata{}); got != 0 {
		t.Errorf("got %d", got)
	}
}
