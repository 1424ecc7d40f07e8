package optimizer

import (
	"math"
	"slices"
	"sync"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// ref is a node: its index in program.nodes. The successors of a node have
// lower refs than the node itself, so a loop upwards sees successors first and
// a loop downwards sees predecessors first.
type ref int32

// The leaves.
const (
	accept ref = 0
	reject ref = 1
)

// infinite is an end of loads that no packet reaches.
const infinite = math.MaxUint32

// node is an ir.Node in the optimizer's own form.
type node struct {
	kind ir.Kind
	// other tells that the node holds loads at variable offsets, divisions
	// that may fail or a header walk, which end does not describe.
	other bool
	// end is where the node's loads at constant offsets end, bytes.
	end uint32
	// A Test with r == nil tests lo <= e <= hi; with r, it tests e >= r. An
	// Assign gives variable v the value of e. A Chain is number v of
	// builder.chains.
	e, r   *ir.Expr
	lo, hi uint32
	v      int32
	t, f   ref // an Assign has f == t
	// text is the part of the expression that the node comes from; it is empty for
	// nodes that passes have made anew, see texts. Nodes that differ in it alone are one.
	text ir.Span
}

func (n *node) member() bool { return n.kind == ir.Test && n.r == nil }

// fails tells whether reaching the node can end the run.
func (n *node) fails() bool { return n.end > 0 || n.other }

// program is a graph in the form that the passes work on.
type program struct {
	g     *ir.Graph
	nodes []node
	root  ref
	// generated is the program as it was loaded.
	generated []node
	x         exprs
	b         builder
	did       done
	// longList is as in Options, not 0.
	longList int
	noText   bool // as in Options
	like     likelihood
	shares   sharer
	spare    []*state // for threaders to come
	// compact: there are no nodes that cannot be reached.
	compact bool
	// version is another number for each program that there was; versions is the
	// number of the last.
	version, versions int
	estimates         [4]estimated // of programs that there were, the last one first
	// tables are of the program as it is, if known, until a pass changes it.
	// They are not to be written to.
	tables struct {
		in         []int32
		have, need []uint32
		held       []*ir.Expr
		traffic    traffic
		known      struct{ in, have, need, held, traffic bool }
	}
	// Memory of passes, for the next ones.
	memory struct {
		at      []*state
		live    []bool
		indexed []*ir.Expr
		inside  []bool
		stuck   []int32
		behind  []uint64
		tallies []tally
		sites   []int32
		index   []ref
		made    []ref
		dom     []ref
		front   []ref
		stored  []*ir.Node
		saved   []node // of programs set aside
		regions regions
		counts  counts
		order   ir.Order // of the graph when it was loaded
	}
}

// changed notes that the program is another one.
func (p *program) changed() {
	p.compact = false
	p.versions++
	p.version = p.versions
	p.tables.known.in, p.tables.known.have, p.tables.known.need = false, false, false
	p.tables.known.held, p.tables.known.traffic = false, false
}

// loose tells whether there may be nodes that cannot be reached.
func (p *program) loose() bool { return !p.compact }

// done notes what passes did, for later ones.
type done struct {
	lost  bool // tests that decide nothing were left out after threading
	sets  bool // sets were made
	order bool // tests were put in the order that traffic suggests
}

// ordered tells whether tests were put in the order that traffic suggests.
func (p *program) ordered() bool { return p.did.order }

// searched tells whether there are sets.
func (p *program) searched() bool { return p.did.sets }

// longSearched tells whether there are sets in a long list, where one often decides another.
func (p *program) longSearched() bool { return p.did.sets && p.long() }

// programs keeps the memory of programs that are done with, for the next ones:
// allocating it anew took a good part of the time of a short filter.
var programs = sync.Pool{New: func() any { return new(program) }}

// mostKept bounds the nodes of a program whose memory is kept.
const mostKept = 20000

// release gives the memory of the program back. A program that a pass panicked on is left to the collector.
func (p *program) release() {
	if len(p.generated) <= mostKept && len(p.memory.saved) <= 100*mostKept {
		programs.Put(p)
	}
}

// load brings a graph into array form, with its expressions simplified and its
// tests in canonical form.
func load(g *ir.Graph) *program {
	p := programs.Get().(*program)
	p.g, p.x.g = g, g
	p.did = done{}
	p.b.chains = p.b.chains[:0]
	p.memory.saved = p.memory.saved[:0]
	p.root, p.nodes = accept, p.nodes[:0]
	p.changed()
	order := &p.memory.order
	g.Sort(order)
	p.x.info = memory.Zeroed(&p.x.info, g.NumExprs()+16)
	b := p.builder(len(order.Nodes))
	made := memory.Zeroed(&p.memory.made, len(order.Nodes)) // by position in order
	find := func(n *ir.Node) ref { return made[order.Index(n)] }
	for i := len(order.Nodes) - 1; i >= 0; i-- {
		switch n := order.Nodes[i]; n.Kind {
		case ir.Accept:
			made[i] = accept
		case ir.Reject:
			made[i] = reject
		case ir.Test:
			made[i] = b.compare(n.Cmp, p.x.simplify(n.L), p.x.simplify(n.R), find(n.True), find(n.False))
		case ir.Assign:
			made[i] = b.assign(n.Var, p.x.simplify(n.L), find(n.True))
		case ir.Chain:
			made[i] = b.walk(n.Chain, find(n.True), find(n.False))
		}
		if at := made[i]; at > reject {
			b.nodes[at].text = b.nodes[at].text.Join(order.Nodes[i].Text)
		}
	}
	p.take(b, made[0])
	p.generated = append(p.generated[:0], p.nodes...)
	return p
}

// take makes what was built the program, without what cannot be reached.
func (p *program) take(b *builder, root ref) {
	if p.compact && root == p.root && slices.Equal(b.nodes, p.nodes) {
		return // the pass found nothing
	}
	live := memory.Zeroed(&p.memory.live, len(b.nodes))
	live[root] = true
	for n := root; n > reject; n-- {
		if live[n] {
			live[b.nodes[n].t] = true
			live[b.nodes[n].f] = true
		}
	}
	old := p.nodes
	moved := b.moved[:0]
	out := ref(2)
	for n := range b.nodes[:root+1] {
		at := ref(n)
		if at > reject {
			at = out
			if live[n] {
				nd := &b.nodes[out]
				if int(out) != n {
					*nd = b.nodes[n]
				}
				nd.t, nd.f = moved[nd.t], moved[nd.f]
				out++
			}
		}
		moved = append(moved, at)
	}
	b.moved = moved
	p.root = moved[root]
	p.nodes = b.nodes[:max(out, 2)]
	b.nodes = old[:0]
	p.changed()
	p.compact = true
}

// store writes the program back as nodes of the graph, which it gives the parts of
// the expression that they come from, and returns its root.
func (p *program) store() *ir.Node {
	if p.noText {
		return p.storeNodes(nil)[p.root]
	}
	made := p.storeNodes(&texts{of: p.generated})
	inheritText(made)
	return made[p.root]
}

// storeNodes makes nodes of the graph, without their texts if these are nil.
func (p *program) storeNodes(texts *texts) []*ir.Node {
	made := memory.Zeroed(&p.memory.stored, len(p.nodes))
	made[accept], made[reject] = p.g.AcceptNode, p.g.RejectNode
	for i := 2; i < len(p.nodes); i++ {
		n := &p.nodes[i]
		t, f := made[n.t], made[n.f]
		var text ir.Span
		if texts != nil {
			text = texts.text(n)
		}
		switch n.kind {
		case ir.Assign:
			made[i] = p.g.NewAssign(int(n.v), n.e, t)
		case ir.Chain:
			made[i] = p.g.NewChain(*p.b.chains[n.v], t, f)
		case ir.Test:
			if n.r != nil {
				made[i] = p.g.NewTest(ir.Ge, n.e, n.r, t, f)
			} else {
				made[i] = p.storeMember(n, t, f, text)
			}
		}
		if texts != nil && text.Empty() {
			text = t.Text.Join(f.Text)
		}
		made[i].Text = text
	}
	return made
}

// storeMember writes a membership test as comparisons.
func (p *program) storeMember(n *node, t, f *ir.Node, text ir.Span) *ir.Node {
	g := p.g
	switch {
	case n.lo == 0 && n.hi == 0 && n.e.Op == ir.And:
		return g.NewTest(ir.Set, n.e.L, n.e.R, f, t)
	case n.lo == 0 && n.hi == 0 && n.e.Op == ir.Sub:
		return g.NewTest(ir.Eq, n.e.L, n.e.R, t, f)
	case n.lo == n.hi:
		return g.NewTest(ir.Eq, n.e, g.Const(n.lo), t, f)
	case n.hi == math.MaxUint32 && n.lo&(n.lo-1) == 0 && p.x.max(n.e)>>1 < n.lo:
		// The top bit of the value: as a test of a bit it is told apart
		// from other bits of the same byte without arithmetic.
		return g.NewTest(ir.Set, n.e, g.Const(n.lo), t, f)
	case n.hi == math.MaxUint32:
		return g.NewTest(ir.Ge, n.e, g.Const(n.lo), t, f)
	}
	below := g.NewTest(ir.Gt, n.e, g.Const(n.hi), f, t).From(text)
	if n.lo == 0 {
		return below
	}
	return g.NewTest(ir.Ge, n.e, g.Const(n.lo), below, f)
}

// indegrees counts the edges into each node.
func (p *program) indegrees() []int32 {
	if p.tables.known.in {
		return p.tables.in[:len(p.nodes)]
	}
	p.tables.known.in = true
	in := memory.Zeroed(&p.tables.in, len(p.nodes))
	for i := 2; i < len(p.nodes); i++ {
		in[p.nodes[i].t]++
		if p.nodes[i].kind != ir.Assign {
			in[p.nodes[i].f]++
		}
	}
	return in
}

// haves computes, by node, how many bytes were captured if it is reached.
func (p *program) haves() []uint32 {
	if p.tables.known.have {
		return p.tables.have[:len(p.nodes)]
	}
	p.tables.known.have = true
	have := memory.Zeroed(&p.tables.have, len(p.nodes))
	for i := range have {
		have[i] = infinite
	}
	have[p.root] = 0
	for n := p.root; n > reject; n-- {
		nd := &p.nodes[n]
		h := max(have[n], nd.end)
		have[nd.t] = min(have[nd.t], h)
		have[nd.f] = min(have[nd.f], h)
	}
	return have
}

// needs computes builder.need for the program.
func (p *program) needs() []uint32 {
	if p.tables.known.need {
		return p.tables.need[:len(p.nodes)]
	}
	p.tables.known.need = true
	need := memory.Zeroed(&p.tables.need, len(p.nodes))
	need[reject] = infinite
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		need[n] = max(nd.end, min(need[nd.t], need[nd.f]))
	}
	return need
}
