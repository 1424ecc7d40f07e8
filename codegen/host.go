package codegen

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	"bpfc/ast"
	"bpfc/diag"
	"bpfc/names"
)

// addressPlace is where a protocol has its IPv4 addresses.
type addressPlace struct {
	etherType uint32
	src, dst  uint32 // from the network header, bytes
}

var addressPlaces = map[ast.Proto]addressPlace{
	ast.IP:   {etherIP, ip4SrcOff, ip4DstOff},
	ast.ARP:  {etherARP, 14, 24},
	ast.RARP: {etherRARP, 14, 24},
}

// hosts4 tests for any of some IPv4 addresses under one mask, or with none for
// none of them. Without a protocol qualifier that is IP, ARP and RARP.
func (g *generator) hosts4(p ast.Proto, d ast.Dir, none bool, addrs []uint32, mask uint32) *cond {
	if g.wirelessOnly(d) {
		return condFalse
	}
	if p == ast.NoProto {
		c := g.hosts4(ast.IP, d, none, addrs, mask)
		if g.mplsDepth == 0 {
			c = g.or(c, g.hosts4(ast.ARP, d, none, addrs, mask))
			c = g.or(c, g.hosts4(ast.RARP, d, none, addrs, mask))
		}
		return c
	}
	place, ok := addressPlaces[p]
	if !ok {
		return g.badAddress(p, ast.IP, "IPv4")
	}
	carries := g.carries(place.etherType)
	if carries.kind == isFalse {
		return condFalse // before the addresses ask for offsets that nothing needs
	}
	c := condFalse
	for _, a := range addrs {
		c = g.or(c, g.either(d,
			func() *cond { return g.masked(fromNet, place.src, 4, a, mask) },
			func() *cond { return g.masked(fromNet, place.dst, 4, a, mask) }))
	}
	if none {
		c = g.not(c)
	}
	return g.and(carries, c)
}

// hosts6 tests for any of some IPv6 addresses under one mask.
func (g *generator) hosts6(p ast.Proto, d ast.Dir, addrs [][16]byte, mask [16]byte) *cond {
	if g.wirelessOnly(d) {
		return condFalse
	}
	if p != ast.NoProto && p != ast.IP6 {
		return g.badAddress(p, ast.IP6, "IPv6")
	}
	carries := g.carries(etherIPv6)
	c := condFalse
	for _, a := range addrs {
		words := func(off uint32) func() *cond {
			return func() *cond {
				all := condTrue
				for i := uint32(0); i < 16; i += 4 {
					v, m := binary.BigEndian.Uint32(a[i:]), binary.BigEndian.Uint32(mask[i:])
					all = g.and(all, g.masked(fromNet, off+i, 4, v, m))
				}
				return all
			}
		}
		c = g.or(c, g.either(d, words(ip6SrcOff), words(ip6DstOff)))
	}
	return g.and(carries, c)
}

func (g *generator) byAddress6(q *ast.Qualified, id *ast.IPv6) *cond {
	length := uint32(128)
	if id.HasLen {
		length = id.Len
	}
	if !g.atMost("prefix length", length, 128) {
		return condFalse
	}
	prefix := netip.PrefixFrom(id.Addr, int(length)).Masked()
	if prefix.Addr() != id.Addr {
		g.fail(diag.Range, "the address has bits set outside its prefix length")
		return g.hint("the network is %s", prefix)
	}
	switch q.Type {
	case ast.NoType, ast.Host:
		if length != 128 {
			return g.networkOnly(q)
		}
	case ast.Net:
	default:
		return g.badType(q.Type, "an IPv6 address")
	}
	return g.hosts6(q.Proto, q.Dir, [][16]byte{id.Addr.As16()}, mask6(length))
}

func mask6(length uint32) (m [16]byte) {
	for i := uint32(0); i < length; i++ {
		m[i/8] |= 0x80 >> (i % 8)
	}
	return m
}

// maxAddresses is how many addresses of one family a name may have, libpcap's
// limit.
const maxAddresses = 100

// hostByName tests for the addresses of a host, IPv4 before IPv6, each in
// ascending order so that the program does not depend on the resolver's. The
// IPv4 addresses are left out if p4 is ip6, the IPv6 ones if p6 is ip, arp or
// rarp.
func (g *generator) hostByName(p4, p6 ast.Proto, d ast.Dir, none bool, name string) *cond {
	addrs, err := g.lookUpHost(name)
	if err != nil {
		return g.unknownName("host", name, err)
	}
	var v4 []uint32
	var found6 []string
	for _, a := range addrs {
		if a.Is4() {
			b := a.As4()
			v4 = append(v4, binary.BigEndian.Uint32(b[:]))
		} else {
			b := a.As16()
			found6 = append(found6, string(b[:]))
		}
	}
	slices.Sort(v4)
	slices.Sort(found6)
	if len(v4) > maxAddresses || len(found6) > maxAddresses {
		return g.fail(diag.Limit, "host %s has more than %d addresses of one family", name, maxAddresses)
	}
	var v6 [][16]byte
	for _, a := range found6 {
		v6 = append(v6, [16]byte([]byte(a)))
	}
	c, found := condFalse, false
	if p4 != ast.IP6 && len(v4) > 0 {
		c, found = g.hosts4(p4, d, none, v4, 0xffffffff), true
	}
	if p6 != ast.ARP && p6 != ast.IP && p6 != ast.RARP && len(v6) > 0 {
		c, found = g.or(c, g.hosts6(p6, d, v6, mask6(128))), true
	}
	if !found {
		return g.fail(diag.Unknown, "host %s has no address that '%s' could match", name, p4)
	}
	return c
}

func (g *generator) lookUpHost(name string) ([]netip.Addr, error) {
	if a, ok := names.LiteralHost(name); ok {
		return []netip.Addr{a}, nil
	}
	found, err := g.opts.Names.Host(g.ctx, name)
	addrs := make([]netip.Addr, 0, len(found)) // the slice is not ours to change
	for _, a := range found {
		addrs = append(addrs, a.Unmap())
	}
	return addrs, err
}

func (g *generator) netByName(q *ast.Qualified, name string) *cond {
	n, err := g.opts.Names.Network(g.ctx, name)
	if err != nil {
		return g.unknownName("network", name, err)
	}
	if n == 0 { // the "default" of many networks files; libpcap cannot tell it from a name not found
		return g.fail(diag.Unknown, "network '%s' is 0.0.0.0, which cannot be asked for by name", name)
	}
	addr, mask := leftAlign(n)
	return g.hosts4(q.Proto, q.Dir, false, []uint32{addr}, mask)
}

// gateway tests for packets that went through a host without being from it or
// for it: its link-layer address is there, its IPv4 addresses are not.
func (g *generator) gateway(p ast.Proto, name string) *cond {
	switch p {
	case ast.NoProto, ast.IP, ast.ARP, ast.RARP:
	default:
		return g.badQualifier(p, "gateway")
	}
	if g.mplsDepth > 0 || g.encapsulated {
		return g.fail(diag.Unsupported, "gateway does not apply within MPLS, VXLAN or Geneve")
	}
	mac := g.macByName(ast.SrcOrDst, name, "gateway")
	if g.err != nil {
		return condFalse
	}
	return g.and(mac, g.hostByName(p, ast.IP, ast.SrcOrDst, true, name))
}

// parts4 reads one to four decimal parts of an IPv4 address and gives how many
// bits they have.
func (g *generator) parts4(s string) (addr, bits uint32, ok bool) {
	part, digits := uint32(0), 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] >= '0' && s[i] <= '9' {
			part = part*10 + uint32(s[i]-'0')
			digits++
			if part > 255 {
				break
			}
			continue
		}
		if digits == 0 || bits == 32 || i < len(s) && s[i] != '.' {
			part = 256
			break
		}
		addr, bits = addr<<8|part, bits+8
		part, digits = 0, 0
	}
	if part > 255 {
		g.fail(diag.Range, "%s is not an IPv4 address", s)
		g.hint("each of the parts is a number from 0 to 255")
		return 0, 32, false
	}
	return addr, bits, true
}

func dotted(a uint32) string {
	return fmt.Sprintf("%d.%d.%d.%d", a>>24, a>>16&0xff, a>>8&0xff, a&0xff)
}
