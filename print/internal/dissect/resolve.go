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
	switch {
	case d.Resolver != nil:
		d.Print(d.Address(b))
	case len(b) == 4:
		d.Out = appendIP4(d.Out, [4]byte(b))
	default:
		d.Out = appendIP6(d.Out, [16]byte(b))
	}
}

// appendIP4 appends four numbers with dots between them.
func appendIP4(dst []byte, a [4]byte) []byte {
	for i, n := range a {
		if i > 0 {
			dst = append(dst, '.')
		}
		switch {
		case n >= 100:
			dst = append(dst, '0'+n/100, '0'+n/10%10, '0'+n%10)
		case n >= 10:
			dst = append(dst, '0'+n/10, '0'+n%10)
		default:
			dst = append(dst, '0'+n)
		}
	}
	return dst
}

// appendIP6 appends an address as the system's inet_ntop writes it.
func appendIP6(dst []byte, b [16]byte) []byte {
	a := netip.AddrFrom16(b)
	if a.Is4In6() {
		return appendIP4(append(dst, "::ffff:"...), [4]byte(b[12:]))
	}
	if a.Less(compatible[1]) && !a.Less(compatible[0]) {
		return appendIP4(append(dst, "::"...), [4]byte(b[12:]))
	}
	return a.AppendTo(dst)
}

// compatible are the bounds of IPv6 addresses that are written as ones of IPv4 (RFC 4291, 2.5.5.1).
var compatible = [2]netip.Addr{netip.MustParseAddr("::1:0"), netip.MustParseAddr("::1:0:0")}

// Between prints "address > address: ".
func (d *Context) Between(h *IPHeader) {
	d.PrintAddress(h.Src)
	d.Print(" > ")
	d.PrintAddress(h.Dst)
	d.Print(": ")
}

// Ports prints "address.port > address.port: ", without the addresses where a
// header between them and the ports has printed them.
func (d *Context) Ports(h *IPHeader, src, dst int, proto string) {
	end := func(address []byte, port int, after string) {
		if h.Known {
			d.PrintAddress(address)
			d.Out = append(d.Out, '.')
		}
		d.printPort(port, proto)
		d.Print(after)
	}
	end(h.Src, src, " > ")
	end(h.Dst, dst, ": ")
}

func (d *Context) printPort(n int, proto string) {
	if d.Resolver != nil {
		d.Print(d.Port(n, proto))
		return
	}
	d.Out = strconv.AppendUint(d.Out, uint64(n), 10)
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
	var room [46]byte
	if a.Is4() {
		return string(appendIP4(room[:0], a.As4()))
	}
	return string(appendIP6(room[:0], a.As16()))
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

// protocolNames are the names that tcpdump prints, mostly those of the Internet's registry in lower case.
var protocolNames = [256]string{
	"hopopt", "icmp", "igmp", "ggp", "ipencap", "st", "tcp", "cbt", "egp", "igp", "bbn-rcc-mon", "nvp-ii", "pup", "argus", "emcon", "xnet", "chaos",
	"udp", "mux", "dcn-meas", "hmp", "prm", "xns-idp", "trunk-1", "trunk-2", "leaf-1", "leaf-2", "rdp", "irtp", "iso-tp4", "netblt", "mfe-nsp",
	"merit-inp", "dccp", "3pc", "idpr", "xtp", "ddp", "idpr-cmtp", "tp++", "il", "ipv6", "sdrp", "ipv6-route", "ipv6-frag", "idrp", "rsvp", "gre",
	"dsr", "bna", "esp", "ah", "i-nlsp", "swipe", "narp", "mobile", "tlsp", "skip", "ipv6-icmp", "ipv6-nonxt", "ipv6-opts", 62: "cftp", 64: "sat-expak",
	"kryptolan", "rvd", "ippc", 69: "sat-mon", "visa", "ipcv", "cpnx", "rspf", "wsn", "pvp", "br-sat-mon", "sun-nd", "wb-mon", "wb-expak", "iso-ip",
	"vmtp", "secure-vmtp", "vines", "ttp", "nsfnet-igp", "dgp", "tcf", "eigrp", "ospf", "sprite-rpc", "larp", "mtp", "ax.25", "ipip", "micp", "scc-sp",
	"etherip", "encap", 100: "gmtp", "ifmp", "pnni", "pim", "aris", "scps", "qnx", "a/n", "ipcomp", "snp", "compaq-peer", "ipx-in-ip", "vrrp", "pgm",
	115: "l2tp", "ddx", "iatp", "stp", "srp", "uti", "smp", "sm", "ptp", "isis", "fire", "crtp", "crudp", "sscopmce", "iplt", "sps", "pipe", "sctp",
	"fc", "rsvp-e2e-ignore", "mobility-header", "udplite", "mpls-in-ip", "manet", "hip", "shim6", "wesp", "rohc", 253: "exptest-253", "exptest-254",
	"reserved",
}

// ProtocolName gives the name of an IP protocol, "" if it is to be printed as a number: with -n, or where it has none.
func (d *Context) ProtocolName(n int) string {
	if d.Resolver == nil {
		return ""
	}
	return protocolNames[uint8(n)]
}

const hexDigits = "0123456789abcdef"

// makers are the names that tcpdump has for the first three bytes of hardware addresses: it was asked for each of the 2²⁴.
var makers = Names{0x000000: "Ethernet", 0x00000c: "Cisco", 0x00005e: "IANA", 0x000081: "Nortel Networks SONMP", 0x0000f8: "Cisco bridged", 0x00049f: "Freescale",
	0x0004ea: "HP-Labs", 0x001018: "Broadcom", 0x00120f: "IEEE 802.3 Private", 0x0012bb: "ANSI/TIA", 0x0015ad: "Netronome", 0x001b21: "DCBX",
	0x002320: "Nicira Networks", 0x002481: "HP", 0x0080c2: "Ethernet bridged", 0x009069: "Juniper", 0x00a03e: "ATM Forum", 0x00e004: "PMC-Sierra",
	0x00e02f: "DOCSIS Spanning Tree", 0x080007: "Appletalk", 0x080009: "Hewlett-Packard"}

// MAC writes a hardware address of any length. Where names are wanted, the broadcast of Ethernet has one, and others their maker's.
func (d *Context) MAC(b []byte) string {
	if d.Resolver == nil || len(b) != 6 {
		return MAC(b)
	}
	if string(b) == "\xff\xff\xff\xff\xff\xff" {
		return "Broadcast"
	}
	return MAC(b) + " (oui " + makers.Of(int(b[0])<<16|int(b[1])<<8|int(b[2]), "Unknown") + ")"
}

// MAC writes a hardware address of any length as numbers.
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
