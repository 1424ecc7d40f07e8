package application

import (
	"bytes"
	"sync"

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
	d.PrintfIf(v.U8(1) != 1, ", htype %d", v.U8(1))
	d.PrintfIf(v.U8(2) != 6, ", hlen %d", v.U8(2))
	d.Form(v.Cursor(3), "%1?{, hops %=d}%4?{, xid 0x%=h}%2?{, secs %=d}|, Flags [%2n]%2+{ (0x%=x)}|%4v|%4v|%4v|%4v", Flags{{0x8000, "Broadcast"}},
		dissect.Given("\n\t  Client-IP "), dissect.Given("\n\t  Your-IP "), dissect.Given("\n\t  Server-IP "), dissect.Given("\n\t  Gateway-IP "))
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

// dhcpValues are, made when they are asked for, the options (RFC 2132 and later ones; IANA's list), as far as tcpdump knows them.
var dhcpValues = sync.OnceValue(func() Values {
	return Values{
		1: {"Subnet-Mask", 0, dhcpAddresses}, 2: {"Time-Zone", 0, dhcpNumbers}, 3: {"Default-Gateway", 0, dhcpAddresses}, 4: {"Time-Server", 0, dhcpAddresses},
		5: {"IEN-Name-Server", 0, dhcpAddresses}, 6: {"Domain-Name-Server", 0, dhcpAddresses}, 7: {"LOG", 0, dhcpAddresses}, 8: {"CS", 0, dhcpAddresses},
		9: {"LPR-Server", 0, dhcpAddresses}, 10: {"IM", 0, dhcpAddresses}, 11: {"RL", 0, dhcpAddresses}, 12: {"Hostname", 0, dhcpText}, 13: {"BS", 0, dhcpShorts}, 14: {"DP", 0, dhcpText},
		15: {"Domain-Name", 0, dhcpText}, 16: {"SS", 0, dhcpAddresses}, 17: {"RP", 0, dhcpText}, 18: {"EP", 0, dhcpText}, 19: {"IPF", 0, dhcpTruths}, 20: {"SRT", 0, dhcpTruths},
		21: {"PF", 0, dhcpPairs}, 22: {"RSZ", 0, dhcpShorts}, 23: {"TTL", 0, dhcpDots}, 24: {"MTU-Timeout", 0, dhcpNumbers}, 25: {"MTU-Table", 0, dhcpShorts}, 26: {"MTU", 0, dhcpShorts},
		27: {"LSN", 0, dhcpTruths}, 28: {"BR", 0, dhcpAddresses}, 29: {"MD", 0, dhcpTruths}, 30: {"MS", 0, dhcpTruths}, 31: {"Router-Discovery", 0, dhcpTruths}, 32: {"RSA", 0, dhcpAddresses},
		33: {"Static-Route", 0, dhcpPairs}, 34: {"UT", 0, dhcpTruths}, 35: {"AT", 0, dhcpNumbers}, 36: {"IE", 0, dhcpTruths}, 37: {"TT", 0, dhcpDots}, 38: {"KI", 0, dhcpNumbers},
		39: {"KG", 0, dhcpTruths}, 40: {"YD", 0, dhcpText}, 41: {"YS", 0, dhcpAddresses}, 42: {"NTP", 0, dhcpAddresses}, 43: {"Vendor-Option", 0, dhcpDots},
		44: {"Netbios-Name-Server", 0, dhcpAddresses}, 45: {"WDD", 0, dhcpAddresses}, 46: {"Netbios-Node", 0, dhcpNode}, 47: {"Netbios-Scope", 0, dhcpText}, 48: {"XFS", 0, dhcpAddresses},
		49: {"XDM", 0, dhcpAddresses}, 50: {"Requested-IP", 0, dhcpAddresses}, 51: {"Lease-Time", 0, dhcpNumbers}, 52: {"OO", 0, dhcpOverload}, 53: {"DHCP-Message", 0, dhcpMessage},
		54: {"Server-ID", 0, dhcpAddresses}, 55: {"Parameter-Request", 0, nil}, 56: {"MSG", 0, dhcpText}, 57: {"MSZ", 0, dhcpShorts}, 58: {"RN", 0, dhcpNumbers},
		59: {"RB", 0, dhcpNumbers}, 60: {"Vendor-Class", 0, dhcpText}, 61: {"Client-ID", 0, dhcpClient}, 64: {"N+D", 0, dhcpShorts}, 65: {"N+S", 0, dhcpAddresses}, 66: {"TFTP", 0, dhcpText},
		67: {"BF", 0, dhcpText}, 68: {"MH", 0, dhcpAddresses}, 69: {"SMTP", 0, dhcpAddresses}, 70: {"POP3", 0, dhcpAddresses}, 71: {"NNTP", 0, dhcpAddresses}, 72: {"WWW", 0, dhcpAddresses},
		73: {"FG", 0, dhcpAddresses}, 74: {"IRC", 0, dhcpAddresses}, 75: {"STS", 0, dhcpAddresses}, 76: {"STDA", 0, dhcpAddresses}, 77: {"User-Class", 0, dhcpUserClasses},
		78: {"SLP-DA", 0, dhcpDots}, 79: {"SLP-SCOPE", 0, dhcpDots}, 80: {"SLP-NA", 0, dhcpText}, 81: {"FQDN", 0, dhcpDomain}, 82: {"Agent-Information", 0, dhcpAgent},
		83: {"ARMT", 0, dhcpDots}, 88: {"TZSTR", 0, dhcpText}, 89: {"FQDNS", 0, dhcpDots}, 90: {"AUTH", 0, dhcpDots}, 91: {"Last-Transaction-Time", 0, dhcpNumbers},
		92: {"Associated-IP", 0, dhcpAddresses}, 93: {"ARCH", 0, dhcpShorts}, 94: {"NDI", 0, dhcpDots}, 95: {"LDAP", 0, dhcpText}, 97: {"GUID", 0, dhcpDots}, 98: {"UAP", 0, dhcpText},
		100: {"POSIX-TZ", 0, dhcpText}, 101: {"TZ-Name", 0, dhcpText}, 112: {"NI", 0, dhcpAddresses}, 113: {"NITAG", 0, dhcpText}, 114: {"URL", 0, dhcpText}, 116: {"NOAUTO", 0, dhcpTruths},
		117: {"NSSEARCH", 0, dhcpShorts}, 118: {"SUBNET", 0, dhcpAddresses}, 121: {"Classless-Static-Route", 0, dhcpRoutes}, 150: {"TFTP-Server-Address", 0, dhcpAddresses},
		161: {"MUD-URL", 0, dhcpText}, 249: {"Classless-Static-Route-Microsoft", 0, dhcpRoutes},
	}
})

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
		print, size := dhcpValues()[kind].Print, c.U8()
		switch {
		case kind == dhcpParameterRequest:
			print = dhcpParameters
		case print == nil:
			print = dhcpGuess
		}
		d.Printf("\n\t    %s (%d), length %d", dhcpValues().Name(kind, "Unknown"), kind, size)
		d.If(size > 0, ": ")
		d.CutIf(!c.Has(size))
		value := c.Take(size).Cursor(0)
		whole := d.Try(func() { print(d, value) })
		d.PrintfIf(whole && value.Left() > 0, "\n\t  trailing data length %d", value.Left())
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
func dhcpNamed(names Names) dissect.Printer { return dissect.Form("%1>{%1n}", names.Or("#%d")) }

var (
	dhcpNode     = dhcpNamed(Names{1: "b-node", 2: "p-node", 4: "m-node", 8: "h-node"})
	dhcpOverload = dhcpNamed(Names{1: "file", 2: "sname", 3: "file+sname"})
)

const dhcpParameterRequest = 55

// dhcpParameters prints the options that a client asks for, four to a line.
func dhcpParameters(d *Context, c *Cursor) {
	for i := 0; c.Left() > 0; i++ {
		n := c.U8()
		d.Printf("%s%s (%d)", dissect.Pick(i%4 == 0, "\n\t      ", ", "), dhcpValues().Name(n, dissect.Pick(n == 0, "PAD", "Unknown")), n)
	}
}

// dhcpClient prints what a client calls itself: a text, or a hardware address behind its type.
var dhcpClient = dissect.Form("%1>{%1?{%=n %*v}{%p}}", Names{1: "ether", 6: "ieee802", 7: "arcnet", 15: "frelay", 23: "strip", 24: "ieee1394"}.Or("hardware-type %d,"), dissect.MAC, dhcpText)

// dhcpUserClasses prints the classes that a client is in (RFC 3004), each behind its length.
func dhcpUserClasses(d *Context, c *Cursor) {
	d.RejectIf(c.Left() < 2, "[ERROR: length < 2 bytes]")
	for n := 1; c.Left() > 0; n++ {
		size := c.U8()
		d.Printf("\n\t      instance#%d: ", n)
		d.RejectIf(size == 0, "[ERROR: suboption length must be non-zero]")
		d.RejectIf(size > c.Left(), "[ERROR: invalid option]")
		d.Print("\"")
		d.Text(c.Bytes(size))
		d.Printf("\", length %d", size)
	}
}

// dhcpDomain prints the name that a client wants (RFC 4702).
func dhcpDomain(d *Context, c *Cursor) {
	d.RejectIf(c.Left() < 3, "[ERROR: length < 3 bytes]")
	d.Form(c, "%1[0-3]?{[ERROR: MBZ nibble 0x%=[0-3]h != 0] }%=[4-7]?{[%=[7]?{S}%=[6]?{O}%=[5]?{E}%=[4]?{N}] }%2?{%=[0-7]d/%=[8-15]d }%p", dhcpText)
}

// dhcpAgent prints what a relay agent adds (RFC 3046).
func dhcpAgent(d *Context, c *Cursor) {
	for c.Left() >= 2 {
		kind, size := c.U8(), c.U8()
		name, known := Names{1: "Circuit-ID", 2: "Remote-ID", 6: "Subscriber-ID"}[kind]
		d.Printf("\n\t      %s SubOption %d, length %d: ", dissect.Pick(known, name, "Unknown"), kind, size)
		d.RejectIf(size > c.Left(), "length goes past end of option")
		if value := c.Take(size); known {
			d.Text(value.Data)
		} else {
			d.Unknown(value, "\n\t\t", size)
		}
	}
}

// dhcpRoutes prints routes (RFC 3442): of the networks only the bytes that count.
func dhcpRoutes(d *Context, c *Cursor) {
	d.RejectIf(c.Left() < 5, "[ERROR: length < 5 bytes]")
	for first := true; c.Left() > 0; first = false {
		d.If(!first, ",")
		bits := c.U8()
		n := (bits + 7) / 8
		d.RejectIf(bits > 32, "[ERROR: Mask width (%d) > 32]", bits)
		d.RejectIf(c.Left() < n+4, "[ERROR: Remaining length (%d) < %d bytes]", c.Left(), n+4)
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
