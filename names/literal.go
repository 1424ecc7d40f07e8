package names

import (
	"fmt"
	"math"
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

// LiteralNetmask reads an IPv4 netmask, in host byte order: as four parts, hexadecimal with 0x, or a prefix length in bits after a
// slash. The error says how one is written.
func LiteralNetmask(s string) (uint32, error) {
	if bits, ok := strings.CutPrefix(s, "/"); ok {
		n, err := strconv.ParseUint(bits, 10, 8)
		if err != nil || n > 32 {
			return 0, fmt.Errorf("%.40q is no prefix length from /0 to /32", s)
		}
		return uint32(math.MaxUint32 << (32 - n)), nil
	}
	if digits, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		n, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			return 0, fmt.Errorf("%.40q is no netmask of 32 bits", s)
		}
		return uint32(n), nil
	}
	addr, err := netip.ParseAddr(s)
	if err != nil || !addr.Is4() {
		return 0, fmt.Errorf("%.40q is no netmask: give it as 255.255.255.0, 0xffffff00 or /24", s)
	}
	b := addr.As4()
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), nil
}
