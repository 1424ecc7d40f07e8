package linktype

import (
	"encoding/binary"
	"slices"
)

// EtherTypes of what link-layer headers with numbers of their own can carry.
const (
	etherIPv4 = 0x0800
	etherARP  = 0x0806
	etherRARP = 0x8035
	etherIPv6 = 0x86dd
	etherMPLS = 0x8847

	maxFrameLen = 1500 // up to here the field is the length of an 802.3 frame
)

// number is what a link-layer header writes for an EtherType.
type number struct {
	written   uint32
	etherType uint16
}

// families are the address families that BSD systems write: that of IPv6 is 30 on macOS, 24 on NetBSD and OpenBSD, 28 on
// FreeBSD. The first of several is written.
var families = []number{{2, etherIPv4}, {30, etherIPv6}, {24, etherIPv6}, {28, etherIPv6}}

// numberings are the numbers of headers that have no EtherType (IANA's for PPP; RFC 1201 and tcpdump's arcnet.h for ARCnet;
// Solaris's ipnet(4D); ISO/IEC TR 9577 for Frame Relay).
var numberings = map[ProtocolField][]number{
	PPPField:        {{0x0021, etherIPv4}, {0x0057, etherIPv6}, {0x0281, etherMPLS}},
	PPPBSDOSField:   {{0x0021, etherIPv4}, {0x0057, etherIPv6}},
	LoopbackFamily:  families,
	PFLogFamily:     families,
	ARCnetField:     {{212, etherIPv4}, {0xc4, etherIPv6}, {213, etherARP}, {214, etherRARP}},
	IPNetFamily:     {{2, etherIPv4}, {26, etherIPv6}},
	FrameRelayNLPID: {{0xcc, etherIPv4}, {0x8e, etherIPv6}},
}

// carried is where a packet says what it carries, and where that is.
type carried struct {
	off, size int      // of the field, bytes; size 0: no field says it, the version of IP does
	numbers   []number // what stands in the field; nil: an EtherType
	start     int      // of what is carried
	only      uint16   // the one EtherType that it can be, 0 if there is a choice
}

// Carries tells what a packet of the type carries behind its link-layer header: the protocol as an EtherType, whatever number
// the header writes for it, and the offset in bytes at which it starts, which is where filters look for it. A prefix such as
// radiotap, the 802.11 header, LLC and SNAP belong to the header. ok is false where the header is not all there, or
// says nothing that has an EtherType.
func (t Type) Carries(packet []byte) (etherType uint16, start int, ok bool) {
	c, ok := t.carried(packet)
	if !ok {
		return 0, 0, false
	}
	if c.only != 0 {
		return c.only, c.start, true
	}
	if c.size == 0 {
		etherType = ipVersion(packet[c.start:])
		return etherType, c.start, etherType != 0
	}
	v := c.read(packet)
	if c.numbers == nil {
		return uint16(v), c.start, v > maxFrameLen
	}
	i := slices.IndexFunc(c.numbers, func(n number) bool { return n.written == v })
	if i < 0 {
		return 0, 0, false
	}
	return c.numbers[i].etherType, c.start, true
}

// Carrying returns the link-layer header of a packet changed to announce another protocol, given as an EtherType. The header is
// what stands before the start that [Type.Carries] gives; it is not changed itself. ok is false
// where the header cannot announce it.
func (t Type) Carrying(header []byte, etherType uint16) (changed []byte, ok bool) {
	c, ok := t.carried(header)
	if !ok || c.start != len(header) {
		return nil, false
	}
	changed = slices.Clone(header)
	switch {
	case c.only != 0:
		return changed, c.only == etherType
	case c.size == 0:
		return changed, etherType == etherIPv4 || etherType == etherIPv6
	case c.numbers == nil:
		c.write(changed, uint32(etherType))
		return changed, true
	}
	i := slices.IndexFunc(c.numbers, func(n number) bool { return n.etherType == etherType })
	if i < 0 {
		return nil, false
	}
	c.write(changed, c.numbers[i].written)
	return changed, true
}

// read gives the number in the field; one of 4 bytes may be in either byte order.
func (c *carried) read(b []byte) (v uint32) {
	for _, x := range b[c.off : c.off+c.size] {
		v = v<<8 | uint32(x)
	}
	if c.size == 4 && v > 0xffff {
		return v>>24 | v>>8&0xff00
	}
	return v
}

// write puts a number into the field, in the byte order of what stands there.
func (c *carried) write(b []byte, v uint32) {
	field := b[c.off : c.off+c.size]
	if c.size == 4 && binary.BigEndian.Uint32(field) > 0xffff {
		binary.LittleEndian.PutUint32(field, v)
		return
	}
	for i := range field {
		field[len(field)-1-i] = byte(v >> (8 * i))
	}
}

func ipVersion(b []byte) uint16 {
	if len(b) > 0 {
		switch b[0] >> 4 {
		case 4:
			return etherIPv4
		case 6:
			return etherIPv6
		}
	}
	return 0
}

// carried finds the field and the start. ok is false where the packet ends before either, or carries nothing that can be told.
func (t Type) carried(b []byte) (c carried, ok bool) {
	l := t.Layout()
	c = carried{off: int(l.ProtocolOff), numbers: numberings[l.Protocol], start: int(l.Payload) + int(l.Net)}
	if l.Payload == NotSet || l.Net == NotSet {
		return c, false
	}
	switch l.Protocol {
	case EtherType, PPPField, PPPBSDOSField, HDLCField:
		c.size = 2
	case EthernetField, CookedField:
		if c.size = 2; c.inside(b) {
			if v := c.read(b); l.Protocol == EthernetField && v <= maxFrameLen || l.Protocol == CookedField && v == 4 { // LLC
				return llc(b, int(l.Payload))
			}
		}
	case LLCHeader:
		return llc(b, int(l.Payload))
	case SunATMHeader:
		const typeLLC = 2
		if len(b) == 0 || b[0]&0x0f != typeLLC {
			return c, false
		}
		return llc(b, int(l.Payload))
	case WLANFrame:
		end, ok := l.wlanEnd(b)
		if !ok {
			return c, false
		}
		return llc(b, end)
	case ARCnetField, IPNetFamily:
		c.size = 1
	case FrameRelayNLPID: // behind a 2-byte address and the control field 3
		c.off, c.size, c.start = 3, 1, 4
		if len(b) < 4 || b[2] != 3 {
			return c, false
		}
	case LoopbackFamily:
		c.size = 4
	case PFLogFamily: // the first byte is the length of the header, which is padded to words of 4 bytes
		if c.off, c.size = 1, 1; len(b) > 1 {
			c.start = (int(b[0]) + 3) &^ 3
		}
	case OnlyIPv4:
		c.only = etherIPv4
	case OnlyIPv6:
		c.only = etherIPv6
	case VersionNibble, JuniperMagic:
	default:
		return c, false
	}
	return c, c.inside(b)
}

func (c *carried) inside(b []byte) bool {
	return c.start <= len(b) && (c.size == 0 || c.off+c.size <= c.start)
}

// llc finds what an LLC header announces: what SNAP says behind it, or IPv4 by its own service access point.
func llc(b []byte, at int) (carried, bool) {
	if at < 0 || len(b) < at+3 || b[at+2] != 3 {
		return carried{}, false
	}
	switch {
	case b[at] == 0xaa && b[at+1] == 0xaa && len(b) >= at+8:
		return carried{off: at + 6, size: 2, start: at + 8}, true
	case b[at] == 6 && b[at+1] == 6:
		return carried{start: at + 3, only: etherIPv4}, true
	}
	return carried{}, false
}

// wlanEnd is where the 802.11 header of a data frame ends, by the rules of filters: behind three addresses, and where the
// frame has it the QoS field; padded to words of 4 bytes if a radiotap header says so.
func (l *Layout) wlanEnd(b []byte) (int, bool) {
	start, ok := l.prefixEnd(b)
	if !ok || start < 0 || start > len(b)-24 || b[start]&0x0c != 0x08 {
		return 0, false
	}
	end := start + 24
	if b[start]&0x80 != 0 {
		end += 2
	}
	if l.Prefix == RadiotapPrefix && radiotapPads(b) {
		end = (end + 3) &^ 3
	}
	return end, true
}

// prefixEnd is where the link-layer header starts behind its prefix.
func (l *Layout) prefixEnd(b []byte) (int, bool) {
	if l.Prefix == NoPrefix {
		return int(l.Header), true
	}
	if len(b) < 8 {
		return 0, false
	}
	switch l.Prefix {
	case PrismPrefix:
		if binary.BigEndian.Uint32(b)&0xfffff000 != 0x80211000 {
			return 144, true
		}
		return int(int32(binary.BigEndian.Uint32(b[4:]))), true
	case AVSPrefix:
		return int(int32(binary.BigEndian.Uint32(b[4:]))), true
	case PPIPrefix:
		if binary.LittleEndian.Uint32(b[4:]) != uint32(IEEE802_11) {
			return 0, false
		}
	}
	return int(binary.LittleEndian.Uint16(b[2:])), true
}

// radiotapPads tells whether a radiotap header says that the driver has padded the 802.11 header: the flag 0x20 of its flags,
// which stand first or behind the time stamp. As in filters, headers with more words of what is present do not count.
func radiotapPads(b []byte) bool {
	const timeStamp, flags, more, padded = 1 << 0, 1 << 1, 1 << 31, 0x20
	present := binary.LittleEndian.Uint32(b[4:])
	at := 8
	if present&timeStamp != 0 {
		at = 16
	}
	return present&flags != 0 && present&more == 0 && at < len(b) && b[at]&padded != 0
}
