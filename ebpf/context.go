package toebpf

import (
	"math"
	"slices"

	"github.com/cilium/ebpf/asm"

	"bpfc/cbpf"
)

// context is the structure that a program is called with, and what can be had from it.
type context uint8

const (
	noContext  context = iota // the packet's bounds alone
	skbContext                // struct __sk_buff (linux/bpf.h)
	xdpContext                // struct xdp_md
)

// Offsets of fields of struct __sk_buff and struct xdp_md, all of 32 bits (linux/bpf.h).
const (
	skbLen         = 0
	skbPacketType  = 4
	skbMark        = 8
	skbQueue       = 12
	skbProtocol    = 16
	skbVLANPresent = 20
	skbVLANTag     = 24
	skbVLANProto   = 28
	skbInterface   = 40
	skbHash        = 68
	skbData        = 76
	skbDataEnd     = 80

	xdpData      = 0
	xdpDataEnd   = 4
	xdpInterface = 12
)

// ancillary is how an ancillary load is made: from a field of the context, which may hold 16 bits in network order, or by a helper.
type ancillary struct {
	field   int16
	network bool
	helper  asm.BuiltinFunc
}

var ancillaries = map[context]map[uint32]ancillary{
	skbContext: {
		cbpf.AncProtocol:     {field: skbProtocol, network: true},
		cbpf.AncPacketType:   {field: skbPacketType},
		cbpf.AncInterface:    {field: skbInterface},
		cbpf.AncMark:         {field: skbMark},
		cbpf.AncQueue:        {field: skbQueue},
		cbpf.AncHash:         {field: skbHash},
		cbpf.AncCPU:          {helper: asm.FnGetSmpProcessorId},
		cbpf.AncVLANTag:      {field: skbVLANTag},
		cbpf.AncVLANPresent:  {field: skbVLANPresent},
		cbpf.AncRandom:       {helper: asm.FnGetPrandomU32},
		cbpf.AncVLANProtocol: {field: skbVLANProto, network: true},
	},
	xdpContext: {
		cbpf.AncInterface: {field: xdpInterface},
		cbpf.AncCPU:       {helper: asm.FnGetSmpProcessorId},
		cbpf.AncRandom:    {helper: asm.FnGetPrandomU32},
	},
	noContext: {},
}

// lacks returns the first node that loads ancillary data, or a header, that there is not in the context, nil if there is none.
func (g *flow) lacks(c context, headers bool) *node {
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.ancillary() && n.k != cbpf.AncXorX {
			if _, ok := ancillaries[c][n.k]; !ok {
				return n
			}
		}
		if !headers && n.header() {
			return n
		}
	}
	return nil
}

// headers tells whether the program reads from where the kernel says that a header begins.
func (g *flow) headers() bool {
	return slices.ContainsFunc(g.nodes, func(n node) bool { return n.header() })
}

// calls tells whether the program needs a helper besides those that read packets.
func (g *flow) calls(c context) bool {
	for i := range g.nodes {
		if n := &g.nodes[i]; n.ancillary() && ancillaries[c][n.k].helper != 0 {
			return true
		}
	}
	return false
}

// usesLength tells whether the program loads the length on the wire.
func (g *flow) usesLength() bool {
	for i := range g.nodes {
		if op := g.nodes[i].op; op == cbpf.LdLen || op == cbpf.LdxLen {
			return true
		}
	}
	return false
}

// ancillaryLoad puts a load of what [flow.lacks] has found to be there.
func (e *gen) ancillaryLoad(i int32) {
	n := &e.nodes[i]
	a := e.regs.a
	e.maxA = math.MaxUint32
	if n.k == cbpf.AncXorX {
		e.put(asm.Xor.Reg32(a, e.regs.x))
		return
	}
	row := ancillaries[e.ctx][n.k]
	if row.helper != 0 {
		e.call(row.helper, a)
	} else {
		e.put(asm.LoadMem(a, e.regs.ctx, row.field, asm.Word))
	}
	if row.network {
		e.put(asm.HostTo(asm.BE, a, asm.Half))
	}
}

// call calls a helper and keeps what it returns. It destroys R1 to R5.
func (e *gen) call(helper asm.BuiltinFunc, result asm.Register) {
	e.put(helper.Call())
	if result != asm.R0 {
		e.put(asm.Mov.Reg32(result, asm.R0))
	}
	e.edge = 0
	if !e.merged() { // then it is in a register that survives
		e.bias = 0
	}
}

// bufferLength asks the helper for the length of a packet in several buffers. The call destroys R0, where A may be while the
// length is for X: it waits in X.
func (e *gen) bufferLength(r asm.Register, liveA bool) {
	keep := liveA && r != asm.R0 && e.regs.a == asm.R0
	if keep {
		e.put(asm.Mov.Reg32(r, asm.R0))
	}
	e.put(asm.Mov.Reg(asm.R1, e.regs.ctx))
	if !keep {
		e.call(asm.FnXdpGetBuffLen, r)
		return
	}
	e.call(asm.FnXdpGetBuffLen, asm.R1)
	e.put(asm.Mov.Reg32(asm.R0, r), asm.Mov.Reg32(r, asm.R1))
}

// length puts the length on the wire into a register. liveA tells whether A is read after that.
func (e *gen) length(r asm.Register, liveA bool) {
	switch {
	case e.ctx == skbContext:
		e.put(asm.LoadMem(r, e.regs.ctx, skbLen, asm.Word))
	case e.ctx == xdpContext && e.multiBuffer:
		e.bufferLength(r, liveA)
	case e.access == ProbeRead:
		e.put(asm.Mov.Reg32(r, e.loadLength()))
	default:
		e.put(asm.Mov.Reg(r, e.regs.end), asm.Sub.Reg(r, e.regs.data))
	}
}
