package emit

import (
	"bpfc/cbpf"
	"bpfc/ir"
)

// chain generates the loop over the headers of an IP packet; see ir.ChainInfo.
// A is the current protocol and X the position after the IP header's start.
// Jumps within the loop are fixed here; the block ends with the comparison of
// A with the protocol looked for.
func (g *gen) chain(b *block, c *ir.ChainInfo) {
	if c.IPv6 {
		g.put(cbpf.LdAbsW|cbpf.SizeB, c.Base+6)
		g.put(cbpf.LdxImm, 40)
	} else {
		g.put(cbpf.LdAbsW|cbpf.SizeB, c.Base+9)
		g.put(cbpf.LdxMsh, c.Base)
	}
	saved := g.temp()
	again := len(g.code)
	var toEnd []int // jumps that leave the loop where they hold
	leave := func(proto uint32) {
		toEnd = append(toEnd, len(g.code))
		g.put(cbpf.JeqK, proto)
	}
	leave(c.Proto)
	leave(noNextHdr)
	if c.IPv6 {
		// Hop-by-hop, destination options, routing, fragment.
		protos := []uint32{0, 60, 43, 44}
		advance := len(g.code) + len(protos)
		for _, proto := range protos {
			g.put(cbpf.JeqK, proto)
			g.code[len(g.code)-1].jt = uint8(advance - len(g.code))
		}
		last := len(g.code) - 1
		g.step(c.Base, saved, 1, 8, true, again)
		g.code[last].jf = uint8(len(g.code) - 1 - last)
	}
	notAuth := len(g.code)
	g.put(cbpf.JeqK, authHeader)
	g.step(c.Base, saved, 2, 4, false, again)
	end := len(g.code)
	g.code[notAuth].jf = uint8(end - 1 - notAuth)
	for _, i := range toEnd {
		g.code[i].jt = uint8(end - 1 - i)
	}
	b.jump, b.k = cbpf.JeqK, c.Proto
	g.a.n, g.x.n = 0, 0
}

// step loads the next protocol, sets X to (length + plus) * unit, to which the
// old position is added if relative, and goes round again. The length is loaded
// as libpcap loads it, with the 1 added to X if the position is not needed any
// more: programs of the same shape are proved equal at once.
func (g *gen) step(base, saved, plus, unit uint32, relative bool, again int) {
	g.put(cbpf.LdIndW|cbpf.SizeB, base)
	g.put(cbpf.St, saved)
	if relative {
		g.put(cbpf.LdIndW|cbpf.SizeB, base+1)
	} else {
		g.put(cbpf.Txa, 0)
		g.put(cbpf.AddK, 1)
		g.put(cbpf.Tax, 0)
		g.put(cbpf.LdIndW|cbpf.SizeB, base)
	}
	g.put(cbpf.AddK, plus)
	g.put(cbpf.MulK, unit)
	if relative {
		g.put(cbpf.AddK|cbpf.SrcX, 0)
	}
	g.put(cbpf.Tax, 0)
	g.put(cbpf.LdMem, saved)
	g.put(cbpf.Ja, uint32(again-len(g.code)-1))
}
