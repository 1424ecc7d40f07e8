package dissect

import (
	"net/netip"
	"strconv"
)

func (d *Context) Address(b []byte) string {
	if len(b) == 4 {
		return d.IP4(b)
	}
	return d.IP6(b)
}

// PrintAddress prints an IP address, by its name if it has one.
func (d *Context) PrintAddress(b []byte) {
	if d.Resolver == nil && len(b) == 4 {
		d.Out = netip.AddrFrom4([4]byte(b)).AppendTo(d.Out)
		return
	}
	d.Print(d.Address(b))
}

// Between prints "address > address: ".
func (d *Context) Between(h *IPHeader) {
	d.PrintAddress(h.Src)
	d.Print(" > ")
	d.PrintAddress(h.Dst)
	d.Print(": ")
}

// Ports prints "address.port > address.port: ", without the addresses where a
// header between them and the ports has printed them.
func (d *Context) Ports(h *IPHeader, src, dst string) {
	if h.Known {
		d.PrintAddress(h.Src)
		d.Print(".")
	}
	d.Print(src)
	d.Print(" > ")
	if h.Known {
		d.PrintAddress(h.Dst)
		d.Print(".")
	}
	d.Print(dst)
	d.Print(": ")
}

// resolver gives names for numbers; "" means to print the number.
type resolver interface {
	Host(a netip.Addr) string
	Port(port uint16, proto string) string
}

func (d *Context) IP4(b []byte) string { return d.Host(netip.AddrFrom4([4]byte(b))) }

func (d *Context) IP6(b []byte) string { return d.Host(netip.AddrFrom16([16]byte(b))) }

func (d *Context) Host(a netip.Addr) string {
	if d.Resolver != nil {
		if s := d.Resolver.Host(a); s != "" {
			return s
		}
	}
	return AddressText(a)
}

// AddressText writes an address as the system's inet_ntop does.
func AddressText(a netip.Addr) string {
	if a.Is4In6() {
		return "::ffff:" + a.Unmap().String()
	}
	return a.String()
}

// IP6Text writes 16 bytes as an IPv6 address.
func IP6Text(b []byte) string { return AddressText(netip.AddrFrom16([16]byte(b))) }

func (d *Context) Port(n int, proto string) string {
	if d.Resolver != nil {
		if s := d.Resolver.Port(uint16(n), proto); s != "" {
			return s
		}
	}
	return strconv.Itoa(n)
}

// protocolNames are the names that the system's list of protocols gives (protocols(5)).
var protocolNames = Names{0: "hopopt", 1: "icmp", 2: "igmp", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 51: "ah", 58: "ipv6-icmp", 89: "ospf", 132: "sctp"}

// ProtocolName gives the name of an IP protocol, "" if it is to be printed as a number: with -n, or where it has none.
func (d *Context) ProtocolName(n int) string {
	if d.Resolver == nil {
		return ""
	}
	return protocolNames[n]
}

const hexDigits = "0123456789abcdef"

// MAC writes a hardware address of any length.
func MAC(b []byte) string {
	var room [3 * 8]byte
	s := room[:0]
	for i := range b {
		if i > 0 {
			s = append(s, ':')
		}
		s = append(s, hexDigits[b[i]>>4], hexDigits[b[i]&15])
	}
	return string(s)
}
