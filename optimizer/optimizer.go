// Package optimizer makes decision graphs smaller and faster to run without
// changing a verdict: not on any packet, and not at any captured length.
//
// # The machine
//
// [Optimize] copies the graph into arrays ([program]), runs the passes of the
// list below over them, one after the other, and writes the result back. A pass that
// may pay or not is weighed ([program.weigh]): what it did is taken back unless the
// program is guessed to cost less by it. The cost is the instructions that
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
// # The files
//
// Every file states the law that it keeps in its first line.
//
// The program: program.go has the arrays and what has surely been captured, builder.go makes nodes from the leaves up
// (hash consing), exprs.go simplifies and measures expressions, canon.go brings tests into canonical form, vars.go knows which
// variables are read, and text.go which part of the filter a node comes from.
//
// What passes go by: facts.go is what is known on one way through the program, regions.go finds parts that are entered and left
// at one place (links, and chains of them), traffic.go guesses packets, cost.go counts instructions, and weigh.go keeps a
// pass or takes it back.
//
// First, tests go whose outcome is known: thread.go (jump threading), forward.go (variables that are read once), converge.go
// (tests between places that all ways lead to).
//
// Then tests of one expression become searches: sets.go finds chains of them and puts members in order, elements.go tells
// which of them may run on their own, sweep.go gives each value its target, tree.go makes the search, pending.go and pairs.go note in variables
// what was found where a later member may still end the run, and switches.go makes searches of what has targets of its own.
//
// Last comes what may pay or not: lift.go (tests that several parts make are made once before them), bisect.go (a comparison before
// several values), likely.go (the likeliest test first), order.go (the value at hand first), words.go and guards.go (several tests
// in one word under a mask), fronts.go (what two values lead to alike), zeros.go (two values that differ in a bit), masks.go (prefixes
// without their low bits), share.go (parts that differ in what they look at), index.go (a header's length once for all).
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
	// Tried, if not nil, is shown the graph that each pass that is weighed makes, with its
	// name, before it is kept or taken back. It must not change it.
	Tried func(pass string, g *ir.Graph)
	// LongList is how many searches of its own a chain of alternatives must be
	// saved by variables that note what was found (see pull and pair); 0 is
	// the number from which on it pays.
	LongList int
	// Quick leaves out the passes that take longest. It makes programs in three quarters of the time that
	// are about as long, but run a tenth more instructions.
	Quick bool
	// NoText leaves the nodes without the text that they come from, which takes less time.
	NoText bool
}

// pass is one step of the optimizer. A pass that is not worthwhile for a
// program, or after what the passes before it did, is skipped.
type pass struct {
	name       string
	run        func(*program)
	worthwhile func(*program) bool // nil: always
	// pays, if not 0: what the pass did is kept only if the program costs less than this many times as much
	// as before.
	pays float32
	then []pass // the passes that come next, run on both programs for the comparison alone
	slow bool   // Options.Quick leaves it out
}

// passes in the order in which they run, with setPasses and ending behind them.
var passes = []pass{
	{name: "threading", run: (*program).thread},
	{name: "merging", run: (*program).merge},
	{name: "forwarding", run: (*program).forward, worthwhile: (*program).assigned},
	{name: "converging", run: (*program).converge, worthwhile: (*program).intertwined},
	{name: "merging the converged", run: (*program).merge, worthwhile: (*program).loose},
	// In a long list the sets may find more where tests that all its members make were made before.
	{name: "lifting before sets", run: (*program).lift, worthwhile: (*program).long, pays: 1, then: setPasses, slow: true},
}

// setPasses make searches of tests of one expression.
var setPasses = []pass{
	{name: "sets", run: (*program).sets, worthwhile: (*program).scattered},
	{name: "switches beside the sets", run: (*program).switches, worthwhile: (*program).searched},
	{name: "threading the sets", run: (*program).thread, worthwhile: (*program).longSearched},
	{name: "merging the sets", run: (*program).merge, worthwhile: (*program).longSearched},
	{name: "switches", run: (*program).switches},
}

// ending are the passes that come last.
var ending = []pass{
	// What is shared later makes up for a little that lifting costs.
	{name: "lifting", run: (*program).lift, worthwhile: (*program).short, pays: 1.05, slow: true},
	{name: "bisecting", run: (*program).bisect, pays: 1},
	{name: "likely first", run: (*program).likely, worthwhile: (*program).worthOrdering, slow: true},
	{name: "threading the ordered", run: (*program).thread, worthwhile: (*program).ordered},
	{name: "merging the ordered", run: (*program).merge, worthwhile: (*program).ordered},
	{name: "ordering", run: (*program).order},
	{name: "words", run: (*program).words},
	{name: "guards", run: (*program).guards},
	{name: "fronts", run: (*program).fronts},
	{name: "zeros", run: (*program).zeros},
	{name: "masks", run: (*program).masks, pays: 1},
	{name: "sharing", run: (*program).share},
	{name: "indexing", run: (*program).index, pays: 1, slow: true},
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
	p.longList, p.noText = o.LongList, o.NoText
	if p.longList == 0 {
		p.longList = longList
	}
	if !p.oneTest() {
		for _, list := range [...][]pass{passes, setPasses, ending} {
			p.runAll(list, o)
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
	for i := range list {
		s := &list[i]
		if p.root <= reject {
			break
		}
		if s.slow && o.Quick || s.worthwhile != nil && !s.worthwhile(p) {
			continue
		}
		if s.pays > 0 {
			p.weigh(s, o)
		} else {
			s.run(p)
		}
		if o.Trace != nil {
			p.g.Root = p.store()
			o.Trace(s.name, p.g)
		}
	}
}

// A program of more than longProgram nodes before the sets is a long list. The tests that its members share are
// made before them there; of others, the sets are made first, which leaves less to do. The families of
// lists in the tests are what this is for.
const longProgram = 100

func (p *program) long() bool  { return len(p.nodes) > longProgram }
func (p *program) short() bool { return len(p.nodes) <= longProgram }

// orderingGain is how many instructions a packet must save by tests in the order that traffic suggests, for each
// node of the program, whose parts are less alike then and can share less. Of 0.05 to 0.12, this makes the product of
// length and instructions run least on the filters of testdata/practical.txt.
const orderingGain = 0.08

// worthOrdering tells whether putting tests in the order that traffic suggests saves enough.
func (p *program) worthOrdering() bool {
	return p.planned().gain >= orderingGain*float32(len(p.nodes))
}
