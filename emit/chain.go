package emit

import "bpfc/ir"

// chain generates the loop over the headers of an IP packet; see ir.ChainInfo.
// A is the current protocol and X the position after the IP header's start.
// Jumps within the loop are fixed here; the block ends with the comparison of
// A with the protocol looked for.
func (g *gen) chain(b *block, c *ir.ChainInfo) {
	if c.IPv6 {
		g.put(opLdAbs|sizeByte, c.Base+6)
		g.put(opLdxImm, 40)
	} else {
		g.put(opLdAbs|sizeByte, c.Base+9)
		g.put(opLdxMsh, c.Base)
	}
	saved := g.temp()
	again := len(g.code)
	var toEnd []int // jumps that leave the loop where they hold
	leave := func(proto uint32) {
		toEnd = append(toEnd, len(g.code))
		g.put(opJeq, proto)
	}
	leave(c.Proto)
	leave(noNextHdr)
	if c.IPv6 {
		// Hop-by-hop, destination options, routing, fragment.
		protos := []uint32{0, 60, 43, 44}
		advance := len(g.code) + len(protos)
		for _, proto := range protos {
			g.put(opJeq, proto)
			g.code[len(g.code)-1].jt = uint8(advance - len(g.code))
		}
		last := len(g.code) - 1
		g.step(c.Base, saved, 1, 8, true, again)
		g.code[last].jf = uint8(len(g.code) - 1 - last)
	}
	notAuth := len(g.code)
	g.put(opJeq, authHeader)
	g.step(c.Base, saved, 2, 4, false, again)
	end := len(g.code)
	g.code[notAuth].jf = uint8(end - 1 - notAuth)
	for _, i := range toEnd {
		g.code[i].jt = uint8(end - 1 - i)
	}
	b.jump, b.k = opJeq, c.Proto
	g.a.n, g.x.n = 0, 0
}

// step loads the next protocol, sets X to (length + plus) * unit, to which the
// old position is added if relative, and goes round again. The length is loaded
// as libpcap loads it, with the 1 added to X if the position is not needed any
// more: programs of the same shape are proved equal at once.
func (g *gen) step(base, saved, plus, unit uint32, relative bool, again int) {
	g.put(opLdInd|sizeByte, base)
	g.put(opSt, saved)
	if relative {
		g.put(opLdInd|sizeByte, base+1)
	} else {
		g.put(opTxa, 0)
		g.put(opAddImm, 1)
		g.put(opTax, 0)
		g.put(opLdInd|sizeByte, base)
	}
	g.put(opAddImm, plus)
	g.put(opMulImm, unit)
	if relative {
		g.put(opAddImm|srcX, 0)
	}
	g.put(opTax, 0)
	g.put(opLdMem, saved)
	g.put(opJa, uint32(again-len(g.code)-1))
}
