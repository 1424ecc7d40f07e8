package capture

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/net/bpf"
)

// Where interfaces have no common link-layer header ("any") the kernel hands
// out packets from their network header on, and a header made up from its
// metadata is put before them: the Linux "cooked" headers. The kernel's filter
// runs on the packet without it.
const (
	linktypeLinuxSLL2 = 276
	sll2HeaderLen     = 20
)

// Offsets of metadata in the kernel's filter machine, linux/filter.h.
const (
	ancillaryOffset   = 0xfffff000 // SKF_AD_OFF, −0x1000
	ancillaryProtocol = ancillaryOffset + 0
	ancillaryPktType  = ancillaryOffset + 4
	ancillaryIfindex  = ancillaryOffset + 8
	ancillaryHatype   = ancillaryOffset + 28
)

// cookedField is a field of a cooked header and where the kernel has it.
type cookedField struct {
	offset    uint32
	size      uint16 // as in the operation code: 0x00 word, 0x08 half word, 0x10 byte
	ancillary uint32
}

// cookedHeader describes one of the two cooked headers.
type cookedHeader struct {
	length uint32
	fields []cookedField
}

var cookedHeaders = map[uint32]cookedHeader{
	linktypeLinuxSLL: {sllHeaderLen, []cookedField{
		{0, 0x08, ancillaryPktType},
		{2, 0x08, ancillaryHatype},
		{14, 0x08, ancillaryProtocol},
	}},
	linktypeLinuxSLL2: {sll2HeaderLen, []cookedField{
		{0, 0x08, ancillaryProtocol},
		{4, 0x00, ancillaryIfindex},
		{8, 0x08, ancillaryHatype},
		{10, 0x10, ancillaryPktType},
	}},
}

// Parts of an operation code, linux/bpf_common.h.
const (
	classMask = 0x07
	classLD   = 0x00
	classLDX  = 0x01
	classRet  = 0x06
	sizeMask  = 0x18
	modeMask  = 0xe0
	modeABS   = 0x20
	modeIND   = 0x40
	modeMSH   = 0xa0
)

// forKernel turns a program for packets as they are delivered into one for
// packets as the kernel's filter sees them: lengths to keep are cut to the
// snapshot length, and under a cooked header offsets move and header fields
// become metadata. "len" stays the kernel's own length, as with libpcap. The
// error tells why the program cannot run there.
func forKernel(prog []bpf.RawInstruction, linktype uint32, cooked bool, snaplen int) ([]bpf.RawInstruction, error) {
	out := make([]bpf.RawInstruction, len(prog))
	copy(out, prog)
	header := cookedHeaders[linktype]
	for i := range out {
		in := &out[i]
		switch class, mode := in.Op&classMask, in.Op&modeMask; {
		case class == classRet && in.Op&0x18 == 0:
			in.K = min(in.K, uint32(snaplen))
		case cooked && (class == classLD && (mode == modeABS || mode == modeIND) || class == classLDX && mode == modeMSH):
			if !header.move(in) {
				return nil, fmt.Errorf("instruction %d loads a field of the cooked header that the kernel does not have", i)
			}
		}
	}
	return out, nil
}

// move changes the offset of a load; false if the kernel has nothing there.
func (h *cookedHeader) move(in *bpf.RawInstruction) bool {
	if in.K >= ancillaryOffset && in.Op&modeMask == modeABS {
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
		if in.Op&modeMask == modeABS && in.K == f.offset && in.Op&sizeMask == f.size {
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

// put writes a cooked header (pcap-linktype(7), LINUX_SLL and LINUX_SLL2).
func (l *linkInfo) put(b []byte, linktype uint32) {
	if linktype == linktypeLinuxSLL {
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
