package application

import (
	"bytes"

	"bpfc/print/internal/dissect"
)

// BOOTP prints BOOTP and DHCP (RFC 951, 2131).
func BOOTP(d *Context, v View) {
	d.Proto = "bootp"
	op := v.U8(0)
	d.Printf("BOOTP/DHCP, %s", Names{1: "Request", 2: "Reply"}.Of(op, "unknown (0x%02x)"))
	if hardware, size := v.U8(1), v.U8(2); hardware == 1 && size == 6 && op == 1 {
		d.Printf(" from %s", dissect.MAC(v.Bytes(28, 6)))
	}
	d.Printf(", length %d", v.Length)
	if d.Verbose > 0 {
		bootpFields(d, v)
	}
}

// bootpFields prints what is set, for -v, with the DHCP options.
func bootpFields(d *Context, v View) {
	v.Need(10)
	if hardware := v.U8(1); hardware != 1 {
		d.Printf(", htype %d", hardware)
	}
	if size := v.U8(2); size != 6 {
		d.Printf(", hlen %d", size)
	}
	if hops := v.U8(3); hops != 0 {
		d.Printf(", hops %d", hops)
	}
	if xid := v.U32(4); xid != 0 {
		d.Printf(", xid 0x%x", xid)
	}
	if secs := v.U16(8); secs != 0 {
		d.Printf(", secs %d", secs)
	}
	d.Printf(", Flags [%s]", Flags{{0x8000, "Broadcast"}}.Of(v.U16(10), ", "))
	if d.Verbose > 1 {
		d.Printf(" (0x%04x)", v.U16(10))
	}
	for i, name := range []string{"Client-IP", "Your-IP", "Server-IP", "Gateway-IP"} {
		if b := v.Bytes(12+4*i, 4); !dissect.AllZero(b) {
			d.Printf("\n\t  %s %s", name, d.IP4(b))
		}
	}
	if v.U8(1) == 1 && v.U8(2) == 6 {
		d.Printf("\n\t  Client-Ethernet-Address %s", dissect.MAC(v.Bytes(28, 6)))
	}
	for _, f := range []struct {
		at, n int
		name  string
	}{{44, 64, "sname"}, {108, 128, "file"}} {
		if v.U8(f.at) == 0 {
			continue
		}
		field := v.Data[f.at:min(f.at+f.n, len(v.Data))]
		text, _, ended := bytes.Cut(field, []byte{0})
		d.Printf("\n\t  %s \"", f.name)
		d.Text(text)
		d.Print("\"")
		d.CutIf(!ended && len(field) < f.n)
	}
	d.CutIf(len(v.Data) < 240 && len(v.Data) < v.Length)
	if len(v.Data) < 240 {
		return
	}
	const magic = 0x63825363
	switch cookie := v.U32(236); {
	case cookie == magic && len(v.Data) > 240:
		d.Print("\n\t  Vendor-rfc1048 Extensions\n\t    Magic Cookie 0x63825363")
		dhcpOptions(d, v.Cursor(240))
	case cookie != magic && cookie != 0:
		d.Printf("\n\t  Vendor-#0x%x", cookie)
	}
}

var dhcpOptionNames = Names{1: "Subnet-Mask", 2: "Time-Zone", 3: "Default-Gateway", 4: "Time-Server", 5: "IEN-Name-Server", 6: "Domain-Name-Server", 7: "LOG", 9: "LPR-Server",
	12: "Hostname", 13: "BS", 15: "Domain-Name", 16: "SS", 17: "RP", 23: "TTL", 26: "MTU", 28: "BR", 31: "Router-Discovery", 33: "Static-Route", 40: "YD", 41: "YS", 42: "NTP", 43: "Vendor-Option",
	44: "Netbios-Name-Server", 46: "Netbios-Node", 47: "Netbios-Scope", 56: "MSG", 66: "TFTP", 67: "BF", 77: "User-Class", 95: "LDAP", 100: "POSIX-TZ", 114: "URL", 81: "FQDN", 91: "Last-Transaction-Time", 92: "Associated-IP", 101: "TZ-Name",
	116: "NOAUTO", 121: "Classless-Static-Route", 150: "TFTP-Server-Address", 161: "MUD-URL", 249: "Classless-Static-Route-Microsoft",
	50: "Requested-IP", 51: "Lease-Time",
	53: "DHCP-Message", 54: "Server-ID", 55: "Parameter-Request", 57: "MSZ", 58: "RN", 59: "RB", 60: "Vendor-Class", 61: "Client-ID", 82: "Agent-Information"}

var dhcpMessages = Names{1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NACK", 7: "Release", 8: "Inform", 10: "LeaseQuery", 11: "LeaseUnassigned", 12: "LeaseUnknown", 13: "LeaseActive"}

// dhcpForm says how the value of a DHCP option is written (RFC 2132).
type dhcpForm byte

const (
	dhcpDots    dhcpForm = iota // bytes in decimal; one to four of them as a number of their size
	dhcpText                    // in quotes
	dhcpAddress                 // addresses
	dhcpNumber                  // numbers of four bytes
	dhcpShort                   // numbers of two bytes
	dhcpByte                    // numbers of one byte
	dhcpTruth                   // Y or N
	dhcpPairs                   // of addresses
	dhcpSpecial                 // each in its own way
)

var dhcpForms = map[int]dhcpForm{1: dhcpAddress, 2: dhcpNumber, 3: dhcpAddress, 4: dhcpAddress, 5: dhcpAddress, 6: dhcpAddress, 7: dhcpAddress, 9: dhcpAddress, 12: dhcpText, 13: dhcpShort, 15: dhcpText,
	16: dhcpAddress, 17: dhcpText, 23: dhcpByte, 26: dhcpShort, 28: dhcpAddress, 31: dhcpTruth, 33: dhcpPairs, 40: dhcpText, 41: dhcpAddress, 42: dhcpAddress, 44: dhcpAddress, 47: dhcpText,
	50: dhcpAddress, 51: dhcpNumber, 53: dhcpSpecial, 54: dhcpAddress, 55: dhcpSpecial, 56: dhcpText, 57: dhcpShort, 58: dhcpNumber, 59: dhcpNumber, 60: dhcpText, 61: dhcpSpecial,
	66: dhcpText, 67: dhcpText, 91: dhcpNumber, 77: dhcpSpecial, 92: dhcpAddress, 95: dhcpText, 100: dhcpText, 114: dhcpText, 101: dhcpText, 116: dhcpTruth, 121: dhcpSpecial, 150: dhcpAddress, 161: dhcpText, 249: dhcpSpecial}

// Options of a form of their own.
const (
	dhcpMessageType = 53
	dhcpParameters  = 55
	dhcpClient      = 61
	dhcpUserClass   = 77
	dhcpRoutes      = 121
	dhcpRoutesOld   = 249
)

// dhcpOptions prints options, as many to a line as their values need.
func dhcpOptions(d *Context, c *Cursor) {
	const pad, end = 0, 255
	for c.Left() > 0 && c.Has(1) {
		kind := c.U8()
		if kind == pad && d.Verbose < 3 {
			continue
		}
		size := 0
		if kind != pad && kind != end {
			size = c.U8()
		}
		name := dhcpOptionNames.Of(kind, "Unknown")
		if kind == end {
			name = "END"
		}
		if kind == end && d.Verbose < 3 {
			return
		}
		d.Printf("\n\t    %s (%d), length %d", name, kind, size)
		if kind == end {
			return
		}
		d.If(size > 0, ": ")
		d.CutIf(!c.Has(size))
		if size == 0 {
			continue
		}
		if !dhcpOption(d, kind, c.Take(size)) {
			return
		}
	}
}

// dhcpUserClasses prints the classes that a client is in (RFC 3004), each behind its length.
func dhcpUserClasses(d *Context, c *Cursor) {
	for n := 1; c.Left() > 0; n++ {
		size := c.U8()
		d.Printf("\n\t      instance#%d: ", n)
		if size == 0 || size > c.Left() {
			d.Print(dissect.Pick(size == 0, "ERROR: invalid option", "ERROR: malformed option"))
			return
		}
		d.Print("\"")
		d.Text(c.Bytes(size))
		d.Printf("\", length %d", size)
	}
}

// dhcpOption prints a value; false if it ends the line.
func dhcpOption(d *Context, kind int, v View) bool {
	c := v.Cursor(0)
	separated := func(size int, f func()) {
		for first := true; c.Left() >= size; first = false {
			d.If(!first, ",")
			f()
		}
		if c.Left() > 0 { // a piece
			bytesInDecimal(d, c)
		}
	}
	form, known := dhcpForms[kind]
	if !known {
		form = dhcpDots
	}
	switch form {
	case dhcpText:
		d.Print("\"")
		d.Text(v.Data)
		d.Print("\"")
	case dhcpAddress:
		separated(4, func() { d.Print(d.IP4(c.Bytes(4))) })
	case dhcpNumber:
		separated(4, func() { d.Printf("%d", c.U32()) })
	case dhcpShort:
		separated(2, func() { d.Printf("%d", c.U16()) })
	case dhcpByte:
		separated(1, func() { d.Printf("%d", c.U8()) })
	case dhcpTruth:
		separated(1, func() {
			switch n := c.U8(); n {
			case 0:
				d.Print("N")
			case 1:
				d.Print("Y")
			default:
				d.Printf("%d?", n)
			}
		})
	case dhcpPairs:
		separated(8, func() { d.Printf("(%s:%s)", d.IP4(c.Bytes(4)), d.IP4(c.Bytes(4))) })
	case dhcpSpecial:
		printDHCPSpecial(d, kind, c)
	default:
		switch v.Length {
		case 1:
			d.Printf("%d", c.U8())
		case 2:
			d.Printf("%d", c.U16())
		case 4:
			d.Printf("%d", c.U32())
		default:
			bytesInDecimal(d, c)
		}
	}
	return true
}

func bytesInDecimal(d *Context, c *Cursor) {
	for first := true; c.Left() > 0; first = false {
		d.Printf("%s%d", dissect.If(!first, "."), c.U8())
	}
}

func printDHCPSpecial(d *Context, kind int, c *Cursor) {
	switch kind {
	case dhcpMessageType:
		n := c.U8()
		d.Print(dhcpMessages.Of(n, "Unknown (%d)"))
	case dhcpParameters:
		for i := 0; c.Left() > 0; i++ {
			n := c.U8()
			separator := ", "
			if i%4 == 0 {
				separator = "\n\t      "
			}
			d.Printf("%s%s (%d)", separator, dhcpOptionNames.Of(n, "Unknown"), n)
		}
	case dhcpUserClass:
		dhcpUserClasses(d, c)
	case dhcpClient:
		hardware := c.U8()
		switch {
		case hardware == 0: // not an address but a text
			d.Print("\"")
			d.Text(c.Rest().Data)
			d.Print("\"")
		case c.Left() == 6 && hardware == 1:
			d.Printf("ether %s", dissect.MAC(c.Bytes(6)))
		default:
			name := Names{1: "ether"}.Of(hardware, "hardware-type %d")
			d.Printf("%s", name)
			for i := 0; c.Left() > 0; i++ {
				d.Printf("%s%02x", dissect.Pick(i == 0, " ", ":"), c.U8())
			}
		}
	case dhcpRoutes, dhcpRoutesOld:
		for first := true; c.Left() > 0; first = false {
			bits := c.U8()
			n := (bits + 7) / 8
			d.If(!first, ",")
			if bits > 32 {
				d.Printf("bad width %d", bits)
				return
			}
			if c.Left() < n+4 {
				d.Print("truncated")
				return
			}
			var network [4]byte
			copy(network[:], c.Bytes(n))
			d.Print("(")
			if bits == 0 {
				d.Print("default")
			} else {
				d.Printf("%d.%d.%d.%d/%d", network[0], network[1], network[2], network[3], bits)
			}
			d.Printf(":%s)", d.IP4(c.Bytes(4)))
		}
	}
}
