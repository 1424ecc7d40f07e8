package codegen

import "bpfc/ir"

// room is what a node made by behindRoom asks: whether the packet had the first x+end bytes on the wire.
type room struct {
	x   *ir.Expr
	end uint32
}

// behindRoom puts before a node the questions whether the packet had on the wire what the node looks
// at.
func (walker) behindRoom(g *generator, n *ir.Node) *ir.Node {
	if g.opts.Layers.complete {
		return n
	}
	var list []room
	for _, e := range [...]*ir.Expr{n.L, n.R} {
		list = needed(list, e)
	}
	for i := len(list) - 1; i >= 0; i-- {
		n = g.withRoomBefore(n, list[i])
	}
	return n
}

// needed adds what e looks at, an offset that is itself looked up before what is there.
func needed(list []room, e *ir.Expr) []room {
	if e == nil {
		return list
	}
	list = needed(needed(list, e.L), e.R)
	if e.Op != ir.Load {
		return list
	}
	end := e.K + uint32(e.Size)
	for i := range list {
		if list[i].x == e.L {
			list[i].end = max(list[i].end, end)
			return list
		}
	}
	return append(list, room{e.L, end})
}

// withRoomBefore puts a question before a node. What the node's successors ask of the same
// place is asked with it: less is known then, and more ends in the same place.
func (g *generator) withRoomBefore(n *ir.Node, r room) *ir.Node {
	for _, s := range [...]**ir.Node{&n.True, &n.False} {
		for *s != nil {
			next, ok := g.rooms[*s]
			both := n.Kind == ir.Assign || n.False == g.absent || n.True == g.absent
			if !ok || next.x != r.x || next.end > r.end && !(both && (*s).False == g.absent) {
				break
			}
			if n.Kind == ir.Assign && next.x != nil && next.x.UsesVars() {
				break // it is about the place as it is after the assignment
			}
			r.end = max(r.end, next.end)
			*s = (*s).True
		}
	}
	b := g.graph
	e := b.Const(r.end)
	inRange := func(n *ir.Node) *ir.Node { return n }
	switch {
	case r.x == nil:
	case r.x.Op == ir.Var:
		e = b.Bin(ir.Add, r.x, e)
	default:
		// The sum may wrap around: the packet is asked for the constant part first.
		rest := b.Bin(ir.Sub, b.Len(), e)
		inRange = func(n *ir.Node) *ir.Node { return b.NewTest(ir.Ge, rest, r.x, n, g.absent).From(n.Text) }
	}
	text := n.Text
	n = b.NewTest(ir.Ge, b.Len(), e, inRange(n), g.absent).From(text)
	if g.rooms == nil {
		g.rooms = map[*ir.Node]room{}
	}
	if r.x == nil || r.x.Op == ir.Var {
		g.rooms[n] = r
	}
	return n
}
