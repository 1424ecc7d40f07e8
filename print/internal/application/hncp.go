package application

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"bpfc/print/internal/dissect"
)

// hncpTypes are the TLVs of the Home Networking Control Protocol (RFC 7787, 7788).
var hncpTypes = Names{1: "Request network state", 2: "Request node state", 3: "Node endpoint", 4: "Network state", 5: "Node state", 8: "Peer", 9: "Keep-alive interval",
	10: "Trust-Verdict", 32: "HNCP-Version", 33: "External-Connection", 34: "Delegated-Prefix", 43: "Prefix-Policy", 37: "DHCPv4-Data", 38: "DHCPv6-Data", 35: "Assigned-Prefix", 36: "Node-Address", 39: "DNS-Delegated-Zone", 40: "Domain-Name", 41: "Node-Name", 42: "Managed-PSK"}

// HNCP prints the names of what a message holds, with -v what each says, with -vv also what is inside those.
func HNCP(d *Context, v View) {
	d.Proto = "hncp"
	d.Printf("hncp (%d)", v.Length)
	hncpList(d, v, 1)
}

// hncpList prints a list of values so deep in others.
func hncpList(d *Context, v View, depth int) {
	line := "\n" + strings.Repeat("\t", depth)
	if d.Verbose < depth {
		hncpNames(d, v, dissect.Pick(d.Verbose == 0, " ", line))
		return
	}
	for c := v.Cursor(0); c.Left() > 0; {
		d.Print(line)
		kind, size, captured := hncpHead(c)
		if !captured {
			d.Mark()
			return
		}
		name, known := hncpTypes[kind]
		if !known {
			name = fmt.Sprintf("%s: type=%d", hncpUnknown(kind), kind)
		}
		if size > c.Left() {
			d.Invalid()
			return
		}
		d.Printf("%s (%d)", name, size+4)
		value := dissect.NewView(c.Rest().Data, size).Cursor(0) // what is inside may claim more, which ends it only
		row := hncpValues[kind]
		switch valid := size >= row.least && (size == row.least || !row.exactly); {
		case !valid || row.print != nil && !d.Try(func() { row.print(d, value) }):
			d.Invalid()
		case row.holds && value.Left() > 0:
			hncpList(d, value.Rest(), depth+1)
		case row.options && !hncpOptions(d, value, line+"\t", kind):
			d.Invalid()
			if kind == 37 { // which ends the list in tcpdump, as those of DHCPv6 do not
				return
			}
		}
		c.At += (size + 3) &^ 3
	}
}

// hncpHead reads the head of a value; false if that or the value is not captured.
func hncpHead(c *Cursor) (kind, size int, captured bool) {
	if !c.Has(4) {
		return 0, 0, false
	}
	kind, size = c.U16(), c.U16()
	return kind, size, c.Has(size)
}

// hncpValue says of a value how many bytes it has at least, or exactly, what prints it, and whether other values are behind that.
type hncpValue struct {
	least                   int
	print                   dissect.Printer
	exactly, holds, options bool
}

var hncpValues = map[int]hncpValue{
	1: {exactly: true}, 2: {least: 4, exactly: true, print: dissect.Form(" NID: %4v", hncpNode)}, 3: {least: 8, exactly: true, print: dissect.Form(" NID: %4v EPID: %4x", hncpNode)},
	4: {least: 8, exactly: true, print: dissect.Form(" hash: %8x")}, 5: {least: 20, holds: true, print: dissect.Form(" NID: %4v seqno: %4d %4v hash: %8x", hncpNode, hncpInterval)},
	8: {least: 12, exactly: true, print: dissect.Form(" Peer-NID: %4v Peer-EPID: %4x Local-EPID: %4x", hncpNode)}, 9: {least: 8, print: dissect.Form(" EPID: %4x Interval: %4v", hncpInterval)},
	10: {least: 37, print: dissect.Form(" Verdict: %1d|%3_ Fingerprint: %32b Common Name: |%*z")},
	32: {least: 5, print: dissect.Form("%2_ M: %1[0-3]d P: %=[4-7]d H: %1[0-3]d L: %=[4-7]d User-agent: |%*z")}, 33: {holds: true},
	34: {least: 9, holds: true, print: func(d *Context, c *Cursor) {
		d.Form(c, " VLSO: %4v PLSO: %4v Prefix: ", hncpInterval, hncpInterval)
		hncpPrefix(d, c)
	}},
	35: {least: 6, holds: true, print: func(d *Context, c *Cursor) {
		d.Form(c, " EPID: %4x Prty: %1[4-7]d Prefix: ")
		hncpPrefix(d, c)
	}},
	36: {least: 20, holds: true, print: dissect.Form(" EPID: %4x IP Address: %16v", hncpAddress)}, 37: {least: 1, options: true}, 38: {least: 1, options: true},
	39: {least: 17, holds: true, print: func(d *Context, c *Cursor) {
		d.Form(c, " IP-Address: %16v %1[5]n%=[6]n%=[7]n ", hncpAddress, [2]string{"-", "l"}, [2]string{"-", "b"}, [2]string{"-", "s"})
		dissect.RejectIf(!hncpDomain(d, c))
		hncpAlign(c)
	}},
	40: {least: 1, print: func(d *Context, c *Cursor) { d.Print(" Domain: "); hncpDomain(d, c) }},
	41: {least: 17, holds: true, print: func(d *Context, c *Cursor) {
		size := c.View.U8(16)
		dissect.RejectIf(size > c.Length-17)
		d.Form(c, " IP-Address: %16v Name: \"|%1_", hncpAddress)
		dissect.RejectIf(size >= 64)
		d.Padded(c, size)
		d.Print("\"")
		hncpAlign(c)
	}},
	42: {least: 32, holds: true, print: dissect.Form(" PSK: %32b")}, 43: {least: 1, print: hncpPolicy},
}

// hncpNode writes the number of a node.
func hncpNode(b []byte) string { return fmt.Sprintf("%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3]) }

// hncpInterval writes milliseconds.
func hncpInterval(b []byte) string {
	n := binary.BigEndian.Uint32(b)
	return fmt.Sprintf("%d.%03ds", n/1000, n%1000)
}

// hncpMapped is what an IPv4 address has before it as one of IPv6.
const hncpMapped = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"

func hncpAddress(d *Context, b []byte) string {
	b, _ = bytes.CutPrefix(b, []byte(hncpMapped))
	return d.Address(b)
}

// hncpAlign passes over the bytes that fill up a value before those inside it.
func hncpAlign(c *Cursor) { c.At += min(-c.At&3, c.Left()) }

// hncpPrefix prints a prefix behind its length in bits, as one of IPv4 if it is one.
func hncpPrefix(d *Context, c *Cursor) {
	bits := c.U8()
	size, mapped := (bits+7)/8, []byte(hncpMapped)
	var address [16]byte
	dissect.RejectIf(bits > 128 || size > c.Left())
	copy(address[:], c.Bytes(size))
	if bits%8 != 0 {
		address[size-1] &= 0xff << (8 - bits%8)
	}
	if bits >= 96 && bytes.HasPrefix(address[:], mapped) {
		d.Printf("%s/%d", d.Address(address[12:]), bits-96)
	} else {
		d.Printf("%s/%d", d.Address(address[:]), bits)
	}
	hncpAlign(c)
}

// hncpDomain prints the labels of a name; false if it does not end.
func hncpDomain(d *Context, c *Cursor) bool {
	for first := true; c.Left() > 0; first = false {
		size := c.U8()
		if size == 0 {
			return true
		}
		d.If(!first, ".")
		if size > c.Left() {
			hncpLabel(d, c.Bytes(c.Left()))
			break
		}
		hncpLabel(d, c.Bytes(size))
	}
	d.Print("[|DNS]")
	return false
}

// hncpLabel prints a part of a name, up to the first zero.
func hncpLabel(d *Context, b []byte) {
	b, _, _ = bytes.Cut(b, []byte{0})
	d.Text(b)
}

// hncpPolicy prints what the addresses of a prefix may be used for.
func hncpPolicy(d *Context, c *Cursor) {
	d.Print(" type: ")
	switch kind := c.View.U8(0); {
	case kind == 0 || kind == 131:
		dissect.RejectIf(c.Length != 1)
		d.Print(dissect.Pick(kind == 0, "Internet connectivity", "Restrictive assignment"))
	case kind <= 128:
		d.Print("Dest-Prefix: ")
		hncpPrefix(d, c)
	case kind == 129:
		d.Print("DNS domain: ")
		c.U8()
		hncpDomain(d, c)
	case kind == 130:
		d.Form(c, "%1_Opaque UTF-8: |%*z")
	default:
		d.Printf("Unknown (%d)", kind)
	}
}

// hncpOptions prints options of DHCP, of which those count that name servers and domains; false if one does not fit.
func hncpOptions(d *Context, c *Cursor, line string, kind int) bool {
	o := hncpDHCP[kind]
	for c.Left() > 0 {
		if c.Left() < 2*o.head {
			return false
		}
		kind, size := 0, 0
		if o.head == 1 {
			kind, size = c.U8(), c.U8()
		} else {
			kind, size = c.U16(), c.U16()
		}
		d.Printf("%s%s (%d)", line, o.names.Of(kind, "Unknown"), size+2*o.head)
		if size > c.Left() {
			return false
		}
		switch value := c.Take(size).Cursor(0); {
		case kind == o.domains:
			for value.Left() > 0 {
				d.Print(" ")
				if !hncpDomain(d, value) {
					return false
				}
				d.Print(".")
			}
		case o.names[kind] != "":
			if size < o.address || size%o.address != 0 {
				return false
			}
			for value.Left() > 0 {
				d.Print(" " + d.Address(value.Bytes(o.address)))
			}
		}
	}
	return true
}

// hncpDHCP are the options of DHCP and of DHCPv6: how many bytes half of a head has, and an address.
var hncpDHCP = map[int]struct {
	head, address, domains int
	names                  Names
}{37: {1, 4, 119, Names{6: "DNS-server", 42: "NTP-server", 119: "DNS-search"}}, 38: {2, 16, 24, Names{23: "DNS-server", 24: "DNS-search-list", 31: "SNTP-servers"}}}

// hncpNames prints the names of TLVs, those that repeat once, behind a text.
func hncpNames(d *Context, v View, separator string) {
	last, times := "", 0
	flush := func() {
		if times > 0 {
			d.Print(separator + last)
			separator = ", "
		}
		d.PrintfIf(times > 1, " (x%d)", times)
	}
	for c := v.Cursor(0); c.Left() > 0; times++ {
		kind, size, captured := hncpHead(c)
		if !captured {
			d.Mark()
			return
		}
		if size > c.Left() {
			flush()
			d.Invalid()
			return
		}
		if name := hncpTypes.Of(kind, hncpUnknown(kind)); name != last {
			flush()
			last, times = name, 0
		}
		c.At += (size + 3) &^ 3
	}
	flush()
}

// hncpUnknown says what the numbers without a name are for.
func hncpUnknown(kind int) string {
	switch {
	case kind == 0:
		return "Reserved"
	case kind >= 44 && kind <= 511:
		return "Unassigned"
	case kind >= 768 && kind <= 1023:
		return "Private use"
	}
	return "Future use"
}
