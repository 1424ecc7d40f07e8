package prove

import (
	"context"
	"errors"
	"slices"
	"sync"

	"golang.org/x/net/bpf"

	"bpfc/cbpf"
	"bpfc/ir"
)

// Filter is a filter that can be compared. It is immutable and safe for concurrent use.
type Filter struct {
	// What the filter was given as.
	graph   *ir.Graph
	program []bpf.RawInstruction
	lifted  lifted
	merge   func() *lifted // makes the merged one when it is first asked for, see merge.go; nil if there is none
	problem string         // why it could not be lifted
	how     combination
	of      []*Filter // what it is made of
}

// DefaultBound is how many protocol headers a walk of headers (protochain) is
// followed. What filters say of packets with more is left out.
const DefaultBound = 4

// FromGraph takes a decision graph as it is, from the code generator or the optimizer.
// The graph must not be changed afterwards. The error is that of [ir.Verify].
func FromGraph(g *ir.Graph) (*Filter, error) {
	if err := ir.Verify(g); err != nil {
		return nil, err
	}
	kept := *g // whoever gives the graph another root does not change this filter
	f := &Filter{graph: &kept}
	f.liftGraph()
	return f, nil
}

// FromProgram takes a classic program, whoever compiled it. It is copied. The error is
// a *[cbpf.ValidateError]: what libpcap's validator refuses has no meaning.
func FromProgram(code []bpf.RawInstruction) (*Filter, error) {
	if err := cbpf.Validate(code, cbpf.ModeUserland); err != nil {
		return nil, err
	}
	f := &Filter{program: slices.Clone(code)}
	f.lift(func(b *budget) lifted { return liftProgram(f.program, DefaultBound, b) })
	return f, nil
}

// liftGraph lifts the graph of a filter. Where that makes too much of too many contents of the variables, some of them are followed: of
// those, packets are found; that there are none of a kind, the merged filter tells.
func (f *Filter) liftGraph() {
	g := f.graph
	lift := func(most int) func(b *budget) lifted {
		return func(b *budget) lifted { return liftGraph(g, DefaultBound, most, b) }
	}
	if !mergeable(g) {
		f.lift(lift(0))
		return
	}
	f.merge = sync.OnceValue(func() (m *lifted) {
		_ = within(func() {
			merged := mergeGraph(g, newBudget(context.Background(), Options{}))
			m = &merged
		})
		return m
	})
	nodes := manySteps + stepsEach*len(g.Order().Nodes)
	if within(func() { f.lifted = lift(0)(newBudget(context.Background(), Options{Nodes: nodes})) }) != nil {
		f.lift(lift(fewContents))
	}
}

const (
	manySteps   = 20_000 // that lifting a graph may make,
	stepsEach   = 8      // and how many more for each of its nodes,
	fewContents = 6      // before no more contents of its variables than these are followed
)

func (f *Filter) lift(how func(*budget) lifted) {
	err := within(func() { f.lifted = how(newBudget(context.Background(), Options{})) })
	if err != nil {
		f.problem = err.Error()
	}
}

// within runs f, and returns why it gave up.
func within(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s, ok := r.(spent)
			if !ok {
				panic(r)
			}
			err = errors.New(s.reason)
		}
	}()
	f()
	return nil
}

// Bound is how many protocol headers the filter is followed in its walks, 0 if it has none.
func (f *Filter) Bound() int { return f.lifted.bound }

// Packet is what filters decide about.
// It is safe for concurrent use as long as nobody changes it.
type Packet struct {
	Data    []byte // as captured
	WireLen uint32 // length on the wire, in bytes; not below len(Data)
	// Ancillary is the metadata that Linux knows of the packet, by offset (see package
	// cbpf). What is missing is 0.
	Ancillary map[uint32]uint32
}

// Run decides about a packet with this package's own evaluators, which follow the
// filter as it was given.
func (f *Filter) Run(p Packet) bool {
	switch {
	case f.how == anyOf:
		return slices.ContainsFunc(f.of, func(g *Filter) bool { return g.Run(p) })
	case f.how == allOf:
		return !slices.ContainsFunc(f.of, func(g *Filter) bool { return !g.Run(p) })
	case f.graph != nil:
		return runGraph(f.graph, p)
	}
	return runProgram(f.program, p)
}
