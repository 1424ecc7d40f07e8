package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
	"bpfc/linktype"
)

func (g *generator) byMAC(q *ast.Qualified, id *ast.MAC) *cond {
	if q.Proto != ast.Link || q.Type != ast.NoType && q.Type != ast.Host {
		g.fail(diag.Qualifier, "a MAC address is only taken as 'ether host'")
		return g.hint("write ether host, ether src or ether dst before it")
	}
	return g.macHost(q.Dir, id.Addr)
}

func (g *generator) macByName(d ast.Dir, name, what string) *cond {
	switch g.layout.Addresses {
	case linktype.MAC48, linktype.MAC48WLAN:
	default:
		return g.notHere(what)
	}
	addr, err := g.opts.Names.Ether(g.ctx, name)
	if err != nil {
		return g.unknownName("ethernet host", name, err)
	}
	return g.macHost(d, addr)
}

// macHost tests for a 48-bit link-layer address.
func (g *generator) macHost(d ast.Dir, addr [6]byte) *cond {
	switch g.layout.Addresses {
	case linktype.MAC48WLAN:
		return g.wlanHost(d, addr)
	case linktype.MAC48:
	default:
		return g.lacks("MAC addresses")
	}
	check := g.encapsulationCheckIfEthernet()
	if g.wirelessOnly(d) {
		return condFalse
	}
	return g.and(check, g.either(d,
		func() *cond { return g.bytesAre(fromLink, g.layout.Src, addr[:]) },
		func() *cond { return g.bytesAre(fromLink, g.layout.Dst, addr[:]) }))
}

// encapsulationCheck is what makes sure that there is a link-layer header
// within an encapsulation at all.
func (g *generator) encapsulationCheck() *cond {
	if g.encapsulated {
		// Geneve may carry IP without Ethernet; then both offsets are
		// the same.
		return g.not(g.sameOffsets())
	}
	if g.previous == linktype.SUNATM && g.layout.Type != linktype.SUNATM {
		// LANE control frames are not Ethernet.
		return g.not(g.is(fromPreviousLink, atmPayload, 2, 0xff00))
	}
	return condTrue
}

func (g *generator) encapsulationCheckIfEthernet() *cond {
	if g.layout.Protocol == linktype.EthernetField {
		return g.encapsulationCheck()
	}
	return condTrue
}

func (g *generator) byMAC8(q *ast.Qualified, id *ast.ARCnet) *cond {
	if g.wirelessOnly(q.Dir) {
		return condFalse
	}
	if q.Type != ast.NoType && q.Type != ast.Host {
		return g.badType(q.Type, "an ARCnet address")
	}
	if q.Proto != ast.Link {
		g.fail(diag.Qualifier, "an ARCnet address is only taken as 'link host'")
		return g.hint("write link host $%02x", id.Addr)
	}
	return g.mac8Host(q.Dir, uint32(id.Addr))
}

func (g *generator) mac8Host(d ast.Dir, addr uint32) *cond {
	if g.layout.Addresses != linktype.MAC8 {
		return g.lacks("8-bit addresses")
	}
	return g.either(d,
		func() *cond { return g.is(fromLink, g.layout.Src, 1, addr) },
		func() *cond { return g.is(fromLink, g.layout.Dst, 1, addr) })
}

func (g *generator) broadcast(p ast.Proto) *cond {
	switch p {
	case ast.NoProto, ast.Link:
		if g.layout.Addresses == linktype.MAC8 {
			return g.mac8Host(ast.Dst, g.layout.Broadcast)
		}
		return g.macHost(ast.Dst, [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	case ast.IP:
		if g.opts.Netmask == NetmaskUnknown {
			g.fail(diag.Unsupported, "'ip broadcast' needs the netmask of the network captured on")
			return g.option(diag.Netmask, "give the netmask")
		}
		ip := g.carries(etherIP)
		host := ^g.opts.Netmask
		zeros := g.masked(fromNet, ip4DstOff, 4, 0, host)
		return g.and(ip, g.or(zeros, g.masked(fromNet, ip4DstOff, 4, host, host)))
	}
	return g.badQualifier(p, "broadcast")
}

func (g *generator) multicast(p ast.Proto) *cond {
	switch p {
	case ast.NoProto, ast.Link:
		return g.linkMulticast()
	case ast.IP:
		ip := g.carries(etherIP)
		return g.and(ip, g.masked(fromNet, ip4DstOff, 1, 0xe0, 0xf0))
	case ast.IP6:
		ip6 := g.carries(etherIPv6)
		return g.and(ip6, g.is(fromNet, ip6DstOff, 1, 0xff))
	}
	return g.badQualifier(p, "multicast")
}

func (g *generator) linkMulticast() *cond {
	switch {
	case g.layout.NoMulticast:
	case g.layout.Addresses == linktype.MAC8:
		return g.mac8Host(ast.Dst, g.layout.Broadcast)
	case g.layout.Addresses == linktype.MAC48WLAN:
		return g.wlanMulticast()
	case g.layout.Addresses == linktype.MAC48:
		check := g.encapsulationCheckIfEthernet()
		return g.and(check, g.groupBit(g.layout.Dst))
	}
	return g.notHere("multicast")
}

// groupBit tests the group bit of a MAC address in the link-layer header.
func (g *generator) groupBit(off uint32) *cond { return g.anyBit(fromLink, off, 1, 1) }
