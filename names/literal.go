package names

import (
	"net/netip"
	"strconv"
	"strings"
)

// LiteralHost gives the address that a name is, if it is one rather than the name of a host: an IPv6 address without
// zone, or an IPv4 address in any of the forms of inet_aton(3), of one to four parts, each decimal, octal or
// hexadecimal, where the last fills all the bytes that are left. getaddrinfo(3), which libpcap asks, takes those
// before it looks anything up.
func LiteralHost(name string) (addr netip.Addr, ok bool) {
	if strings.Contains(name, ":") {
		addr, err := netip.ParseAddr(name)
		return addr, err == nil && addr.Zone() == ""
	}
	parts := strings.Split(name, ".")
	if len(parts) > 4 {
		return addr, false
	}
	var n uint64
	for i, part := range parts {
		left := 5 - len(parts) // bytes for the last part
		if i < len(parts)-1 {
			left = 1
		}
		v, err := parsePart(part, 8*left)
		if err != nil {
			return addr, false
		}
		n = n<<(8*left) | v
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
}

// parsePart reads a number as C writes it, of at most so many bits.
func parsePart(s string, bits int) (uint64, error) {
	if hex, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		return strconv.ParseUint(hex, 16, bits)
	}
	if len(s) > 1 && s[0] == '0' {
		return strconv.ParseUint(s[1:], 8, bits)
	}
	return strconv.ParseUint(s, 10, bits)
}

// LiteralPort gives the port that a service name is, if it consists of decimal digits: getaddrinfo(3) takes it for the
// number.
func LiteralPort(name string) (port uint16, ok bool) {
	for i := 0; i < len(name); i++ {
		if name[i] < '0' || name[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseUint(name, 10, 16)
	return uint16(n), err == nil
}
