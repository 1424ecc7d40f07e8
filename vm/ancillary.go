package vm

import (
	"encoding/binary"
	"math/rand/v2"

	"bpfc/cbpf"
)

// Metadata is what Linux knows of a packet beside its bytes, for the ancillary
// loads. All numbers are in host byte order.
// It is safe for concurrent use as long as nobody changes it.
type Metadata struct {
	Protocol      uint16 // Ethertype, or one of linux/if_ether.h's numbers for other frames
	PktType       uint8  // PACKET_HOST 0, PACKET_BROADCAST 1 … PACKET_OUTGOING 4 (linux/if_packet.h); 3 bits
	IfIndex       uint32 // index of the interface
	HaType        uint16 // ARPHRD_… type of the interface
	Mark          uint32 // fwmark
	Queue         uint16 // receive queue
	RxHash        uint32 // flow hash
	CPU           uint32 // the CPU that handles the packet
	VLANPresent   bool   // a VLAN tag was taken out of the packet
	VLANTCI       uint16 // that tag's control information: priority, DEI, VLAN id
	VLANTPID      uint16 // that tag's protocol: 0x8100, 0x88a8 …
	PayloadOffset uint32 // bytes from the start of the packet to the transport payload

	// Random serves the loads of a random number; nil means a generator of the
	// system's own. It must be safe for concurrent use if the VM is used so.
	Random func() uint32
}

// load returns what the kernel puts into the accumulator for the ancillary
// offset k. The two searches for netlink attributes take the accumulator as
// the offset where to start and the index register as the attribute type.
// ok is false for an offset without meaning.
func (m *Metadata) load(k uint32, pkt []byte, a, x uint32) (value uint32, ok bool) {
	switch k {
	case cbpf.AncProtocol:
		return uint32(m.Protocol), true
	case cbpf.AncPacketType:
		return uint32(m.PktType & 7), true
	case cbpf.AncInterface:
		return m.IfIndex, true
	case cbpf.AncAttribute:
		return findAttribute(pkt, a, x), true
	case cbpf.AncNested:
		return findNestedAttribute(pkt, a, x), true
	case cbpf.AncMark:
		return m.Mark, true
	case cbpf.AncQueue:
		return uint32(m.Queue), true
	case cbpf.AncHardwareType:
		return uint32(m.HaType), true
	case cbpf.AncHash:
		return m.RxHash, true
	case cbpf.AncCPU:
		return m.CPU, true
	case cbpf.AncXorX:
		return a ^ x, true
	case cbpf.AncVLANTag:
		return uint32(m.VLANTCI), true
	case cbpf.AncVLANPresent:
		if m.VLANPresent {
			return 1, true
		}
		return 0, true
	case cbpf.AncPayload:
		return m.PayloadOffset, true
	case cbpf.AncRandom:
		if m.Random != nil {
			return m.Random(), true
		}
		return rand.Uint32(), true
	case cbpf.AncVLANProtocol:
		return uint32(m.VLANTPID), true
	}
	return 0, false
}

// A netlink attribute is a length that counts its own four byte header, a type
// whose two high bits are flags, and the payload, padded to four bytes
// (linux/netlink.h). Both header fields are in host byte order.
const (
	nlaHeader   = 4
	nlaTypeMask = 0x3fff
)

// attributeAt returns length and type of the attribute at the start of b, and
// false where b does not hold it wholly.
func attributeAt(b []byte) (length int, typ uint32, ok bool) {
	if len(b) < nlaHeader {
		return 0, 0, false
	}
	length = int(binary.NativeEndian.Uint16(b))
	if length < nlaHeader || length > len(b) {
		return 0, 0, false
	}
	return length, uint32(binary.NativeEndian.Uint16(b[2:]) & nlaTypeMask), true
}

// findAttribute walks the attributes of pkt[from:to] and returns the offset in
// pkt of the first of the given type, 0 if there is none.
func findAttributeIn(pkt []byte, from, to int, typ uint32) uint32 {
	for from < to {
		length, t, ok := attributeAt(pkt[from:to])
		if !ok {
			return 0
		}
		if t == typ {
			return uint32(from)
		}
		from += (length + 3) &^ 3
	}
	return 0
}

func findAttribute(pkt []byte, a, x uint32) uint32 {
	if uint64(a)+nlaHeader > uint64(len(pkt)) {
		return 0
	}
	return findAttributeIn(pkt, int(a), len(pkt), x)
}

func findNestedAttribute(pkt []byte, a, x uint32) uint32 {
	if uint64(a)+nlaHeader > uint64(len(pkt)) {
		return 0
	}
	length, _, ok := attributeAt(pkt[a:])
	if !ok {
		return 0
	}
	return findAttributeIn(pkt, int(a)+nlaHeader, int(a)+length, x)
}
