package ir

// Run decides about a packet by walking the graph, straight from the
// definition in the package comment: pkt is what was captured, wireLen the
// length on the wire in bytes, anc gives the ancillary data at an offset; where
// anc is nil, ancillary data is 0. It is the reference that passes and emitted
// code are held against, not a fast way to filter.
func Run(g *Graph, pkt []byte, wireLen int, anc func(k uint32) uint32) bool {
	return Walk(g, pkt, wireLen, anc, func(Step) {})
}

// Step is one node on the way of a packet through a graph.
// It is not safe for concurrent use.
type Step struct {
	Node *Node
	// Failed tells that the node needs a value that the packet does not have, which
	// ends the run with reject; else Holds is what a Test or Chain came to.
	Failed, Holds bool
	// Eval computes an expression of the graph as it is at this node; ok is false
	// where that fails. It is valid until the next step.
	Eval func(e *Expr) (v uint32, ok bool)
}

// Walk is Run that tells each step to visit.
func Walk(g *Graph, pkt []byte, wireLen int, anc func(k uint32) uint32, visit func(Step)) bool {
	r := runner{pkt: pkt, wireLen: uint32(wireLen), anc: anc, vars: make([]uint32, g.Vars)}
	for n := g.Root; ; {
		step := Step{Node: n, Eval: r.eval}
		ok := true
		var v uint32
		switch n.Kind {
		case Accept:
			return true
		case Reject:
			return false
		case Assign:
			v, ok = r.eval(n.L)
			step.Holds = ok
		default:
			step.Holds, ok = r.decide(n)
		}
		step.Failed = !ok
		visit(step)
		switch {
		case step.Failed:
			return false
		case n.Kind == Assign:
			r.vars[n.Var] = v
			n = n.True
		case step.Holds:
			n = n.True
		default:
			n = n.False
		}
	}
}

type runner struct {
	pkt     []byte
	wireLen uint32
	anc     func(k uint32) uint32
	vars    []uint32
}

// decide runs a Test or Chain node; ok is false where it fails.
func (r *runner) decide(n *Node) (holds, ok bool) {
	if n.Kind == Chain {
		return r.chain(n.Chain)
	}
	a, ok1 := r.eval(n.L)
	b, ok2 := r.eval(n.R)
	return n.Cmp.Holds(a, b), ok1 && ok2
}

// load reads size bytes at offset off, big-endian.
func (r *runner) load(off uint64, size uint8) (v uint32, ok bool) {
	if off+uint64(size) > uint64(len(r.pkt)) {
		return 0, false
	}
	for _, b := range r.pkt[off : off+uint64(size)] {
		v = v<<8 | uint32(b)
	}
	return v, true
}

func (r *runner) eval(e *Expr) (v uint32, ok bool) {
	switch e.Op {
	case Const:
		return e.K, true
	case Len:
		return r.wireLen, true
	case Var:
		return r.vars[e.K], true
	case Anc:
		if r.anc == nil {
			return 0, true
		}
		return r.anc(e.K), true
	case Load:
		off := uint64(e.K)
		if e.L != nil {
			x, ok := r.eval(e.L)
			if !ok {
				return 0, false
			}
			off += uint64(x)
		}
		return r.load(off, e.Size)
	case Neg:
		v, ok = r.eval(e.L)
		return -v, ok
	}
	a, ok1 := r.eval(e.L)
	b, ok2 := r.eval(e.R)
	if !ok1 || !ok2 {
		return 0, false
	}
	return Eval(e.Op, a, b)
}

// chain walks the headers as ChainInfo says. Every step reads at a position
// that is further on, except at authentication headers, which can set the
// position to where it was; a packet that leads around in circles is rejected.
func (r *runner) chain(c *ChainInfo) (holds, ok bool) {
	proto, pos, ok := r.chainStart(c)
	if !ok {
		return false, false
	}
	// A state is a protocol and a position, and the position after an
	// authentication header is below 1028+1: more steps than states is a circle.
	limit := 256 * (len(r.pkt) + 1)
	for step := 0; proto != c.Proto && proto != 59; step++ {
		extension := c.IPv6 && (proto == 0 || proto == 60 || proto == 43 || proto == 44)
		if !extension && proto != 51 {
			break
		}
		next, ok1 := r.load(uint64(c.Base)+uint64(pos), 1)
		length, ok2 := r.load(uint64(c.Base+1)+uint64(pos), 1)
		if !ok1 || !ok2 || step > limit {
			return false, false
		}
		proto = next
		if extension {
			pos += 8 * (length + 1)
		} else {
			pos = 4 * (length + 2)
		}
	}
	return proto == c.Proto, true
}

// chainStart reads the protocol field and the length of the IP header.
func (r *runner) chainStart(c *ChainInfo) (proto, pos uint32, ok bool) {
	if c.IPv6 {
		proto, ok = r.load(uint64(c.Base+6), 1)
		return proto, 40, ok
	}
	proto, ok1 := r.load(uint64(c.Base+9), 1)
	first, ok2 := r.load(uint64(c.Base), 1)
	return proto, 4 * (first & 0xf), ok1 && ok2
}
