package codegen

import (
	"bpfc/ast"
	"bpfc/diag"
)

// qualified generates an identifier with its qualifiers. What is tested hangs
// on the type qualifier (host if none was given) and on the kind of the
// identifier.
func (g *generator) qualified(q *ast.Qualified) *cond {
	if q.Proto == ast.Decnet {
		return g.decnet(q)
	}
	switch id := q.ID.(type) {
	case *ast.Name:
		return g.byName(q, id.Text)
	case *ast.Number:
		return g.byNumber(q, id.Value)
	case *ast.IPv4:
		if id.HasLen || id.HasMask {
			return g.byPrefix4(q, id)
		}
		return g.byAddress4(q, id)
	case *ast.IPv6:
		return g.byAddress6(q, id)
	case *ast.MAC:
		return g.byMAC(q, id)
	case *ast.ARCnet:
		return g.byMAC8(q, id)
	}
	return g.fail(diag.Internal, "no code for %T", q.ID)
}

func (g *generator) byName(q *ast.Qualified, name string) *cond {
	switch q.Type {
	case ast.Net:
		return g.netByName(q, name)
	case ast.NoType, ast.Host:
		if q.Proto == ast.Link {
			return g.macByName(q.Dir, name, "host")
		}
		return g.hostByName(q.Proto, q.Proto, q.Dir, false, name)
	case ast.Port:
		return g.portByName(q, name)
	case ast.PortRange:
		return g.portRangeByName(q, name)
	case ast.Gateway:
		return g.gateway(q.Proto, name)
	case ast.ProtoType:
		if n, ok := g.protocolNumber(q, name); ok {
			return g.proto(q.Proto, n)
		}
		return condFalse
	case ast.ProtoChain:
		if n, ok := g.protocolNumber(q, name); ok {
			return g.protoChain(q.Proto, n)
		}
		return condFalse
	}
	return g.badType(q.Type, "a name")
}

func (g *generator) byNumber(q *ast.Qualified, v uint32) *cond {
	switch q.Type {
	case ast.NoType, ast.Host, ast.Net:
		if q.Proto == ast.Link {
			return g.fail(diag.Qualifier, "%d is not a link-layer address", v)
		}
		mask := uint32(0xffffffff)
		if q.Type == ast.Net {
			v, mask = leftAlign(v)
		}
		return g.hosts4(q.Proto, q.Dir, false, []uint32{v}, mask)
	case ast.Port, ast.PortRange:
		p, ok := g.portProtocol(q.Proto, q.Type)
		if !ok || !g.atMost("port number", v, 0xffff) {
			return condFalse
		}
		return g.ports(q.Dir, q.Type, p, uint16(v), uint16(v))
	case ast.ProtoType:
		return g.proto(q.Proto, v)
	case ast.ProtoChain:
		return g.protoChain(q.Proto, v)
	}
	return g.badType(q.Type, "a number")
}

// leftAlign moves a network number such as 10 or 192.168 to the upper bytes
// and gives the mask of the bytes that it has.
func leftAlign(v uint32) (addr, mask uint32) {
	mask = 0xffffffff
	for v != 0 && v&0xff000000 == 0 {
		v <<= 8
		mask <<= 8
	}
	return v, mask
}

func (g *generator) byAddress4(q *ast.Qualified, id *ast.IPv4) *cond {
	addr, bits, ok := g.parts4(id.Text)
	if !ok {
		return condFalse
	}
	switch q.Type {
	case ast.NoType, ast.Host, ast.Net:
		if q.Proto == ast.Link {
			g.fail(diag.Qualifier, "%s is not a link-layer address", id.Text)
			return g.hint("a link-layer address is written as six bytes, 00:11:22:33:44:55")
		}
		mask := uint32(0xffffffff) << (32 - bits)
		return g.hosts4(q.Proto, q.Dir, false, []uint32{addr << (32 - bits)}, mask)
	}
	return g.badType(q.Type, "an IPv4 address")
}

func (g *generator) byPrefix4(q *ast.Qualified, id *ast.IPv4) *cond {
	addr, bits, ok := g.parts4(id.Text)
	if !ok {
		return condFalse
	}
	addr <<= 32 - bits
	var mask uint32
	if id.HasMask {
		m, n, ok := g.parts4(id.MaskText)
		if !ok {
			return condFalse
		}
		mask = m << (32 - n)
	} else {
		if !g.atMost("prefix length", id.Len, 32) {
			return condFalse
		}
		mask = uint32(uint64(0xffffffff) << (32 - id.Len))
	}
	if addr&^mask != 0 {
		g.fail(diag.Range, "the address has bits set outside its network mask")
		if id.MaskText != "" {
			return g.hint("the network is %s mask %s", dotted(addr&mask), dotted(mask))
		}
		return g.hint("the network is %s/%d", dotted(addr&mask), id.Len)
	}
	if q.Type != ast.Net {
		return g.networkOnly(q)
	}
	return g.hosts4(q.Proto, q.Dir, false, []uint32{addr}, mask)
}

// badType refuses a type qualifier that an identifier does not take.
func (g *generator) badType(t ast.Type, what string) *cond {
	return g.fail(diag.Qualifier, "'%s' does not apply to %s", t, what)
}

// networkOnly refuses a network behind anything but net.
func (g *generator) networkOnly(q *ast.Qualified) *cond {
	switch {
	case q.Proto == ast.Link:
		return g.fail(diag.Qualifier, "a network is no link-layer address")
	case q.Type == ast.NoType:
		g.fail(diag.Qualifier, "a network stands behind net")
	default:
		g.fail(diag.Qualifier, "'%s' does not apply to a network", q.Type)
	}
	net := *q
	net.Type = ast.Net
	if q.Type == ast.NoType {
		return g.hint(`write "%s"`, ast.Format(&net))
	}
	return g.hint(`write net instead of %s: "%s"`, q.Type, ast.Format(&net))
}

// wirelessOnly refuses the direction qualifiers of 802.11 where they mean
// nothing.
func (g *generator) wirelessOnly(d ast.Dir) bool {
	switch d {
	case ast.NoDir, ast.Src, ast.Dst, ast.SrcOrDst, ast.SrcAndDst:
		return false
	}
	g.fail(diag.Qualifier, "'%s' applies to 802.11 addresses only", d)
	return true
}

// either combines a test of the source and one of the destination as the
// direction qualifier asks.
func (g *generator) either(d ast.Dir, src, dst func() *cond) *cond {
	switch d {
	case ast.Src:
		return src()
	case ast.Dst:
		return dst()
	case ast.SrcAndDst:
		s := src()
		return g.and(s, dst())
	}
	s := src()
	return g.or(s, dst())
}
