// Package optimizer makes decision graphs smaller and faster to run without
// changing a verdict: not on any packet, and not at any captured length.
//
// # The machine
//
// [Optimize] copies the graph into arrays ([program]), runs the passes of the
// list below over them, then passes that may pay or not ([contest]), and writes
// the best result back. Which is best is a matter of cost: the instructions that
// run on the packets that links are guessed to carry ([traffic]), times the length
// of the program. A wrong guess costs time, never a verdict. In the arrays every test
// of an expression against a constant is a membership test, lo <= e <= hi:
// equalities, comparisons, address prefixes and port ranges become the same
// kind of thing, which is what lets the passes treat a thousand of them as one
// set.
//
// # The law
//
// A load past the captured bytes ends a program with reject, so where loads
// stand is observable. Two numbers decide what may move. have, at a node, is
// how many bytes were surely captured if the node is reached: every path to it
// loaded that far. need is how many bytes must have been captured if the node
// is still to accept: with fewer, each path from it fails a load or rejects
// anyway. A load that ends at or before the larger of the two may be added at
// that place, or dropped from it; no other may. Loads at variable offsets and
// divisions are known to succeed only after they did.
//
// Every pass is one file that states the law it keeps in its first line.
//
// This package is a stage of the compiler. It keeps no compatibility: it changes
// as the compiler needs.
package optimizer

import "bpfc/ir"

// Options tunes Optimize. The zero value is what callers want.
// It is safe for concurrent use as long as nobody changes it.
type Options struct {
	// Trace, if not nil, is shown the graph after each pass. It must not
	// change it.
	Trace func(pass string, g *ir.Graph)
	// Tried, if not nil, is shown the graph that each alternative of the last
	// passes makes, with their names, before one is chosen. It must not change it.
	Tried func(passes string, g *ir.Graph)
	// LongList is how many searches of its own a chain of alternatives must be
	// saved by variables that note what was found (see pull and pair); 0 is
	// the number from which on it pays.
	LongList int
	// Quick leaves out all that may pay or not. It makes programs in half the time that
	// are about as long, but run a tenth more instructions.
	Quick bool
	// Size, if not nil, returns how many instructions a graph will take. Without
	// it the optimizer estimates that.
	Size func(*ir.Graph) int
}

// pass is one step of the optimizer. A pass that is not worthwhile for a
// program, or after what the passes before it did, is skipped.
type pass struct {
	name       string
	run        func(*program)
	worthwhile func(*program) bool // nil: always
	// must: an alternative in which the pass changes nothing is given up.
	must bool
}

// passes that are of use for all programs, in the order in which they run.
var passes = []pass{
	{name: "threading", run: (*program).thread},
	{name: "merging", run: (*program).merge},
	{name: "forwarding", run: (*program).forward, worthwhile: (*program).assigned},
	{name: "threading the merged", run: (*program).thread, worthwhile: (*program).lostTests},
	{name: "merging the threaded", run: (*program).merge, worthwhile: (*program).lostTests},
	{name: "converging", run: (*program).converge, worthwhile: (*program).intertwined},
	{name: "merging the converged", run: (*program).merge, worthwhile: (*program).loose},
	{name: "reaching", run: (*program).reach},
}

// Optimize replaces the root of g by that of an equivalent graph that takes
// fewer instructions. The root becomes g.RejectNode where no packet can match,
// and g.AcceptNode where every packet does.
//
// The graph must be well formed as ir.Verify says. Time and memory grow little
// faster than the graph: passes that look for structure work within a budget
// proportional to its size and leave the rest as it is.
func Optimize(g *ir.Graph, o Options) {
	p := load(g)
	p.longList, p.size = o.LongList, o.Size
	if p.longList == 0 {
		p.longList = longList
	}
	if !p.oneTest() {
		p.runAll(passes, o)
		if p.root > reject {
			p.end(o)
		}
	}
	g.Root = p.store()
	p.release()
}

// oneTest tells whether the program only tests one field: nothing can be made of that.
func (p *program) oneTest() bool {
	return p.root == 2 && p.nodes[2].decides() && p.nodes[2].e.Op == ir.Load
}

func (p *program) runAll(list []pass, o Options) {
	for _, s := range list {
		if p.root <= reject {
			break
		}
		if s.worthwhile != nil && !s.worthwhile(p) {
			continue
		}
		s.run(p)
		if o.Trace != nil {
			p.g.Root = p.store()
			o.Trace(s.name, p.g)
		}
	}
}
