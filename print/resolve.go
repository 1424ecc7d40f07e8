package print

import (
	"fmt"
	"net/netip"
)

// resolver gives names for numbers; "" means to print the number.
type resolver interface {
	Host(a netip.Addr) string
	Port(port uint16, proto string) string
}

func (d *dissector) ip4(b []byte) string { return d.host(netip.AddrFrom4([4]byte(b))) }
func (d *dissector) ip6(b []byte) string { return d.host(netip.AddrFrom16([16]byte(b))) }

func (d *dissector) host(a netip.Addr) string {
	if d.Resolver != nil {
		if s := d.Resolver.Host(a); s != "" {
			return s
		}
	}
	return number(a)
}

// number writes an address as the system's inet_ntop does.
func number(a netip.Addr) string {
	if a.Is4In6() {
		return "::ffff:" + a.Unmap().String()
	}
	return a.String()
}

// number6 writes 16 bytes as an IPv6 address.
func number6(b []byte) string { return number(netip.AddrFrom16([16]byte(b))) }

func (d *dissector) port(n int, proto string) string {
	if d.Resolver != nil {
		if s := d.Resolver.Port(uint16(n), proto); s != "" {
			return s
		}
	}
	return fmt.Sprint(n)
}

// mac writes a hardware address of any length.
func mac(b []byte) string {
	s := make([]byte, 0, 3*len(b))
	for i, c := range b {
		if i > 0 {
			s = append(s, ':')
		}
		s = fmt.Appendf(s, "%02x", c)
	}
	return string(s)
}
