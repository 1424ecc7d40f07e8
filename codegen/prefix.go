package codegen

import (
	"math/bits"

	"bpfc/ir"
	"bpfc/linktype"
)

// prefix puts before next what computes the variable offsets of the packet that
// the program uses: first the length of what precedes the link-layer header,
// then that of the link-layer header. Nothing is computed that nothing uses.
func (g *generator) prefix(next *ir.Node) *ir.Node {
	b, p := g.graph, &g.packet
	start := b.Const(p.link.k)
	if payload := p.payload.v; payload != nil && payload.made {
		if x := g.variablePart(p.link); x != nil {
			start = x
		}
		switch p.layout.Protocol {
		case linktype.WLANFrame:
			b.KeepShape = true
			next = g.wlanHeader(payload.num, start, next)
		case linktype.PFLogFamily:
			// The first byte is the header's length; it is padded to 4 bytes.
			n := b.Bin(ir.And, b.Bin(ir.Add, b.Load(1, 0, nil), b.Const(3)), b.Const(^uint32(3)))
			next = b.NewAssign(payload.num, n, next)
		}
	}
	if link := p.link.v; link != nil && link.made {
		next = g.prefixLength(link.num, next)
	}
	if p.layout.Prefix == linktype.PPIPrefix {
		// Only 802.11 frames are understood behind a PPI header; its
		// type field is little-endian.
		inner := bits.ReverseBytes32(uint32(linktype.IEEE802_11))
		next = b.NewTest(ir.Eq, b.Load(4, 4, nil), b.Const(inner), next, b.RejectNode)
	}
	return next
}

// prefixLength sets v to the length of what precedes the link-layer header.
func (g *generator) prefixLength(v int, next *ir.Node) *ir.Node {
	b := g.graph
	avs := b.Load(4, 4, nil)
	switch g.packet.layout.Prefix {
	case linktype.PrismPrefix:
		cookie := b.Bin(ir.And, b.Load(4, 0, nil), b.Const(0xfffff000))
		return b.NewTest(ir.Eq, cookie, b.Const(0x80211000),
			b.NewAssign(v, avs, next), b.NewAssign(v, b.Const(144), next))
	case linktype.AVSPrefix:
		return b.NewAssign(v, avs, next)
	default: // radiotap and PPI: 16 bits, little-endian
		n := b.Bin(ir.Or, b.Load(1, 2, nil), b.Bin(ir.Lsh, b.Load(1, 3, nil), b.Const(8)))
		return b.NewAssign(v, n, next)
	}
}

// wlanHeader sets v to the end of the 802.11 header that starts at start: 24
// bytes, 26 in QoS data frames, rounded up to 4 where a radiotap header says that
// the driver padded it.
func (g *generator) wlanHeader(v int, start *ir.Expr, next *ir.Node) *ir.Node {
	b := g.graph
	end := b.VarRef(v)
	bit := func(e *ir.Expr, k uint32, t, f *ir.Node) *ir.Node { return b.NewTest(ir.Set, e, b.Const(k), t, f) }
	after := next
	if g.packet.layout.Type == linktype.IEEE802_11_RADIO {
		round := b.NewAssign(v, b.Bin(ir.And, b.Bin(ir.Add, end, b.Const(3)), b.Const(^uint32(3))), next)
		const dataPad = 0x20
		// The first presence word, byte-swapped: flags, further words, TSFT.
		present := b.Load(4, 4, nil)
		after = bit(present, 0x02000000,
			bit(present, 0x00000080, next,
				bit(present, 0x01000000,
					bit(b.Load(1, 16, nil), dataPad, round, next),
					bit(b.Load(1, 8, nil), dataPad, round, next))),
			next)
	}
	control := b.Load(1, 0, orNil(start))
	qos := b.NewAssign(v, b.Bin(ir.Add, end, b.Const(2)), after)
	isData := bit(control, wlanTypeData, bit(control, wlanTypeControl, next, bit(control, wlanSubtypeQoS, qos, after)), next)
	return b.NewAssign(v, b.Bin(ir.Add, start, b.Const(24)), isData)
}

// orNil is e, or nil where e is the constant 0, which a Load leaves out.
func orNil(e *ir.Expr) *ir.Expr {
	if e.IsConst(0) {
		return nil
	}
	return e
}
