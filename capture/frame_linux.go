package capture

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"bpfc/linktype"
	"bpfc/vm"
)

// The kernel leaves room before the packet: the frame's header and address
// take 68 bytes, and the packet begins at 82 or after. That room takes a
// VLAN tag or a cooked header.
const (
	frameHeaderLen = unix.SizeofTpacket3Hdr // 48, a multiple of TPACKET_ALIGNMENT: the address follows
	frameRoom      = frameHeaderLen + unix.SizeofSockaddrLinklayer
)

// headerShape tells how long a link-layer header is, and where in it the
// protocol of what follows is told, in two bytes.
type headerShape struct{ length, protocol int }

// taggable are the link-layer headers that a VLAN tag may follow.
var taggable = map[linktype.Type]headerShape{linktype.EN10MB: {14, 12}, linktype.LINUX_SLL: {sllHeaderLen, 14}, linktype.LINUX_SLL2: {sll2HeaderLen, 0}}

// take makes the next frame the handle's packet; false if it is unwanted.
func (h *packetHandle) take() bool {
	frame := h.ring[h.frame : (h.current+1)*h.blockSize]
	header := (*unix.Tpacket3Hdr)(unsafe.Pointer(&frame[0]))
	h.frame += int(header.Next_offset)
	from := (*unix.RawSockaddrLinklayer)(unsafe.Pointer(&frame[frameHeaderLen]))
	info := linkInfo{protocol: networkOrder(from.Protocol), ifindex: uint32(from.Ifindex), hatype: from.Hatype,
		pkttype: from.Pkttype, halen: from.Halen, addr: from.Addr}
	if !h.wanted(&info) {
		return false
	}
	start, end := int(header.Mac), int(header.Mac)+int(header.Snaplen)
	if start < frameRoom || end > len(frame) {
		return false // the kernel never makes such a frame
	}
	if h.device.cooked && header.Status&unix.TP_STATUS_VLAN_VALID != 0 && tagLeft(info.protocol, frame[start:end]) {
		info.protocol = vlanDefault
	}
	stamp := int64(header.Sec)*1e9 + int64(header.Nsec)
	filter := h.filter.Load()
	if filter.doubts(stamp, h.blocksRun.Load(), header.Snaplen >= header.Len) {
		h.meta = metadata(header, &info)
		if filter.kernelView.RunMeta(frame[start:end], header.Len, &h.meta) == 0 {
			return false // let through by the program before, or by a load that strayed
		}
	}
	if h.device.cooked {
		link := h.linkType()
		start -= int(cookedHeaders[link].length)
		info.put(frame[start:], link)
	}
	if filter.userland != nil {
		h.meta = metadata(header, &info)
		if filter.userland.RunMeta(frame[start:end], header.Len, &h.meta) == 0 {
			return false
		}
	}
	start = h.insertVLAN(frame, start, end, header)
	wireLen := header.Len + uint32(end-start) - header.Snaplen // with the headers added
	data := frame[start:end:end]
	h.packet = Packet{Data: data[:min(len(data), h.snaplen)], WireLen: wireLen, Timestamp: stamp, Number: h.packet.Number + 1}
	return true
}

// wanted tells by the direction. The loopback interface shows every packet
// twice, going out and coming in; the first is dropped.
func (h *packetHandle) wanted(info *linkInfo) bool {
	dir := Direction(h.dir.Load())
	if info.pkttype == unix.PACKET_OUTGOING {
		return dir != In && info.hatype != unix.ARPHRD_LOOPBACK
	}
	return dir != Out
}

// insertVLAN puts the VLAN tag that the kernel took off back into the packet,
// behind the link-layer header: that tells the tag's protocol then, and the tag
// tells what follows. It writes into the ring, into a block that is ours, and
// returns where the packet starts now.
func (h *packetHandle) insertVLAN(frame []byte, start, end int, header *unix.Tpacket3Hdr) int {
	if header.Status&unix.TP_STATUS_VLAN_VALID == 0 {
		return start
	}
	shape, ok := taggable[h.linkType()]
	if !ok || end-start < shape.length {
		return start
	}
	protocol := binary.BigEndian.Uint16(frame[start+shape.protocol:])
	start -= vlanTagLen
	copy(frame[start:start+shape.length], frame[start+vlanTagLen:])
	binary.BigEndian.PutUint16(frame[start+shape.protocol:], vlanProtocol(header))
	tag := frame[start+shape.length:]
	binary.BigEndian.PutUint16(tag, uint16(header.Hv1.Vlan_tci))
	binary.BigEndian.PutUint16(tag[2:], protocol)
	return start
}

// vlanProtocol gives the tag's protocol, which kernels before 3.14 do not tell.
func vlanProtocol(header *unix.Tpacket3Hdr) uint16 {
	if header.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		return header.Hv1.Vlan_tpid
	}
	return vlanDefault
}

// metadata is what the kernel's filter could load beside the packet. Mark,
// queue, flow hash and CPU are not in the ring and read as 0.
func metadata(header *unix.Tpacket3Hdr, info *linkInfo) vm.Metadata {
	m := vm.Metadata{Protocol: info.protocol, PktType: info.pkttype, IfIndex: info.ifindex, HaType: info.hatype}
	if header.Status&unix.TP_STATUS_VLAN_VALID != 0 {
		m.VLANPresent, m.VLANTCI, m.VLANTPID = true, uint16(header.Hv1.Vlan_tci), vlanProtocol(header)
	}
	return m
}
