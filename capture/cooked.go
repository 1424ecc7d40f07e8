package capture

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/linktype"
)

// Where interfaces have no common link-layer header ("any") the kernel hands
// out packets from their network header on, and a header made up from its
// metadata is put before them: the Linux "cooked" headers. The kernel's filter
// runs on the packet without it.
const sll2HeaderLen = 20

// cookedField is a field of a cooked header and where the kernel has it.
type cookedField struct {
	offset    uint32
	size      uint16 // as in the operation code
	ancillary uint32
}

// cookedHeader describes one of the two cooked headers.
type cookedHeader struct {
	length uint32
	fields []cookedField
}

var cookedHeaders = map[linktype.Type]cookedHeader{
	linktype.LINUX_SLL: {sllHeaderLen, []cookedField{
		{0, cbpf.SizeH, cbpf.AncPacketType},
		{2, cbpf.SizeH, cbpf.AncHardwareType},
		{14, cbpf.SizeH, cbpf.AncProtocol},
	}},
	linktype.LINUX_SLL2: {sll2HeaderLen, []cookedField{
		{0, cbpf.SizeH, cbpf.AncProtocol},
		{4, cbpf.SizeW, cbpf.AncInterface},
		{8, cbpf.SizeH, cbpf.AncHardwareType},
		{10, cbpf.SizeB, cbpf.AncPacketType},
	}},
}

// forKernel turns a program for packets as they are delivered into one for
// packets as the kernel's filter sees them: lengths to keep are cut to the
// snapshot length, and under a cooked header offsets move and header fields
// become metadata. "len" stays the kernel's own length, as with libpcap. The
// error tells why the program cannot run there.
func forKernel(prog []bpf.RawInstruction, link linktype.Type, cooked bool, snaplen int) ([]bpf.RawInstruction, error) {
	out := make([]bpf.RawInstruction, len(prog))
	copy(out, prog)
	header := cookedHeaders[link]
	for i := range out {
		in := &out[i]
		switch class, mode := in.Op&cbpf.ClassMask, in.Op&cbpf.ModeMask; {
		case in.Op == cbpf.RetK:
			in.K = min(in.K, uint32(snaplen))
		case cooked && (class == cbpf.ClassLd && (mode == cbpf.ModeAbs || mode == cbpf.ModeInd) || class == cbpf.ClassLdx && mode == cbpf.ModeMsh):
			if !header.move(in) {
				return nil, fmt.Errorf("instruction %d loads a field of the cooked header that the kernel does not have", i)
			}
		}
	}
	return out, nil
}

// move changes the offset of a load; false if the kernel has nothing there.
func (h *cookedHeader) move(in *bpf.RawInstruction) bool {
	if in.K >= cbpf.AncillaryBase && in.Op&cbpf.ModeMask == cbpf.ModeAbs {
		return true
	}
	if in.K >= 1<<31 {
		return false
	}
	if in.K >= h.length {
		in.K -= h.length
		return true
	}
	for _, f := range h.fields {
		if in.Op&cbpf.ModeMask == cbpf.ModeAbs && in.K == f.offset && in.Op&cbpf.SizeMask == f.size {
			in.K = f.ancillary
			return true
		}
	}
	return false
}

// linkInfo is what the kernel tells of a packet beside its bytes.
type linkInfo struct {
	protocol uint16 // host byte order
	ifindex  uint32
	hatype   uint16
	pkttype  uint8
	halen    uint8
	addr     [8]byte
}

// Protocols that say that a VLAN tag follows, IEEE 802.1Q and 802.1ad; to Linux
// others are none.
const (
	vlanDefault = 0x8100
	vlanService = 0x88a8
	vlanTagLen  = 4
)

func isVLAN(protocol uint16) bool { return protocol == vlanDefault || protocol == vlanService }

// tagLeft tells whether a packet from its network header on, as the kernel
// delivers it for a cooked header, begins with a VLAN tag, although the kernel
// told another protocol for it.
//
// Of several tags the kernel takes off the first. Since version 6.11 (commit
// 79eecf631c14, also in older stable ones) it passes over those that are left
// and tells the protocol behind them, but delivers a packet that comes in from
// the second tag on. So a tag is left where a chain of tags leads to the
// protocol told, and what looks like a chain is no IP header.
func tagLeft(protocol uint16, b []byte) bool {
	if isVLAN(protocol) {
		return false
	}
	behind := b
	for range maxTags {
		if len(behind) < vlanTagLen {
			return false
		}
		next := binary.BigEndian.Uint16(behind[2:])
		behind = behind[vlanTagLen:]
		if next == protocol {
			return !isIP(protocol, b, behind)
		}
		if !isVLAN(next) {
			return false
		}
	}
	return false
}

// maxTags is how many tags the kernel passes over (VLAN_MAX_DEPTH of linux/if_vlan.h).
const maxTags = 8

// isIP tells whether bytes that could be tags before an IP header are one
// themselves: an IPv4 packet of 2,048 bytes, or an IPv6 packet with a certain
// flow label.
func isIP(protocol uint16, b, behind []byte) bool {
	switch protocol {
	case 0x0800:
		length := int(b[0]&15) * 4
		return startsWith(4, b) && (!startsWith(4, behind) || length >= 20 && length <= len(b) && sumsToZero(b[:length]))
	case 0x86dd:
		return startsWith(6, b) && !startsWith(6, behind)
	}
	return false
}

// startsWith tells whether a header is of this version of IP.
func startsWith(version byte, b []byte) bool { return len(b) > 0 && b[0]>>4 == version }

// sumsToZero tells whether an Internet checksum over an even number of bytes is right (RFC 1071).
func sumsToZero(b []byte) bool {
	sum := uint32(0)
	for ; len(b) > 0; b = b[2:] {
		sum += uint32(binary.BigEndian.Uint16(b))
	}
	return sum%0xffff == 0
}

// put writes a cooked header (pcap-linktype(7), LINUX_SLL and LINUX_SLL2).
func (l *linkInfo) put(b []byte, link linktype.Type) {
	if link == linktype.LINUX_SLL {
		binary.BigEndian.PutUint16(b, uint16(l.pkttype))
		binary.BigEndian.PutUint16(b[2:], l.hatype)
		binary.BigEndian.PutUint16(b[4:], uint16(l.halen))
		copy(b[6:14], l.addr[:])
		binary.BigEndian.PutUint16(b[14:], l.protocol)
		return
	}
	binary.BigEndian.PutUint16(b, l.protocol)
	binary.BigEndian.PutUint16(b[2:], 0)
	binary.BigEndian.PutUint32(b[4:], l.ifindex)
	binary.BigEndian.PutUint16(b[8:], l.hatype)
	b[10], b[11] = l.pkttype, l.halen
	copy(b[12:20], l.addr[:])
}
