package link

import (
	"fmt"
	"math"

	"bpfc/linktype"
	"bpfc/print/internal/dissect"
)

// Link-layer types behind whose short headers IP comes soon.

// headed prints a header of some bytes, at once with -e, otherwise only where nothing is known of the payload, of which bytes are shown
// then.
func headed(d *Context, v View, size int, head func(), next func(payload View) bool) {
	if d.LinkHeader {
		head()
	}
	d.Header(size)
	if payload := v.From(size); !next(payload) {
		if !d.LinkHeader {
			head()
		}
		d.HexLines(payload)
	}
}

// typed prints a header of size bytes with an ethertype at an offset, and what that names.
func typed(d *Context, v View, size, at int, head func(kind int)) {
	kind := v.U16(at)
	headed(d, v, size, func() {
		head(kind)
		d.Printf(", length %d: ", v.Length)
	}, func(payload View) bool {
		d.Stations = dissect.Stations{}
		return d.Next(dissect.ByEtherType, kind, payload)
	})
}

// named writes a name and a number in parentheses, with -q the name alone.
func named(d *Context, before, name string, format string, n int) {
	d.Print(before + name)
	d.PrintfIf(!d.Quiet, " ("+format+")", n)
}

// byVersion prints a packet of IP of the version that its first four bits say, or a text, a format of that, if there is no such version.
func byVersion(d *Context, v View, unknown string) {
	version := v.U8(0) >> 4
	if !d.Next(dissect.ByEtherType, map[int]int{4: dissect.TypeIP, 6: dissect.TypeIPv6}[version], v) {
		d.Printf(unknown, version)
	}
}

// tooShort ends the dissector of a packet of less than size bytes with the mark for that; they count as header.
func tooShort(d *Context, v View, proto string, size int) {
	d.Proto = proto
	if n := min(len(v.Data), v.Length); n < size {
		d.Header(n)
		d.MarkIf(true)
	}
}

// IPOIB prints a packet of IP over InfiniBand (RFC 4391) behind its pseudo header.
func IPOIB(d *Context, v View) {
	const size = 44
	tooShort(d, v, "ipoib", size)
	typed(d, v, size, 40, func(kind int) {
		named(d, dissect.If(d.LinkHeader, "IPOIB")+", ethertype ", dissect.EtherTypes.Of(kind, "Unknown"), "0x%04x", kind)
	})
}

// AP1394 prints a packet of IP over FireWire as Apple captures it.
func AP1394(d *Context, v View) {
	const size = 18
	tooShort(d, v, "ap1394", size)
	typed(d, v, size, 16, func(kind int) {
		d.Form(v.Cursor(0), "%8@8m > %8@0m, ")
		etherTypeName(d, kind)
	})
}

// Symantec prints a packet that a firewall of Symantec's captured.
func Symantec(d *Context, v View) {
	const size = 44
	tooShort(d, v, "symantec", size)
	typed(d, v, size, 6, func(kind int) {
		if kind <= dissect.Max8023Length {
			d.Printf("invalid ethertype 0x%04x", kind)
		} else {
			etherTypeName(d, kind)
		}
	})
}

// Types of which nothing but the size of their header is known, in bytes, and what is behind it.
var (
	CHDLCDirected          = behind("chdlc", 1, CHDLC)                       // a byte for the direction
	PPPBSDOS               = behind("ppp_bsdos", 24, ip)                     // PPP as BSD/OS captures it
	SLIPBSDOS              = behind("slip_bsdos", slipHeader, ipv4)          // SLIP as BSD/OS does; tcpdump takes the header for as long as SLIP's
	NetAnalyzer            = behind("netanalyzer", 4, Ethernet)              // Hilscher's analyzers
	NetAnalyzerTransparent = behind("netanalyzer_transparent", 12, Ethernet) // in transparent mode, with the preamble
)

// behind makes a dissector of one for what is behind a header.
func behind(proto string, size int, next func(d *Context, v View)) func(d *Context, v View) {
	return func(d *Context, v View) {
		tooShort(d, v, proto, size)
		d.Header(size)
		next(d, v.From(size))
	}
}

func ip(d *Context, v View) { byVersion(d, v, "ip v%d") }

func ipv4(d *Context, v View) { d.Next(dissect.ByEtherType, dissect.TypeIP, v) }

const slipHeader = 16 // bytes: the direction, and the compressed header of TCP

// SLIP prints a packet of the Serial Line Internet Protocol (RFC 1055).
func SLIP(d *Context, v View) {
	tooShort(d, v, "slip", slipHeader)
	d.Header(slipHeader)
	if d.LinkHeader {
		slipHead(d, v)
	}
	payload := v.From(slipHeader)
	d.MarkIf(len(payload.Data) == 0 || payload.Length == 0)
	ip(d, payload)
}

// ENC prints a packet of BSD's encapsulating interface, between IPsec and the network.
func ENC(d *Context, v View) {
	const size = 12
	tooShort(d, v, "enc", size)
	family := int(v.LE32(0))
	if family > 0xff {
		family = int(v.U32(0))
	}
	d.Header(size)
	bits := dissect.Pick(v.U32(8) > 0xffff, v.LE32(8), v.U32(8)) // the byte order of the host
	d.Printf("(%s): SPI 0x%08x: ", Names{0x0c00: "authentic,confidential", 0x0800: "authentic", 0x0400: "confidential"}[int(bits&0x0c00)], v.U32(4))
	d.Next(dissect.ByEtherType, familyTypes[family], v.From(size))
}

// IPNet prints a packet of Solaris's.
func IPNet(d *Context, v View) {
	const size = 24
	tooShort(d, v, "ipnet", size)
	family := v.U8(1)
	headed(d, v, size, func() {
		d.Form(v.Cursor(12), "%4d > %4d, ")
		named(d, dissect.If(!d.Quiet, "family "), ipnetFamilies.Of(family, dissect.Pick(d.Quiet, "Unknown Ethertype (0x%04x)", "Unknown")), "%d", family)
		d.Printf(", length %d: ", v.Length)
	}, func(payload View) bool {
		return d.Next(dissect.ByEtherType, map[int]int{2: dissect.TypeIP, 26: dissect.TypeIPv6}[family], payload)
	})
}

var ipnetFamilies = Names{2: "IPv4", 26: "IPv6"}

// IPFC prints a frame of IP over Fibre Channel (RFC 2625).
func IPFC(d *Context, v View) {
	const size = 16
	tooShort(d, v, "ipfc", size)
	a := dissect.Stations{Src: v.Bytes(10, 6), Dst: v.Bytes(2, 6)}
	if d.LinkHeader {
		d.Printf("%s > %s, length %d: ", d.MAC(a.Src), d.MAC(a.Dst), v.Length)
	}
	d.Header(size)
	llcOrBytes(d, v.From(size), a)
}

// CIP prints a frame of classical IP over ATM: IP, or LLC before it.
func CIP(d *Context, v View) {
	const llcHeader = "\xaa\xaa\x03\x00\x00\x00"
	d.PrintfIf(d.LinkHeader, "%d: ", v.Length)
	tooShort(d, v, "cip", len(llcHeader))
	if string(v.Data[:len(llcHeader)]) != llcHeader {
		d.Next(dissect.ByEtherType, dissect.Pick(v.U8(0)>>4 == 6, dissect.TypeIPv6, dissect.TypeIP), v)
		return
	}
	llcOrBytes(d, v, dissect.Stations{})
}

var arcnetNames = Names{1: "diagnose", 212: "ip", 213: "arp", 240: "oldip", 241: "oldarp", 215: "atalk", 227: "novell", 214: "rarp", 196: "ipv6", 250: "banyan", 205: "bacnet"}

// ARCnet prints a frame of ARCnet (RFC 1201), ARCnetLinux one as Linux captures it.
func ARCnet(d *Context, v View) {
	const least, short, long = 3, 6, 10
	tooShort(d, v, "arcnet", least)
	kind, size, fragment, sequence := v.U8(2), least, 0, -1
	whole := true
	if old := kind == 240 || kind == 241; !old {
		if len(v.Data) < short || v.Length < short {
			arcnetHeader(d, v, kind, -1)
			d.StopIf(true, " phds [|%s]", d.Proto)
		}
		size = short
		if fragment = v.U8(3); fragment == 0xff { // the header of an exception
			tooShort(d, v, "arcnet", long)
			size, fragment, sequence = long, v.U8(7), v.U16(8)
		} else {
			sequence = v.U16(4)
		}
		whole = fragment == 0 || fragment&1 != 0
	}
	if d.LinkHeader {
		arcnetHeader(d, v, kind, sequence)
	}
	d.Header(size)
	if whole { // not a later fragment
		arcnetPayload(d, v.From(size), kind)
	}
}

func arcnetHeader(d *Context, v View, kind, sequence int) {
	d.Printf("%02x %02x ", v.U8(0), v.U8(1))
	if !d.Quiet {
		d.Printf("%s ", arcnetNames.Of(kind, "unknown type"))
		d.PrintfIf(sequence >= 0, "seqid %04x ", sequence)
	}
	d.Printf("%d: ", v.Length)
}

func ARCnetLinux(d *Context, v View) {
	const size = 8
	tooShort(d, v, "arcnet_linux", size)
	kind := v.U8(4)
	d.PrintfIf(d.LinkHeader, "%02x %02x %s%d: ", v.U8(0), v.U8(1), dissect.If(!d.Quiet, fmt.Sprintf("%02x ", v.U8(3))), v.Length)
	d.Header(size)
	arcnetPayload(d, v.From(size), kind)
}

var arcnetTypes = map[int]int{221: 0x809b, 212: dissect.TypeIP, 240: dissect.TypeIP, 196: dissect.TypeIPv6, 213: dissect.TypeARP, 241: dissect.TypeARP, 214: dissect.TypeARP}

func arcnetPayload(d *Context, v View, kind int) {
	if !d.Next(dissect.ByEtherType, arcnetTypes[kind], v) {
		d.HexLines(v)
	}
}

// NFLog prints a packet that Linux's netfilter logged: in one of a list of values.
func NFLog(d *Context, v View) {
	const header, payload = 4, 9
	tooShort(d, v, "nflog", header)
	family := v.U8(0)
	d.LeaveIf(v.U8(1) != 0, "version %d (unknown)", v.U8(1))
	head := func() {
		d.Printf("version 0, resource ID %d", v.U16(2))
		named(d, dissect.Pick(d.Quiet, ", ", ", family "), Names{2: "IPv4", 10: "IPv6"}.Of(family, dissect.Pick(d.Quiet, "Unknown NFLOG (0x%02x)", "Unknown")), "%d", family)
		d.Printf(", length %d: ", v.Length)
	}
	if d.LinkHeader {
		head()
	}
	for c := v.Cursor(header); c.Left() > 0; {
		d.MarkIf(c.Left() < 4 || !c.Has(4))
		size, kind := c.View.LE16(c.At), c.View.LE16(c.At+2)
		if size < 4 || size > c.Left() {
			size, kind = c.View.U16(c.At), c.View.U16(c.At+2)
		}
		d.LeaveIf(size < 4, "TLV size %d < 4", size)
		c.View.Need(c.At + size)
		if kind != payload {
			c.At += (size + 3) &^ 3
			continue
		}
		packet := dissect.NewView(c.From(c.At+4).Data, size-4)
		d.Header(c.At + 4)
		if !d.Next(dissect.ByEtherType, map[int]int{2: dissect.TypeIP, 10: dissect.TypeIPv6}[family], packet) {
			if !d.LinkHeader {
				head()
			}
			d.HexLines(packet)
		}
		return
	}
}

// PPI prints a packet of another link-layer type behind a header of facts about its capture.
func PPI(d *Context, v View) {
	const least = 8
	tooShort(d, v, "ppi", least)
	size, kind := v.LE16(2), linktype.Type(v.LE32(4))
	cutHeader(d, v, dissect.Pick(size < least, len(v.Data)+1, size))
	headed(d, v, size, func() {
		name := dissect.Pick(kind.Known(), kind.String(), "UNKNOWN")
		d.Print(dissect.Pick(d.Quiet, name, fmt.Sprintf("V.%d DLT %s (%d) len %d", v.U8(0), name, int(kind), size)))
		d.Printf(", length %d: ", v.Length)
	}, func(payload View) bool { return byLinkType(d, kind, payload) })
}

// byLinkType prints a packet of another link-layer type inside this one; false if nothing is known of that.
func byLinkType(d *Context, kind linktype.Type, v View) (known bool) {
	d.Within(func() { known = d.Next(dissect.ByLinkType, int(kind), v) })
	return known
}

// PKTAP prints a packet of another link-layer type behind Darwin's header of who sent it.
func PKTAP(d *Context, v View) {
	const least = 108
	d.Proto = "pktap"
	d.LeaveIf(v.Length < least, " (packet too short, %d < %d) (invalid)", v.Length, least)
	tooShort(d, v, "pktap", 4)
	size := int(v.LE32(0))
	d.LeaveIf(size < least, " (pkt_len too small, %d < %d) (invalid)", size, least)
	d.LeaveIf(size > v.Length, " (pkt_len too big, %d > %d) (invalid)", size, v.Length)
	tooShort(d, v, "pktap", least)
	d.MarkIf(len(v.Data) < size)
	kind, record := int(v.LE32(8)), v.LE32(4)
	t := linktype.Type(kind)
	name := dissect.Pick(int(t) == kind && t.Known(), t.String(), "UNKNOWN")
	headed(d, v, size, func() {
		d.Print(dissect.Pick(d.Quiet, name, fmt.Sprintf("DLT %s (%d) len %d", name, kind, size)))
		d.Printf(", length %d: ", v.Length)
	}, func(payload View) bool {
		switch record {
		case 0:
			d.Print("no data")
		case 1:
			return kind <= math.MaxUint16 && byLinkType(d, linktype.Type(kind), payload)
		}
		return true
	})
}

// ByLayout prints a packet of a type that has no dissector but of which package linktype says where IP may be; false if it
// does not.
func ByLayout(d *Context, v View, t linktype.Type) bool {
	l := t.Layout()
	at := int(l.Payload)
	if l.Payload == linktype.NotSet || at >= len(v.Data) {
		return false
	}
	payload := v.From(at)
	kind := payload.U8(0) >> 4
	if l.Protocol == linktype.EthernetField && l.ProtocolOff != linktype.NotSet && int(l.ProtocolOff)+2 <= len(v.Data) {
		d.Header(at)
		return d.Next(dissect.ByEtherType, v.U16(int(l.ProtocolOff)), v.From(int(l.ProtocolOff)+2))
	}
	if l.Protocol == linktype.NoProtocol && l.Net != linktype.NotSet { // the header before IP is not known, but its size
		payload = v.From(at + int(l.Net))
	}
	if kind != 4 && kind != 6 {
		return false
	}
	d.Header(at)
	ip(d, payload)
	return true
}
