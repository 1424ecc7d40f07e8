package emit

import (
	"sync"

	"golang.org/x/net/bpf"

	"bpfc/internal/memory"
	"bpfc/ir"
)

// The leaves are blocks too, with these numbers.
const (
	rejectBlock = 0
	acceptBlock = 1
)

// inst is one instruction before scratch memory is assigned. In instructions
// that access scratch memory k is a slot, not a word.
type inst struct {
	code   uint16
	jt, jf uint8 // distances within the block, of the jumps in a header walk
	k      uint32
}

// block is the code of one node. It ends in a comparison of A (jump is a
// BPF_JMP code), or goes on to t (jump is 0).
type block struct {
	node *ir.Node // nil if the block is none's
	code []inst
	jump uint16
	// unreached: nothing leads here any more, as a test on the way is decided.
	unreached bool
	k         uint32
	t, f      int32 // block numbers; f is -1 if jump is 0
	// same is the equal block that stands for this one, 0 if there is none.
	same int32
	// captured is what facts.captured is at the end.
	captured uint32
}

// program is a graph on its way to bytecode.
type program struct {
	g *ir.Graph
	// blocks: the two leaves, then the nodes in topological order.
	blocks []block
	// rootAt is the block that the program starts with.
	rootAt int32
	// order is the blocks but for the leaves as they stand in the program.
	order []int32
	// slots counts the slots of scratch memory: those below vars are the homes
	// of the path variables, the others are temporaries of one block.
	slots, vars int
	// words are the words of scratch memory of the slots.
	words []int32
	// clear lists the slots that must be 0 when the program starts.
	clear []uint32
	exprs []exprInfo
	// refs has the expression that reads each path variable, nil if there is none.
	refs []*ir.Expr
	// zero is the constant 0 if the graph uses it.
	zero *ir.Expr
	// loadsAt has the loads whose variable offset is just that path variable.
	loadsAt [][]*ir.Expr
	// wantX is, for every block, the expression that X is wanted for first
	// from there on, nil if none is or if paths differ.
	wantX []*ir.Expr
	// conflict stands in wantX for what differs.
	conflict ir.Expr
	// live has what is live at the starts of the blocks that are nodes'.
	live []liveSet
	// memory is for the stages of the next program.
	memory struct {
		todo, number, rows, post, table, gotos, last []int32
		live                                         []liveSet
		facts                                        []facts
		insts                                        []inst
		often                                        []float32
		seen                                         []bool
		places                                       []int
		known                                        []uint16
		sorted                                       ir.Order
		before                                       predecessors
		out                                          []bpf.RawInstruction
	}
}

// programs keeps the memory of programs that are written.
var programs = sync.Pool{New: func() any { return new(program) }}

// mostKept bounds the blocks of a program whose memory is kept.
const mostKept = 20000

// release gives the memory of the program back. A program that something went wrong with is left to the collector.
func (p *program) release() {
	if len(p.blocks) <= mostKept {
		programs.Put(p)
	}
}

// newProgram makes a block for every node that can be reached from the root.
func newProgram(g *ir.Graph) *program {
	p := programs.Get().(*program)
	o := &p.memory.sorted
	g.Sort(o)
	p.g, p.vars, p.slots, p.zero = g, g.Vars, g.Vars, nil
	p.clear, p.words = p.clear[:0], p.words[:0]
	p.blocks = memory.Room(&p.blocks, len(o.Nodes)+2)[:2]
	p.blocks[rejectBlock] = block{node: g.RejectNode, t: -1, f: -1}
	p.blocks[acceptBlock] = block{node: g.AcceptNode, t: -1, f: -1}
	number := memory.Room(&p.memory.number, len(o.Nodes)) // block numbers by position in the order
	next := int32(2)
	for i, n := range o.Nodes {
		switch n {
		case g.RejectNode:
			number[i] = rejectBlock
		case g.AcceptNode:
			number[i] = acceptBlock
		default:
			number[i] = next
			next++
		}
	}
	for _, n := range o.Nodes {
		t, f := n.Succs()
		if t == nil {
			continue
		}
		b := block{node: n, t: number[o.Index(t)], f: -1}
		if f != nil {
			b.f = number[o.Index(f)]
		}
		p.blocks = append(p.blocks, b)
	}
	p.rootAt = number[0]
	p.exprs = memory.Zeroed(&p.exprs, g.NumExprs())
	p.refs = memory.Zeroed(&p.refs, g.Vars)
	p.loadsAt = memory.Room(&p.loadsAt, g.Vars)
	for v := range p.loadsAt {
		p.loadsAt[v] = p.loadsAt[v][:0]
	}
	for _, n := range o.Nodes {
		if n.L != nil {
			p.info(n.L)
		}
		if n.R != nil {
			p.info(n.R)
		}
	}
	return p
}

// isChain tells whether the block is the loop of a header walk.
func (b *block) isChain() bool { return b.node != nil && b.node.Kind == ir.Chain }
