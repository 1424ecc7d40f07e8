package cbpf

// AncillaryBase is SKF_AD_OFF of linux/filter.h, -0x1000: an absolute load at this offset or above reads what Linux knows
// of the packet beside its bytes.
const AncillaryBase = 0xfffff000

// The ancillary offsets (SKF_AD_… of linux/filter.h).
const (
	AncProtocol       = AncillaryBase + 0  // EtherType, in host byte order
	AncPacketType     = AncillaryBase + 4  // PACKET_HOST 0 … PACKET_OUTGOING 4 (linux/if_packet.h)
	AncInterface      = AncillaryBase + 8  // index of the interface
	AncAttribute      = AncillaryBase + 12 // offset of the netlink attribute of type X, searched from A
	AncNested         = AncillaryBase + 16 // the same among those nested in the attribute at A
	AncMark           = AncillaryBase + 20 // the packet's mark
	AncQueue          = AncillaryBase + 24 // queue of the interface
	AncHardwareType   = AncillaryBase + 28 // ARPHRD_… of the interface
	AncHash           = AncillaryBase + 32 // flow hash
	AncCPU            = AncillaryBase + 36 // the processor that runs the program
	AncXorX           = AncillaryBase + 40 // A ^ X
	AncVLANTag        = AncillaryBase + 44 // tag control information of a tag that was taken out of the packet
	AncVLANPresent    = AncillaryBase + 48 // 1 if there was one, else 0
	AncPayload        = AncillaryBase + 52 // where the transport payload starts
	AncRandom         = AncillaryBase + 56 // a random number
	AncVLANProtocol   = AncillaryBase + 60 // EtherType of that tag, in host byte order
	ancillaryEnd      = AncillaryBase + 64
	ancillaryDistance = 4
)

// Offsets of absolute and indirect loads at which Linux reads the headers that it knows of (linux/filter.h).
const (
	NetworkBase = 0xfff00000 // SKF_NET_OFF, -0x100000: the network header
	LinkBase    = 0xffe00000 // SKF_LL_OFF, -0x200000: the link-layer header
)

var ancillaryNames = [...]string{
	"protocol", "packet type", "interface index", "netlink attribute", "nested netlink attribute", "mark", "queue", "hardware type",
	"hash", "cpu", "A ^ X", "VLAN tag", "VLAN tag presence", "payload offset", "random number", "VLAN tag protocol",
}

// IsAncillary tells whether linux/filter.h defines the offset k for absolute loads.
func IsAncillary(k uint32) bool {
	return k >= AncillaryBase && k < ancillaryEnd && k%ancillaryDistance == 0
}

// AncillaryName names what is at an ancillary offset, for messages. It is empty where [IsAncillary] is false.
func AncillaryName(k uint32) string {
	if !IsAncillary(k) {
		return ""
	}
	return ancillaryNames[(k-AncillaryBase)/ancillaryDistance]
}
