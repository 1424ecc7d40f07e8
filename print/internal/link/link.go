package link

import (
	"cmp"

	"bpfc/print/internal/dissect"
)

// The link-layer types that are printed, and those that are next to nothing: raw IP, BSD's loopback, Linux's cooked header.

// Raw prints a packet that begins with an IP header of either version.
func Raw(d *Context, v View) {
	d.Proto = "raw"
	d.If(d.LinkHeader, "ip: ")
	byVersion(d, v, "unknown ip %d")
}

const (
	familyIPv4, familyISO, familyIPX               = 2, 7, 23
	familyIPv6BSD, familyIPv6Free, familyIPv6Apple = 24, 28, 30 // of OpenBSD and NetBSD, FreeBSD, Darwin
)

var familyNames = Names{familyIPv4: "IPv4", 6: "NS", familyISO: "ISO", 16: "Appletalk", familyIPX: "IPX", familyIPv6BSD: "IPv6", familyIPv6Free: "IPv6", familyIPv6Apple: "IPv6"}

// familyTypes are the ethertypes of the families that are IP.
var familyTypes = map[int]int{familyIPv4: dissect.TypeIP, familyIPv6BSD: dissect.TypeIPv6, familyIPv6Free: dissect.TypeIPv6, familyIPv6Apple: dissect.TypeIPv6}

// Null prints BSD's loopback header: an address family in the byte order of the host that captured, or in network order.
func Null(d *Context, v View) {
	const size = 4
	d.Proto = "null"
	family := v.LE32(0)
	if family > 0xffff {
		family = v.U32(0)
	}
	headed(d, v, size, func() {
		named(d, dissect.If(!d.Quiet, "AF "), familyNames.Of(int(family), dissect.Pick(d.Quiet, "Unknown AF %d", "Unknown")), "%d", int(family))
		d.Printf(", length %d: ", v.Length)
	}, func(payload View) bool {
		if name, named := map[uint32]int{familyISO: dissect.NameISO, familyIPX: dissect.NameIPX}[family]; named {
			return d.Next(dissect.ByName, name, payload)
		}
		return d.Next(dissect.ByEtherType, familyTypes[int(family)], payload)
	})
}

const (
	cookedNovell   = 1   // in place of an ethertype: IPX right behind the header
	cookedLLC      = 4   // LLC
	cookedRadiotap = 803 // hardware type of 802.11 with radiotap headers
)

var cookedTypes = Names{0: "In", 1: "B", 2: "M", 3: "P", 4: "Out"}

// SLL prints the Linux cooked header, version 1.
func SLL(d *Context, v View) {
	const size = 16
	d.Proto = "sll"
	v.Need(size)
	kind := v.U16(14)
	cooked(d, v, size, v.U16(2), kind, func(length int) {
		d.Printf("%3s ", cookedTypes.Of(v.U16(0), "?"))
		cookedHeader(d, v.Bytes(6, 6), v.U16(4), kind, length)
	})
}

// SLL2 prints the Linux cooked header, version 2.
func SLL2(d *Context, v View) {
	const size = 20
	d.Proto = "sll2"
	v.Need(size)
	kind, name := v.U16(0), "?"
	if d.InterfaceName != nil {
		name = cmp.Or(d.InterfaceName(int(v.U32(4))), name)
	}
	d.Printf("%-5s %-3s ", name, cookedTypes.Of(v.U8(10), "?"))
	cooked(d, v, size, v.U16(8), kind, func(length int) {
		d.Printf("ifindex %d ", v.U32(4))
		cookedHeader(d, v.Bytes(12, 6), v.U8(11), kind, length)
	})
}

// cookedHeader prints the sender's address, if it is of n = 6 bytes, and the protocol of a packet of length bytes.
func cookedHeader(d *Context, address []byte, n, kind, length int) {
	d.PrintfIf(n == len(address), "%s ", d.MAC(address))
	if d.Quiet {
		return
	}
	if name, cooked := (Names{cookedNovell: "802.3", cookedLLC: "802.2"})[kind]; cooked {
		d.Print(name)
	} else if kind <= dissect.Max8023Length {
		d.Printf("ethertype Unknown (0x%04x)", kind)
	} else {
		etherTypeName(d, kind)
	}
	d.Printf(", length %d: ", length)
}

// cooked prints a packet behind a cooked header of size bytes; head prints that header, with -e and where nothing is known of the payload, for
// a packet of some length.
func cooked(d *Context, v View, size, hardware, kind int, head func(length int)) {
	if d.LinkHeader {
		head(v.Length)
	}
	v = v.From(size)
	if hardware == cookedRadiotap {
		d.HeaderAtOnce(size)
		Radiotap(d, v)
		return
	}
	d.Header(size)
	for kind == dissect.TypeVLAN {
		if len(v.Data) < 4 {
			d.Proto = "vlan"
		}
		cutHeader(d, v, 4)
		d.If(d.LinkHeader, dissect.VLANTag(v.U16(0))+", ")
		if kind = v.U16(2); kind <= dissect.Max8023Length {
			kind = cookedLLC
		}
		d.PrintfIf(!d.Quiet, "ethertype %s, ", dissect.EtherTypes.Of(kind, "Unknown"))
		v = v.From(4)
		d.Header(4)
	}
	switch {
	case kind == cookedNovell:
		d.Next(dissect.ByName, dissect.NameIPX, v)
	case kind == cookedLLC:
		before := d.LinkSize
		if !llc(d, v, dissect.Stations{}) {
			d.LinkSize = before // of what is unknown nothing is header
			d.HexLines(v)
		}
	case kind <= dissect.Max8023Length:
		d.HexLines(v)
	case !d.Next(dissect.ByEtherType, kind, v):
		if !d.LinkHeader {
			head(v.Length + size)
		}
		d.HexLines(v)
	}
}
