package parser

import (
	"net/netip"
	"strings"

	"bpfc/ast"
	"bpfc/diag"
)

// ipv4 gives the parts of a dotted address, the last in the lowest byte, and how many there are. It is not ok
// if one is over 255 or written in hexadecimal: then it may still be a DECnet address. Zeros in front do not make
// a part octal.
func ipv4(text string) (addr uint32, parts int, ok bool) {
	ok = true
	for part := range strings.SplitSeq(text, ".") {
		n := uint32(0)
		for i := 0; i < len(part); i++ {
			if part[i] > '9' || n > 25 {
				ok = false
				break
			}
			n = n*10 + uint32(part[i]-'0')
		}
		ok = ok && n <= 255
		addr = addr<<8 | n&0xff
		parts++
	}
	return addr, parts, ok
}

func invalidIPv4(where ast.Span, text string) error {
	return diag.New(diag.Range, where.Pos, where.End, "invalid IPv4 address %q", text).
		WithHint("each part is a decimal number of at most 255")
}

// ipv6 gives the address of an IPv6 token. The lexer has refused all that have none.
func ipv6(text string) netip.Addr {
	a, _ := netip.ParseAddr(text)
	return a
}

// mac gives the address of a MAC token, in any of its notations.
func mac(text string) (addr [6]byte) {
	switch strings.Count(text, ".") + strings.Count(text, ":") + strings.Count(text, "-") {
	case 5:
		i, start := 0, 0
		for end := 0; end <= len(text); end++ {
			if end == len(text) || strings.IndexByte(":-.", text[end]) >= 0 {
				addr[i] = hexByte(text[start:end])
				i, start = i+1, end+1
			}
		}
	default:
		digits := strings.ReplaceAll(text, ".", "")
		for i := range addr {
			addr[i] = hexByte(digits[2*i : 2*i+2])
		}
	}
	return addr
}

// hexByte gives the value of one or two hexadecimal digits.
func hexByte(digits string) uint8 {
	var n uint8
	for i := 0; i < len(digits); i++ {
		c := digits[i] | 0x20 // lower case; digits stay
		if c >= 'a' {
			n = n<<4 | (c - 'a' + 10)
		} else {
			n = n<<4 | (c - '0')
		}
	}
	return n
}
