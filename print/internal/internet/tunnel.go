package internet

import (
	"fmt"

	"bpfc/print/internal/dissect"
)

// GRE prints GRE (RFC 2784, 2890) and what it carries.
func GRE(d *Context, v View) {
	d.Proto = "gre"
	d.CutIf(len(v.Data) < 2)
	bits := v.U16(0)
	version := bits & 7
	d.Printf("GREv%d", version)
	d.StopIf(version > 1, " ERROR: unknown-version")
	length, at := v.Length, 4
	d.PrintfIf(d.Verbose > 0, ", Flags [%s]", Flags{{0x8000, "checksum present"}, {0x4000, "routing present"}, {0x2000, "key present"}, {0x1000, "sequence# present"}, {0x0800, "source routing present"}, {0x0080, "ack present"}}.Of(bits, ", "))
	kind := v.U16(2)
	if version == 1 {
		grePPTP(d, v, bits, kind)
		return
	}
	if bits&0xc000 != 0 {
		d.Form(v.Cursor(at), "%1+{, sum 0x%2@0h}|, off 0x%2@2h")
		at += 4
	}
	at = greFields(d, v, at, bits&0x3000, ", key=0x%4h") // acknowledgements are of version 1
	if bits&0x4000 != 0 {
		at += greRoutes(d, v.From(at))
	}
	d.PrintfIf(d.LinkHeader, ", proto %s (0x%04x)", dissect.EtherTypes.Of(kind, "unknown"), kind)
	d.Printf(", length %d", length)
	d.Print(dissect.Pick(d.Verbose < 1, ": ", "\n\t"))
	encapsulated(d, "gre", kind, v.From(at))
}

// greRoutes prints source routes (RFC 1701) and gives their size.
func greRoutes(d *Context, v View) int {
	const header = 4
	c := v.Cursor(0)
	for {
		d.CutIf(!c.Has(header) || c.Left() < header)
		family, offset, size := c.U16(), c.U8(), c.U8()
		if size == 0 {
			return c.At
		}
		step, end, bad := map[int]int{0x0800: 4, 0xfffe: 2}[family], c.At+size, true
		d.Printf(", (rtaf=%s", Names{0x0800: "ip", 0xfffe: "asn"}.Of(family, "0x%x"))
		switch {
		case step == 0:
			bad = false
		case offset%step != 0:
			d.Printf(", badoffset=%d", offset)
		case size%step != 0:
			d.Printf(", badlength=%d", size)
		case offset >= size:
			d.Printf(", badoff/len=%d/%d", offset, size)
		default:
			bad = false
			for at := 0; at < size && c.Has(step) && c.Left() >= step; at += step {
				d.Form(c, dissect.Pick(at == offset, " *", " ")+Names{4: "%4a", 2: "%2h"}[step]) // the one that is next has a mark
			}
		}
		d.Print(")")
		d.CutIf(end > len(c.Data) || !bad && end > c.Length)
		c.At = end
	}
}

// greFields prints the words that flags tell of, the key in a form of its own, and gives where the next one is.
func greFields(d *Context, v View, at, bits int, key string) int {
	c := v.Cursor(at)
	for i, form := range []string{key, ", seq %4d", ", ack %4d"} {
		if bits&[3]int{0x2000, 0x1000, 0x0080}[i] != 0 {
			d.Form(c, form)
		}
	}
	return c.At
}

func grePPTP(d *Context, v View, bits, kind int) {
	at := greFields(d, v, 4, bits, ", call %2@2d|%4_")
	d.If(bits&0x1000 == 0, ", no-payload")
	d.PrintfIf(d.LinkHeader, ", proto %s (0x%04x)", dissect.EtherTypes.Of(kind, "unknown"), kind)
	d.Printf(", length %d", v.Length)
	if bits&0x1000 == 0 {
		return
	}
	d.Print(dissect.Pick(d.Verbose < 1, ": ", "\n\t"))
	d.LeaveIf(kind != dissect.TypePPP, "gre-proto-0x%x", kind)
	d.Next(dissect.ByName, dissect.NamePPP, v.From(at))
}

// encapsulated prints a payload of a protocol, named by an ethertype.
func encapsulated(d *Context, proto string, kind int, v View) {
	switch kind {
	case dissect.TypeIP, dissect.TypeIPv6, dissect.TypeMPLS:
		d.Next(dissect.ByEtherType, kind, v)
	case dissect.TypeTEB:
		d.Next(dissect.ByLinkType, dissect.LinkEthernet, v)
	default:
		d.Printf("%s-proto-0x%x", proto, kind)
	}
}

// ESP prints the open part of an ESP packet (RFC 4303).
func ESP(d *Context, v View) {
	d.Proto = "esp"
	d.CutIf(len(v.Data) <= 8)
	d.Printf("ESP(spi=0x%08x", v.U32(0))
	d.PrintfIf(!d.OldIPsec, ",seq=0x%x", v.U32(4))
	d.Printf("), length %d", v.Length)
	if d.Decrypt == nil || d.IP == nil || len(v.Data) < v.Length {
		return
	}
	if text := d.Decrypt(v.U32(0), d.IP.Dst, v.Data[:v.Length]); text != nil {
		d.Within(func() { decrypted(d, dissect.NewView(text, len(text))) })
	}
}

// decrypted prints what an ESP packet held. It ends with padding, the length of that and the number of what the payload is.
func decrypted(d *Context, v View) {
	d.CutIf(v.Length < 2)
	padding := v.U8(v.Length-2) + 2
	d.CutIf(padding > v.Length)
	d.Print(": ")
	transport(d, v.Limit(v.Length-padding), v.U8(v.Length-1), d.IP)
}

// ESPInUDP prints UDP-encapsulated ESP and IKE (RFC 3948).
func ESPInUDP(d *Context, v View) {
	d.Proto = "isakmp_rfc3948"
	switch {
	case v.Length == 1 && v.U8(0) == 0xff:
		d.Print("isakmp-nat-keep-alive")
	case v.Length < 4:
		panic(dissect.Truncated{})
	case v.U32(0) == 0:
		d.Print("NONESP-encap: ")
		d.Next(dissect.ByUDP, dissect.PortIKE, v.From(4))
	default:
		d.Print("UDP-encap: ")
		ESP(d, v)
	}
}

// VXLAN prints VXLAN (RFC 7348); the frame inside is on a line of its own.
func VXLAN(d *Context, v View) {
	d.Proto = "vxlan"
	d.StopIf(v.Length < 8, "VXLAN (invalid)")
	d.Form(v.Cursor(0), "VXLAN, flags [%1[4]n] (0x%=x), |vni %3@4d\n", [2]string{"invalid", "I"})
	v.Need(8)
	d.Next(dissect.ByLinkType, dissect.LinkEthernet, v.From(8))
}

// OTV prints Overlay Transport Virtualization.
func OTV(d *Context, v View) {
	d.Proto = "otv"
	d.Print("OTV, ")
	d.StopIf(v.Length < 8, " [length %d < 8] (invalid)", v.Length)
	d.Form(v.Cursor(0), "flags [%1[4]n] (0x%=x), |overlay %3d, instance %3d\n", [2]string{".", "I"})
	v.Need(8)
	d.Next(dissect.ByLinkType, dissect.LinkEthernet, v.From(8))
}

var geneveFlags = Flags{{0x80, "O"}, {0x40, "C"}, {0x20, "R1"}, {0x10, "R2"}, {0x08, "R3"}, {0x04, "R4"}, {0x02, "R5"}, {0x01, "R6"}}

// Geneve prints Geneve (RFC 8926).
func Geneve(d *Context, v View) {
	d.Proto = "geneve"
	d.Print("Geneve")
	d.StopIf(v.Length < 8, " [length %d < 8] (invalid)", v.Length)
	d.CutIf(len(v.Data) < 8)
	first, bits, kind, vni := v.U8(0), v.U8(1), v.U16(2), v.U24(4)
	d.StopIf(first>>6 != 0, " ERROR: unknown-version %d", first>>6)
	d.Printf(", Flags [%s], vni 0x%x", geneveFlags.Of(bits, ""), vni)
	d.PrintfIf(v.U8(7) != 0, ", rsvd 0x%x", v.U8(7))
	d.PrintfIf(d.LinkHeader, ", proto %s (0x%04x)", dissect.EtherTypes.Of(kind, "unknown"), kind)
	size := first & 0x3f * 4
	d.StopIf(v.Length < 8+size, " truncated-geneve - %d bytes missing", 8+size-v.Length)
	d.CutIf(len(v.Data) < 8+size)
	if size > 0 {
		geneveOptions(d, v.Limit(8+size).Cursor(8), size)
	}
	d.Print(dissect.Pick(d.Verbose < 1, ": ", "\n\t"))
	encapsulated(d, "geneve", kind, v.From(8+size))
}

// VXLANGPE prints VXLAN's Generic Protocol Extension.
func VXLANGPE(d *Context, v View) {
	const header = 8
	d.Proto = "vxlan_gpe"
	d.Print("VXLAN-GPE, ")
	d.RefuseIf(v.Length < header, v, " (len %d < %d)", v.Length, header)
	v.Need(header)
	d.Printf("flags [%s], vni %d", Flags{{0x08, "I"}, {0x04, "P"}, {0x02, "B"}, {0x01, "O"}}.Of(v.U8(0), ""), v.U24(4))
	d.Print(dissect.Pick(d.Verbose > 0, "\n    ", ": "))
	nextProtocol(d, v.U8(3), v.From(header), true)
}

// nextProtocol prints what is behind VXLAN-GPE and NSH.
func nextProtocol(d *Context, next int, v View, more bool) {
	print, known := map[int]dissect.Dissector{1: IPv4, 2: IPv6, 3: nextEthernet, 4: NSH, 5: MPLS}[next]
	if !known || next > 3 && !more {
		print = dissect.Says("ERROR: unknown-next-protocol"+dissect.If(more, " (invalid)"), nil)
	}
	d.Within(func() { print(d, v) })
}

func nextEthernet(d *Context, v View) { d.Next(dissect.ByLinkType, dissect.LinkEthernet, v) }

var (
	nshMetadata = Names{0: "reserved", 1: "1", 2: "2", 15: "experimental"}
	nshNext     = Names{1: "IPv4", 2: "IPv6", 3: "Ethernet", 4: "NSH", 5: "MPLS", 0xfe: "Experiment 1", 0xff: "Experiment 2"}
)

const nshWord = 4 // bytes

// NSH prints a Network Service Header (RFC 8300) and the packet behind it.
func NSH(d *Context, v View) {
	const least = 8
	d.Proto = "nsh"
	d.StopIf(v.Length < least, " (packet length %d < %d) (invalid)", v.Length, least)
	head := v.U32(0)
	words, metadata, next := int(head>>16&0x3f), int(head>>8&15), int(head&0xff)
	d.Print("NSH, ")
	d.PrintfIf(d.Verbose > 1, "ver %d, ", head>>30)
	if head>>30 != 0 {
		return
	}
	d.Printf("flags [%s], ", Flags{{2, "O"}}.Of(int(head>>28&3), ""))
	d.PrintfIf(d.Verbose > 2, "TTL %d, length %d, md type %s, ", head>>22&0x3f, words, nshMetadata.Of(metadata, "unknown (0x%02x)"))
	d.PrintfIf(d.Verbose > 1, "next-protocol %s, ", nshNext.Of(next, "unknown (0x%02x)"))
	d.StopIf(v.Length < words*nshWord, " (too many headers for packet length %d) (invalid)", v.Length)
	d.Printf("service-path-id 0x%06x, ", v.U24(4))
	d.Printf("service-index 0x%x", v.U8(7))
	d.StopIf(words < 2, " (less than two headers) (invalid)")
	d.StopIf(d.Verbose > 2 && !d.Try(func() { nshContext(d, v.Limit(words*nshWord).Cursor(least), metadata) }), " (invalid)")
	v.Need(words * nshWord)
	d.Print(dissect.Pick(d.Verbose > 0, "\n    ", ": "))
	nextProtocol(d, next, v.From(words*nshWord), false)
}

// nshContext prints metadata; rejected if they make no sense.
func nshContext(d *Context, c *Cursor, kind int) {
	if kind == 1 { // of a fixed length
		d.RejectIf(c.Left() != 4*nshWord, " (length for the MD type)")
		for i := range 4 {
			d.Printf("\n        Context[%02d]: 0x%08x", i, c.U32())
		}
	}
	for kind == 2 && c.Left() > 0 {
		class, kind, size := c.U16(), c.U8(), c.U8()&0x7f
		d.Printf("\n        TLV Class %d, Type %d, Len %d", class, kind, size)
		d.RejectIf(c.Left() < (size+3)&^3, " (length too big)")
		for i, b := range c.Bytes((size + 3) &^ 3)[:size] {
			d.Printf("%s%02x", dissect.Pick(i == 0, "\n            Value: 0x", ":"), b)
		}
	}
}

// geneveClass names who defines options.
func geneveClass(n int) string {
	if n < 0x100 {
		return "Standard"
	}
	names := Names{0x100: "Linux", 0x101: "Open vSwitch", 0x102: "Open Virtual Networking (OVN)", 0x103: "In-band Network Telemetry (INT)", 0x104: "VMware, Inc."}
	return names.Of(n, dissect.Pick(n >= 0xfff0, "Experimental", "Unknown"))
}

// geneveOptions prints options of some bytes: how many, with -v each of them.
func geneveOptions(d *Context, c *Cursor, size int) {
	d.Print(", options [")
	if d.Verbose == 0 {
		d.Printf("%d bytes]", size)
		return
	}
	for separator := ""; c.Left() > 0; separator = ", " {
		d.Print(separator)
		length := 4 + c.View.U8(c.At+3)&0x1f*4
		d.Form(c, "class %2n (0x%=h) type 0x%1h%=[0]n len %1[3-7]n", geneveClass, [2]string{"", "(C)"}, func(n int) string { return fmt.Sprint(4 + 4*n) })
		if c.Left() < length-4 {
			d.Print(" [bad length]")
			break
		}
		if data := c.Take(length - 4); d.Verbose > 1 && data.Length > 0 {
			d.Print(" data")
			dissect.Every(4, "", dissect.Form(" %4x"))(d, data.Cursor(0))
		}
	}
	d.Print("]")
}
