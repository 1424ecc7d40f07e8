// Package ir is the decision graph between the code generator and the emitter.
//
// A [Graph] is an acyclic graph of [Node]s with one root. Running it on a
// packet starts at the root and ends at an Accept or a Reject node:
//
//   - a Test node compares two expressions, unsigned, and goes to True or
//     False;
//   - an Assign node gives a path variable the value of an expression and goes
//     to True;
//   - a Chain node walks the protocol headers of one IP packet, looking for a
//     protocol number (protochain of pcap-filter(7)), and goes to True or
//     False. It is the only node that needs a loop when it is emitted.
//
// An [Expr] is a pure 32-bit unsigned number: a constant, the packet's length
// on the wire, packet data, metadata of a Linux socket buffer, a path variable
// or arithmetic on those. Expressions are interned: within one Graph, equal
// expressions are the same pointer. They are never changed.
//
// # Failure
//
// Packet data past the captured bytes cannot be read, and a division by zero
// has no value. A node whose expressions need such a value ends the run with
// reject, wherever the node stands; see [Expr.Fails]. All expressions of a
// node are evaluated when the node is reached, so within a node their order
// makes no difference, but between nodes it does: a pass may drop, add or move
// an evaluation only where that changes no verdict on any packet of any
// captured length.
//
// # Path variables
//
// Variables are numbered from 0 to Vars-1 and may be assigned any number of times
// on a path. They hold what a path has decided and a later expression needs, such
// as where the payload starts. Before the first assignment they are 0, but only of
// a variable made with [Graph.NewZeroVar] is that meant: any other must be
// assigned on every path to a node that reads it, or [Verify] refuses the graph.
//
// Accumulator, index register, scratch memory, jump distances and the order of
// instructions do not exist here; package emit makes them.
//
// This package is a stage of the compiler. It keeps no compatibility: it changes
// as the compiler needs.
package ir

import (
	"strings"
	"sync"
)

// Op is the kind of an expression.
// It is a value, and so safe for concurrent use.
type Op uint8

// The kinds. Arithmetic wraps around at 32 bits. A shift by 32 or more gives
// 0. A division or remainder by zero fails.
const (
	Const Op = iota // K
	Len             // length on the wire, bytes
	Load            // Size bytes at offset K, or at K + L if L is not nil, in network byte order
	Anc             // Linux ancillary data: offset K (0xfffff000 and up), loaded with Size
	Var             // path variable K
	Add             // L + R
	Sub             // L - R
	Mul             // L * R
	Div             // L / R
	Mod             // L % R
	And             // L & R
	Or              // L | R
	Xor             // L ^ R
	Lsh             // L << R
	Rsh             // L >> R
	Neg             // -L
)

// Expr is an interned expression of one Graph. Do not change it.
// It is safe for concurrent use as long as nobody changes it.
type Expr struct {
	Op   Op
	Size uint8 // Load and Anc: 1, 2 or 4 bytes
	// fails and vars summarize the tree below.
	fails, vars bool
	K           uint32 // Const: value; Load: offset; Anc: ancillary offset; Var: number
	L, R        *Expr  // operands; of Load, L is the variable part of the offset or nil
	// ID numbers the expressions of a Graph in the order of their making, so
	// an operand's ID is below its user's.
	ID int
}

// Fails tells whether evaluating e can end the run: whether it holds a Load,
// or a division whose divisor is not a constant other than 0. (A Load fails if
// its offset, computed without wrap-around, plus its size lies past the
// captured bytes.)
func (e *Expr) Fails() bool { return e.fails }

// UsesVars tells whether e reads a path variable.
func (e *Expr) UsesVars() bool { return e.vars }

// IsConst tells whether e is the constant k.
func (e *Expr) IsConst(k uint32) bool { return e.Op == Const && e.K == k }

// Cmp is the comparison of a Test node.
// It is a value, and so safe for concurrent use.
type Cmp uint8

// The comparisons, unsigned.
const (
	Eq  Cmp = iota // L == R
	Gt             // L > R
	Ge             // L >= R
	Set            // L & R != 0
)

// Kind is the kind of a node.
// It is a value, and so safe for concurrent use.
type Kind uint8

// The kinds.
const (
	Test Kind = iota
	Assign
	Chain
	Accept
	Reject
)

// Node is a step of the decision. Which fields are used depends on Kind.
// It is safe for concurrent use as long as nobody changes it.
type Node struct {
	Kind        Kind
	Cmp         Cmp
	num         int32 // numbers the nodes of a Graph in the order of their making
	L, R        *Expr // Test: what is compared; Assign: L is the value
	Var         int   // Assign: the variable
	Chain       *ChainInfo
	True, False *Node // successors; Assign has only True
	// Text is the part of the expression that the node comes from. It is empty
	// where no single part asked for the node, as with what measures a
	// variable link-layer header at the start of a program.
	Text Span
}

// Span is a part of the text of an expression: bytes Pos to End, End excluded.
// It is safe for concurrent use as long as nobody changes it.
type Span struct{ Pos, End int32 }

// Empty tells whether s holds no text.
func (s Span) Empty() bool { return s.End <= s.Pos }

// of returns the part of text that s is, "" where text has no such part. A long one
// is cut in the middle.
func (s Span) of(text string) string {
	if s.Empty() || s.Pos < 0 || int(s.End) > len(text) {
		return ""
	}
	const most, end = 60, 28 // bytes shown, and of each end of what is longer
	part := text[s.Pos:s.End]
	if len(part) > most {
		part = part[:end] + " … " + part[len(part)-end:]
	}
	return strings.ToValidUTF8(part, "")
}

// Join returns the shortest part that holds both; an empty one adds nothing.
func (s Span) Join(t Span) Span {
	switch {
	case s.Empty():
		return t
	case t.Empty():
		return s
	}
	return Span{min(s.Pos, t.Pos), max(s.End, t.End)}
}

// ChainInfo describes a Chain node. The caller has made sure that the packet
// is IP of that version.
//
// The walk starts with the protocol field of the IP header (byte 9 of IPv4, 6
// of IPv6) and the header's end (IPv4: four times the low nibble of its first
// byte; IPv6: 40). While the current protocol is neither Proto nor 59 (no next
// header): for IPv6, at hop-by-hop (0), destination options (60), routing (43)
// and fragment (44) headers, the next protocol is the byte at the position,
// and the position advances by 8 times (byte at position + 1, plus 1); at an
// authentication header (51), the next protocol is the byte at the position,
// and the position becomes 4 times (byte at position + 1, plus 2); anything
// else ends the walk. The result is whether the current protocol is Proto.
// (That the position does not advance but is set at an authentication header
// is what libpcap does.)
// It is safe for concurrent use as long as nobody changes it.
type ChainInfo struct {
	IPv6  bool
	Base  uint32 // offset of the IP header, bytes
	Proto uint32 // protocol number looked for
}

// Graph is a decision graph and the table of its expressions.
// It is safe for concurrent use as long as nobody makes or changes nodes and expressions of it.
type Graph struct {
	Root *Node
	// Vars is the number of path variables.
	Vars int
	// ZeroVars tells, by variable, which mean 0 where a path has not assigned
	// them; those behind its end do not.
	ZeroVars []bool
	// KeepShape asks the optimizer's caller to leave the graph as it is: it
	// walks protocol headers, or finds where a Geneve or an 802.11 payload
	// starts. libpcap does not optimize such programs either, and in the same
	// shape they can be proved equal to its.
	KeepShape bool
	// AcceptNode and RejectNode are the only leaves.
	AcceptNode, RejectNode *Node

	list     []*Expr // by ID
	index    []int32 // open-addressing hash table of 1 + ID; 0 is an empty place
	numNodes int
	nodes    []Node // arena
	exprMem  []Expr // arena
}

// How many nodes and expressions a graph has room for at first, most filters
// need no more, and the most that a released graph keeps room for.
const (
	firstNodes = 24
	firstExprs = 32
	mostNodes  = 1024
	mostExprs  = 256
)

// graphs keeps the memory of graphs that were released.
var graphs = sync.Pool{New: func() any {
	return &Graph{list: make([]*Expr, 0, firstExprs), index: make([]int32, 2*firstExprs), exprMem: make([]Expr, 0, firstExprs)}
}}

// New returns a graph that has only its leaves and no root.
func New() *Graph {
	g := graphs.Get().(*Graph)
	g.AcceptNode = g.node(Accept)
	g.RejectNode = g.node(Reject)
	return g
}

// Release gives the memory of the graph to graphs that are made later. It is for who knows that nothing refers to the
// graph, its nodes and its expressions any more; where it is not called, the memory is collected as all other.
func (g *Graph) Release() {
	if cap(g.nodes) > mostNodes || cap(g.exprMem) > mostExprs || len(g.index) > 2*mostExprs {
		return
	}
	clear(g.nodes)
	clear(g.exprMem)
	clear(g.list)
	clear(g.index)
	*g = Graph{nodes: g.nodes[:0], exprMem: g.exprMem[:0], list: g.list[:0], index: g.index, ZeroVars: g.ZeroVars[:0]}
	graphs.Put(g)
}

// NewVar returns the number of a new path variable, which must be assigned
// before it is read.
func (g *Graph) NewVar() int {
	g.ZeroVars = g.ZeroVars[:min(g.Vars, len(g.ZeroVars))] // Vars may have been set back
	g.Vars++
	return g.Vars - 1
}

// NewZeroVar returns the number of a new path variable that means 0 on paths
// that have not assigned it.
func (g *Graph) NewZeroVar() int {
	v := g.NewVar()
	for len(g.ZeroVars) < v {
		g.ZeroVars = append(g.ZeroVars, false)
	}
	g.ZeroVars = append(g.ZeroVars, true)
	return v
}

// MeansZero tells whether path variable v was made with NewZeroVar.
func (g *Graph) MeansZero(v int) bool { return v < len(g.ZeroVars) && g.ZeroVars[v] }

// NumExprs returns how many expressions were made; their IDs are below it.
func (g *Graph) NumExprs() int { return len(g.list) }

func (g *Graph) node(kind Kind) *Node {
	at := len(g.nodes)
	if at == cap(g.nodes) {
		g.nodes, at = make([]Node, 0, min(max(firstNodes, 2*cap(g.nodes)), 4096)), 0
	}
	g.nodes = g.nodes[:at+1]
	n := &g.nodes[at]
	*n = Node{Kind: kind, num: int32(g.numNodes)}
	g.numNodes++
	return n
}

// NewTest returns a node that compares l with r.
func (g *Graph) NewTest(c Cmp, l, r *Expr, t, f *Node) *Node {
	n := g.node(Test)
	n.Cmp, n.L, n.R, n.True, n.False = c, l, r, t, f
	return n
}

// NewAssign returns a node that sets variable v to e.
func (g *Graph) NewAssign(v int, e *Expr, next *Node) *Node {
	n := g.node(Assign)
	n.Var, n.L, n.True = v, e, next
	return n
}

// NewChain returns a node that walks protocol headers.
func (g *Graph) NewChain(c ChainInfo, t, f *Node) *Node {
	g.KeepShape = true
	n := g.node(Chain)
	n.Chain, n.True, n.False = &c, t, f
	return n
}

// From says which part of the text a node comes from, and returns the node.
func (n *Node) From(s Span) *Node {
	n.Text = s
	return n
}

func (g *Graph) intern(op Op, size uint8, k uint32, l, r *Expr) *Expr {
	place := g.place(op, size, k, l, r)
	if id := g.index[place]; id != 0 {
		return g.list[id-1]
	}
	at := len(g.exprMem)
	if at == cap(g.exprMem) {
		g.exprMem, at = make([]Expr, 0, min(2*cap(g.exprMem), 4096)), 0
	}
	g.exprMem = g.exprMem[:at+1] // what has not been in use is zero
	e := &g.exprMem[at]
	e.Op, e.Size, e.K, e.L, e.R, e.ID = op, size, k, l, r, len(g.list)
	for _, c := range [2]*Expr{l, r} {
		if c != nil {
			e.fails = e.fails || c.fails
			e.vars = e.vars || c.vars
		}
	}
	switch {
	case op == Load, (op == Div || op == Mod) && (r.Op != Const || r.K == 0):
		e.fails = true
	case op == Var:
		e.vars = true
	}
	g.list = append(g.list, e)
	g.index[place] = int32(len(g.list))
	if 4*len(g.list) >= 3*len(g.index) {
		g.rehash()
	}
	return e
}

// place returns where in the index an expression stands, or where it is to
// stand if it was not made yet.
func (g *Graph) place(op Op, size uint8, k uint32, l, r *Expr) uint32 {
	mask := uint32(len(g.index) - 1)
	for h := hash(op, size, k, l, r); ; h++ {
		id := g.index[h&mask]
		if id == 0 {
			return h & mask
		}
		if e := g.list[id-1]; e.K == k && e.Op == op && e.Size == size && e.L == l && e.R == r {
			return h & mask
		}
	}
}

func (g *Graph) rehash() {
	g.index = make([]int32, 2*len(g.index))
	for _, e := range g.list {
		g.index[g.place(e.Op, e.Size, e.K, e.L, e.R)] = int32(e.ID) + 1
	}
}

func hash(op Op, size uint8, k uint32, l, r *Expr) uint32 {
	h := uint64(op)<<8 | uint64(size) | uint64(k)<<32
	for _, e := range [2]*Expr{l, r} {
		h *= 0x9e3779b97f4a7c15
		h ^= h >> 32
		if e != nil {
			h += uint64(e.ID) + 1
		}
	}
	h *= 0x9e3779b97f4a7c15
	return uint32(h >> 32)
}

// Const returns the constant k.
func (g *Graph) Const(k uint32) *Expr { return g.intern(Const, 0, k, nil, nil) }

// Len returns the packet's length on the wire.
func (g *Graph) Len() *Expr { return g.intern(Len, 0, 0, nil, nil) }

// VarRef returns path variable v.
func (g *Graph) VarRef(v int) *Expr { return g.intern(Var, 0, uint32(v), nil, nil) }

// Anc returns Linux ancillary data at offset k.
func (g *Graph) Anc(size uint8, k uint32) *Expr { return g.intern(Anc, size, k, nil, nil) }

// maxOffset bounds the offsets that are folded into the constant part of a
// Load: no captured packet reaches further, and no sum of two of them wraps
// around or turns into an ancillary offset.
const maxOffset = 1 << 30

// Load returns size bytes at offset k, or at k + x if x is not nil. A constant
// x is folded into k unless that would wrap around or reach the ancillary
// offsets; such a load always fails and stays as it is.
func (g *Graph) Load(size uint8, k uint32, x *Expr) *Expr {
	if x != nil && x.Op == Const && k < maxOffset && x.K < maxOffset {
		k += x.K
		x = nil
	}
	return g.intern(Load, size, k, x, nil)
}

// Bin returns l op r with constants folded. It folds no operand away that can
// fail.
func (g *Graph) Bin(op Op, l, r *Expr) *Expr {
	if l.Op == Const && r.Op == Const {
		if v, ok := Eval(op, l.K, r.K); ok {
			return g.Const(v)
		}
	}
	return g.intern(op, 0, 0, l, r)
}

// Neg returns -l.
func (g *Graph) Neg(l *Expr) *Expr {
	if l.Op == Const {
		return g.Const(-l.K)
	}
	return g.intern(Neg, 0, 0, l, nil)
}

// Eval computes a op b; ok is false for a division by zero and for anything
// that is not an arithmetic operator on two operands.
func Eval(op Op, a, b uint32) (v uint32, ok bool) {
	switch op {
	case Add:
		return a + b, true
	case Sub:
		return a - b, true
	case Mul:
		return a * b, true
	case Div:
		if b == 0 {
			return 0, false
		}
		return a / b, true
	case Mod:
		if b == 0 {
			return 0, false
		}
		return a % b, true
	case And:
		return a & b, true
	case Or:
		return a | b, true
	case Xor:
		return a ^ b, true
	case Lsh:
		return a << b, true // Go gives 0 for b >= 32
	case Rsh:
		return a >> b, true
	}
	return 0, false
}

// Holds tells whether a c b.
func (c Cmp) Holds(a, b uint32) bool {
	switch c {
	case Eq:
		return a == b
	case Gt:
		return a > b
	case Ge:
		return a >= b
	default:
		return a&b != 0
	}
}
