package print

import "encoding/binary"

// The link-layer types that are printed, and those that are next to nothing: raw IP, BSD's loopback, Linux's cooked header.

// raw prints a packet that begins with an IP header of either version.
func (d *dissector) raw(v view) {
	d.proto = "raw"
	d.onlyIf(d.LinkHeader, "ip: ")
	switch version := v.u8(0) >> 4; version {
	case 4:
		d.next(byEtherType, typeIP, v)
	case 6:
		d.next(byEtherType, typeIPv6, v)
	default:
		d.printf("unknown ip %d", version)
	}
}

const (
	familyIPv4      = 2
	familyISO       = 7
	familyIPX       = 23
	familyIPv6BSD   = 24 // OpenBSD, NetBSD
	familyIPv6Free  = 28 // FreeBSD
	familyIPv6Apple = 30 // Darwin
)

var familyNames = NamesT{familyIPv4: "IPv4", 6: "NS", familyISO: "ISO", 16: "Appletalk", familyIPX: "IPX", familyIPv6BSD: "IPv6", familyIPv6Free: "IPv6", familyIPv6Apple: "IPv6"}

// null prints BSD's loopback header: an address family in the byte order of the host that captured, or in network order.
func (d *dissector) null(v view) {
	const size = 4
	d.proto = "null"
	family := binary.LittleEndian.Uint32(v.bytes(0, size))
	if family > 0xffff {
		family = v.u32(0)
	}
	d.header(size)
	if d.LinkHeader {
		d.nullHeader(family, v.length)
	}
	payload := v.from(size)
	switch family {
	case familyIPv4:
		d.next(byEtherType, typeIP, payload)
	case familyIPv6BSD, familyIPv6Free, familyIPv6Apple:
		d.next(byEtherType, typeIPv6, payload)
	case familyISO:
		d.next(byName, nameISO, payload)
	case familyIPX:
		d.next(byName, nameIPX, payload)
	default:
		if !d.LinkHeader {
			d.nullHeader(family, v.length)
		}
		d.hexLines(payload)
	}
}

func (d *dissector) nullHeader(family uint32, length int) {
	if d.Quiet {
		d.print(familyNames.of(int(family), "Unknown AF %d"))
	} else {
		d.printf("AF %s (%d)", familyNames.of(int(family), "Unknown"), family)
	}
	d.printf(", length %d: ", length)
}

const (
	cookedNovell   = 1   // in place of an ethertype: IPX right behind the header
	cookedLLC      = 4   // LLC
	cookedRadiotap = 803 // hardware type of 802.11 with radiotap headers
)

var cookedTypes = NamesT{0: "In", 1: "B", 2: "M", 3: "P", 4: "Out"}

// sll prints the Linux cooked header, version 1.
func (d *dissector) sll(v view) {
	const size = 16
	d.proto = "sll"
	v.need(size)
	kind := v.u16(14)
	head := func(length int) {
		d.printf("%3s ", cookedTypes.of(v.u16(0), "?"))
		d.cookedHeader(v.bytes(6, 6), v.u16(4), kind, length)
	}
	if d.LinkHeader {
		head(v.length)
	}
	d.cooked(v.from(size), size, v.u16(2), kind, head)
}

// sll2 prints the Linux cooked header, version 2.
func (d *dissector) sll2(v view) {
	const size = 20
	d.proto = "sll2"
	v.need(size)
	kind, name := v.u16(0), ""
	if d.InterfaceName != nil {
		name = d.InterfaceName(int(v.u32(4)))
	}
	if name == "" {
		name = "?"
	}
	d.printf("%-5s %-3s ", name, cookedTypes.of(v.u8(10), "?"))
	head := func(length int) {
		d.printf("ifindex %d ", v.u32(4))
		d.cookedHeader(v.bytes(12, 6), v.u8(11), kind, length)
	}
	if d.LinkHeader {
		head(v.length)
	}
	d.cooked(v.from(size), size, v.u16(8), kind, head)
}

// cookedHeader prints the sender's address, if it is of n = 6 bytes, and the protocol of a packet of length bytes.
func (d *dissector) cookedHeader(address []byte, n, kind, length int) {
	if n == len(address) {
		d.printf("%s ", mac(address))
	}
	if d.Quiet {
		return
	}
	switch {
	case kind == cookedNovell:
		d.print("802.3")
	case kind == cookedLLC:
		d.print("802.2")
	case kind <= max8023Length:
		d.printf("ethertype Unknown (0x%04x)", kind)
	default:
		d.etherTypeName(kind)
	}
	d.printf(", length %d: ", length)
}

// cooked prints the payload of a cooked header of size bytes; head prints that header, for a packet of some length, where
// nothing is known of the payload.
func (d *dissector) cooked(v view, size, hardware, kind int, head func(length int)) {
	if hardware == cookedRadiotap {
		d.headerAtOnce(size)
		d.radiotap(v)
		return
	}
	d.header(size)
	for kind == typeVLAN {
		if len(v.b) < 4 {
			d.proto = "vlan"
			d.header(len(v.b))
			d.mark()
			return
		}
		d.onlyIf(d.LinkHeader, vlanTag(v.u16(0))+", ")
		if kind = v.u16(2); kind <= max8023Length {
			kind = cookedLLC
		}
		if !d.Quiet {
			d.printf("ethertype %s, ", etherTypes.of(kind, "Unknown"))
		}
		v = v.from(4)
		d.header(4)
	}
	switch {
	case kind == cookedNovell:
		d.next(byName, nameIPX, v)
	case kind == cookedLLC:
		before := d.linkSize
		if !d.llc(v, addresses{}) {
			d.linkSize = before // of what is unknown nothing is header
			d.hexLines(v)
		}
	case kind <= max8023Length:
		d.hexLines(v)
	case !d.next(byEtherType, kind, v):
		if !d.LinkHeader {
			head(v.length + size)
		}
		d.hexLines(v)
	}
}
