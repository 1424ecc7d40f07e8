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
		d.Printf(" from %s", d.MAC(v.Bytes(28, 6)))
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
		d.Printf("\n\t  Client-Ethernet-Address %s", d.MAC(v.Bytes(28, 6)))
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

// dhcpRow is an option: its name, and how its value is printed.
type dhcpRow struct {
	name  string
	print func(d *Context, c *Cursor)
}

// dhcpRows are the options (RFC 2132 and later ones; IANA's list), as far as tcpdump knows them.
func dhcpRows() map[int]dhcpRow {
	return map[int]dhcpRow{
		1: {"Subnet-Mask", dhcpAddresses}, 2: {"Time-Zone", dhcpNumbers}, 3: {"Default-Gateway", dhcpAddresses}, 4: {"Time-Server", dhcpAddresses},
		5: {"IEN-Name-Server", dhcpAddresses}, 6: {"Domain-Name-Server", dhcpAddresses}, 7: {"LOG", dhcpAddresses}, 8: {"CS", dhcpAddresses},
		9: {"LPR-Server", dhcpAddresses}, 10: {"IM", dhcpAddresses}, 11: {"RL", dhcpAddresses}, 12: {"Hostname", dhcpText}, 13: {"BS", dhcpShorts}, 14: {"DP", dhcpText},
		15: {"Domain-Name", dhcpText}, 16: {"SS", dhcpAddresses}, 17: {"RP", dhcpText}, 18: {"EP", dhcpText}, 19: {"IPF", dhcpTruths}, 20: {"SRT", dhcpTruths},
		21: {"PF", dhcpPairs}, 22: {"RSZ", dhcpShorts}, 23: {"TTL", dhcpDots}, 24: {"MTU-Timeout", dhcpNumbers}, 25: {"MTU-Table", dhcpShorts}, 26: {"MTU", dhcpShorts},
		27: {"LSN", dhcpTruths}, 28: {"BR", dhcpAddresses}, 29: {"MD", dhcpTruths}, 30: {"MS", dhcpTruths}, 31: {"Router-Discovery", dhcpTruths}, 32: {"RSA", dhcpAddresses},
		33: {"Static-Route", dhcpPairs}, 34: {"UT", dhcpTruths}, 35: {"AT", dhcpNumbers}, 36: {"IE", dhcpTruths}, 37: {"TT", dhcpDots}, 38: {"KI", dhcpNumbers},
		39: {"KG", dhcpTruths}, 40: {"YD", dhcpText}, 41: {"YS", dhcpAddresses}, 42: {"NTP", dhcpAddresses}, 43: {"Vendor-Option", dhcpDots},
		44: {"Netbios-Name-Server", dhcpAddresses}, 45: {"WDD", dhcpAddresses}, 46: {"Netbios-Node", dhcpNode}, 47: {"Netbios-Scope", dhcpText}, 48: {"XFS", dhcpAddresses},
		49: {"XDM", dhcpAddresses}, 50: {"Requested-IP", dhcpAddresses}, 51: {"Lease-Time", dhcpNumbers}, 52: {"OO", dhcpOverload}, 53: {"DHCP-Message", dhcpMessage},
		54: {"Server-ID", dhcpAddresses}, 55: {"Parameter-Request", dhcpParameters}, 56: {"MSG", dhcpText}, 57: {"MSZ", dhcpShorts}, 58: {"RN", dhcpNumbers},
		59: {"RB", dhcpNumbers}, 60: {"Vendor-Class", dhcpText}, 61: {"Client-ID", dhcpClient}, 64: {"N+D", dhcpShorts}, 65: {"N+S", dhcpAddresses}, 66: {"TFTP", dhcpText},
		67: {"BF", dhcpText}, 68: {"MH", dhcpAddresses}, 69: {"SMTP", dhcpAddresses}, 70: {"POP3", dhcpAddresses}, 71: {"NNTP", dhcpAddresses}, 72: {"WWW", dhcpAddresses},
		73: {"FG", dhcpAddresses}, 74: {"IRC", dhcpAddresses}, 75: {"STS", dhcpAddresses}, 76: {"STDA", dhcpAddresses}, 77: {"User-Class", dhcpUserClasses},
		78: {"SLP-DA", dhcpDots}, 79: {"SLP-SCOPE", dhcpDots}, 80: {"SLP-NA", dhcpText}, 81: {"FQDN", dhcpDomain}, 82: {"Agent-Information", dhcpAgent},
		83: {"ARMT", dhcpDots}, 88: {"TZSTR", dhcpText}, 89: {"FQDNS", dhcpDots}, 90: {"AUTH", dhcpDots}, 91: {"Last-Transaction-Time", dhcpNumbers},
		92: {"Associated-IP", dhcpAddresses}, 93: {"ARCH", dhcpShorts}, 94: {"NDI", dhcpDots}, 95: {"LDAP", dhcpText}, 97: {"GUID", dhcpDots}, 98: {"UAP", dhcpText},
		100: {"POSIX-TZ", dhcpText}, 101: {"TZ-Name", dhcpText}, 112: {"NI", dhcpAddresses}, 113: {"NITAG", dhcpText}, 114: {"URL", dhcpText}, 116: {"NOAUTO", dhcpTruths},
		117: {"NSSEARCH", dhcpShorts}, 118: {"SUBNET", dhcpAddresses}, 121: {"Classless-Static-Route", dhcpRoutes}, 150: {"TFTP-Server-Address", dhcpAddresses},
		161: {"MUD-URL", dhcpText}, 249: {"Classless-Static-Route-Microsoft", dhcpRoutes},
	}
}

// The forms that most values have.
var (
	dhcpAddresses = dissect.Every(4, ",", dissect.Form("%4a"))
	dhcpPairs     = dissect.Every(8, ",", dissect.Form("(%4a:%4a)"))
	dhcpNumbers   = dissect.Every(4, ",", dissect.Form("%4d"))
	dhcpShorts    = dissect.Every(2, ",", dissect.Form("%2d"))
	dhcpTruths    = dissect.Every(1, ",", dissect.Form("%1n", Names{0: "N", 1: "Y"}.Or("%d?")))
	dhcpDots      = dissect.Every(1, ".", dissect.Form("%1d"))
	dhcpText      = dissect.Form("\"%*s\"")
)

// dhcpGuess prints a value of which nothing is known as numbers of the size that fits.
func dhcpGuess(d *Context, c *Cursor) {
	switch {
	case c.Left()%4 == 0:
		dhcpNumbers(d, c)
	case c.Left()%2 == 0:
		dhcpShorts(d, c)
	default:
		dhcpDots(d, c)
	}
}

// dhcpOptions prints options, as many to a line as their values need.
func dhcpOptions(d *Context, c *Cursor) {
	const pad, end = 0, 255
	rows := dhcpRows()
	for c.Left() > 0 && c.Has(1) {
		kind := c.U8()
		switch {
		case kind == end && d.Verbose < 3:
			return
		case kind == pad:
			n := 1
			for ; c.Left() > 0 && c.Has(1) && c.View.U8(c.At) == pad; n++ {
				c.At++
			}
			if d.Verbose > 2 {
				d.Print("\n\t    PAD (0), length 0")
				d.PrintfIf(n > 1, ", occurs %d", n)
			}
			continue
		case kind == end:
			d.Print("\n\t    END (255), length 0")
			continue
		}
		d.CutIf(!c.Has(1))
		row, size := rows[kind], c.U8()
		if row.name == "" {
			row = dhcpRow{"Unknown", dhcpGuess}
		}
		d.Printf("\n\t    %s (%d), length %d", row.name, kind, size)
		d.If(size > 0, ": ")
		d.CutIf(!c.Has(size))
		value := c.Take(size).Cursor(0)
		row.print(d, value)
		d.PrintfIf(value.Left() > 0, "\n\t  trailing data length %d", value.Left())
	}
}

func dhcpMessage(d *Context, c *Cursor) {
	if c.Left() != 1 {
		dhcpDots(d, c)
		return
	}
	d.Print(Names{1: "Discover", 2: "Offer", 3: "Request", 4: "Decline", 5: "ACK", 6: "NACK", 7: "Release", 8: "Inform", 10: "LeaseQuery", 11: "LeaseUnassigned", 12: "LeaseUnknown", 13: "LeaseActive"}.Of(c.U8(), "Unknown (%d)"))
}

// dhcpNamed makes a printer of a byte that has a name.
func dhcpNamed(names Names) func(d *Context, c *Cursor) {
	return func(d *Context, c *Cursor) {
		if c.Left() > 0 {
			d.Print(names.Of(c.U8(), "#%d"))
		}
	}
}

var (
	dhcpNode     = dhcpNamed(Names{1: "b-node", 2: "p-node", 4: "m-node", 8: "h-node"})
	dhcpOverload = dhcpNamed(Names{1: "file", 2: "sname", 3: "file+sname"})
)

// dhcpParameters prints the options that a client asks for, four to a line.
func dhcpParameters(d *Context, c *Cursor) {
	rows := dhcpRows()
	for i := 0; c.Left() > 0; i++ {
		n := c.U8()
		name := rows[n].name
		switch {
		case n == 0:
			name = "PAD"
		case name == "":
			name = "Unknown"
		}
		d.Printf("%s%s (%d)", dissect.Pick(i%4 == 0, "\n\t      ", ", "), name, n)
	}
}

// dhcpClient prints what a client calls itself: a text, or a hardware address behind its type.
func dhcpClient(d *Context, c *Cursor) {
	if c.Left() == 0 {
		return
	}
	kind := c.U8()
	if kind == 0 {
		dhcpText(d, c)
		return
	}
	d.Printf("%s", Names{1: "ether", 6: "ieee802", 7: "arcnet", 15: "frelay", 23: "strip", 24: "ieee1394"}.Of(kind, "hardware-type %d,"))
	d.Printf(" %s", dissect.MAC(c.Bytes(c.Left())))
}

// dhcpUserClasses prints the classes that a client is in (RFC 3004), each behind its length.
func dhcpUserClasses(d *Context, c *Cursor) {
	if c.Left() < 2 {
		d.Print("[ERROR: length < 2 bytes]")
		c.At = c.Length
		return
	}
	for n := 1; c.Left() > 0; n++ {
		size := c.U8()
		d.Printf("\n\t      instance#%d: ", n)
		if size == 0 || size > c.Left() {
			d.Print(dissect.Pick(size == 0, "[ERROR: suboption length must be non-zero]", "[ERROR: invalid option]"))
			c.At = c.Length
			return
		}
		d.Print("\"")
		d.Text(c.Bytes(size))
		d.Printf("\", length %d", size)
	}
}

// dhcpDomain prints the name that a client wants (RFC 4702).
func dhcpDomain(d *Context, c *Cursor) {
	if c.Left() < 3 {
		d.Print("[ERROR: length < 3 bytes]")
		c.At = c.Length
		return
	}
	bits := c.U8()
	d.PrintfIf(bits>>4 != 0, "[ERROR: MBZ nibble 0x%x != 0] ", bits>>4)
	d.PrintfIf(bits&15 != 0, "[%s] ", Flags{{1, "S"}, {2, "O"}, {4, "E"}, {8, "N"}}.Of(bits, ""))
	if first, second := c.U8(), c.U8(); first != 0 || second != 0 {
		d.Printf("%d/%d ", first, second)
	}
	dhcpText(d, c)
}

// dhcpAgent prints what a relay agent adds (RFC 3046).
func dhcpAgent(d *Context, c *Cursor) {
	for c.Left() >= 2 {
		kind, size := c.U8(), c.U8()
		name, known := Names{1: "Circuit-ID", 2: "Remote-ID", 6: "Subscriber-ID"}[kind]
		d.Printf("\n\t      %s SubOption %d, length %d: ", dissect.Pick(known, name, "Unknown"), kind, size)
		if size > c.Left() {
			d.Print("length goes past end of option")
			c.At = c.Length
			return
		}
		if value := c.Take(size); known {
			d.Text(value.Data)
		} else {
			d.Unknown(value, "\n\t\t", size)
		}
	}
}

// dhcpRoutes prints routes (RFC 3442): of the networks only the bytes that count.
func dhcpRoutes(d *Context, c *Cursor) {
	const least = 5
	if c.Left() < least {
		d.Print("[ERROR: length < 5 bytes]")
		c.At = c.Length
		return
	}
	for first := true; c.Left() > 0; first = false {
		d.If(!first, ",")
		bits := c.U8()
		if n := (bits + 7) / 8; bits > 32 {
			d.Printf("[ERROR: Mask width (%d) > 32]", bits)
			c.At = c.Length
			return
		} else if c.Left() < n+4 {
			d.Printf("[ERROR: Remaining length (%d) < %d bytes]", c.Left(), n+4)
			c.At = c.Length
			return
		}
		var network [4]byte
		copy(network[:], c.Bytes((bits+7)/8))
		d.Print("(")
		if bits == 0 {
			d.Print("default")
		} else {
			d.Printf("%d.%d.%d.%d/%d", network[0], network[1], network[2], network[3], bits)
		}
		d.Printf(":%s)", d.IP4(c.Bytes(4)))
	}
}
