// Package optimizer makes decision graphs smaller and faster to run without
// changing a verdict: not on any packet, and not at any captured length.
//
// # The machine
//
// [Optimize] copies the graph into arrays ([program]), runs the passes of the
// list below over them, then the best of the endings, and writes the result
// back. Which ending is best is a matter of cost: the instructions that run on
// the packets that links are guessed to carry ([traffic]), and the length of the
// program. A wrong guess costs time, never a verdict. In the arrays every test
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
package optimizer

import (
	"slices"

	"bpfc/ir"
)

// Options tunes Optimize. The zero value is what callers want.
type Options struct {
	// Trace, if not nil, is shown the graph after each pass. It must not
	// change it.
	Trace func(pass string, g *ir.Graph)
	// LongList is how many searches of its own a chain of alternatives must be
	// saved by variables that note what was found (see pull and pair); 0 is
	// the number from which on it pays.
	LongList int
}

// pass is one step of the optimizer. A pass that is not worthwhile for a
// program, or after what the passes before it did, is skipped.
type pass struct {
	name       string
	run        func(*program)
	worthwhile func(*program) bool // nil: always
}

// passes in the order in which they run.
var passes = []pass{
	{name: "threading", run: (*program).thread},
	{name: "merging", run: (*program).merge},
	{name: "threading the merged", run: (*program).thread, worthwhile: (*program).lostTests},
	{name: "merging the threaded", run: (*program).merge, worthwhile: (*program).lostTests},
	{name: "converging", run: (*program).converge, worthwhile: (*program).repeated},
	{name: "merging the converged", run: (*program).merge, worthwhile: (*program).repeated},
	{name: "reaching", run: (*program).reach},
	{name: "sets", run: (*program).sets, worthwhile: (*program).scattered},
	{name: "switches beside the sets", run: (*program).switches, worthwhile: (*program).searched},
	{name: "threading the sets", run: (*program).thread, worthwhile: (*program).searched},
	{name: "merging the sets", run: (*program).merge, worthwhile: (*program).searched},
	{name: "switches", run: (*program).switches},
	{name: "bisecting", run: (*program).bisect},
}

// What follows depends on whether tests are put in order before or after fields
// become words. Which gives the better program is seen when it is there.
var (
	likelyFirst = []pass{likelyPass, orderPass, wordsPass, guardsPass, frontsPass, rejoinPass, sharePass}
	wordsOnly   = []pass{wordsPass, orderPass, guardsPass, frontsPass, sharePass}
	wordsFirst  = []pass{wordsPass, likelyPass, orderPass, guardsPass, frontsPass, rejoinPass, sharePass}

	wordsPass  = pass{name: "words", run: (*program).words}
	likelyPass = pass{name: "likely first", run: (*program).likely}
	orderPass  = pass{name: "ordering", run: (*program).order}
	guardsPass = pass{name: "guards", run: (*program).guards}
	frontsPass = pass{name: "fronts", run: (*program).fronts}
	rejoinPass = pass{name: "rejoining", run: (*program).rejoin, worthwhile: (*program).reordered}
	sharePass  = pass{name: "sharing", run: (*program).share}
)

// Optimize replaces the root of g by that of an equivalent graph that takes
// fewer instructions. The root becomes g.RejectNode where no packet can match,
// and g.AcceptNode where every packet does.
//
// The graph must be well formed as ir.Verify says. Time and memory grow little
// faster than the graph: passes that look for structure work within a budget
// proportional to its size and leave the rest as it is.
func Optimize(g *ir.Graph, o Options) {
	p := load(g)
	p.longList = o.LongList
	if p.longList == 0 {
		p.longList = longList
	}
	p.runAll(passes, o)
	if p.root > reject {
		p.end(o)
	}
	g.Root = p.store()
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

// end runs the best of the endings.
func (p *program) end(o Options) {
	start := p.save()
	better := p.try(start)
	if o.Trace != nil {
		p.restore(start)
		p.runAll(better, o)
	}
}

// try runs the endings that may be the best and returns the one that made the
// program that it leaves.
func (p *program) try(start saved) []pass {
	if root := &p.nodes[p.root]; len(p.nodes) <= fewOrdered && root.t > reject && root.f > reject {
		p.runAll(wordsOnly, Options{})
		return wordsOnly
	}
	p.likely()
	moved, gain := p.save(), p.did.gain
	p.restore(start)
	if gain < worthOrdering {
		p.runAll(wordsOnly, Options{})
		return wordsOnly
	}
	p.runAll(wordsFirst, Options{})
	if gain < worthTrying {
		return wordsFirst
	}
	cost, made := p.cost(), p.save()
	p.restore(moved)
	p.runAll(likelyFirst[1:], Options{})
	if p.cost() < cost {
		return likelyFirst
	}
	p.restore(made)
	return wordsFirst
}

// fewOrdered is how many nodes a program of two ways, one for IPv4 and one for
// IPv6, may have for its order to be left alone: it saves too little there for
// the time that finding it takes.
const fewOrdered = 0

// How many instructions per packet the order of the tests must save for it to be
// tried at all, and for it to be tried before words are made.
const (
	worthOrdering = 0.7
	worthTrying   = 1
)

// saved is a program set aside.
type saved struct {
	nodes []node
	root  ref
	vars  int
	did   done
}

func (p *program) save() saved { return saved{slices.Clone(p.nodes), p.root, p.g.Vars, p.did} }

func (p *program) restore(s saved) {
	p.nodes = append(p.nodes[:0], s.nodes...)
	p.root, p.g.Vars, p.did = s.root, s.vars, s.did
}

// cost is how many instructions run on a packet, plus the program's own number
// of them by what one is worth.
func (p *program) cost() float32 {
	t := newTraffic(p)
	freq := t.frequencies()
	held := p.held()
	run, size := float32(0), float32(0)
	for n := 2; n < len(p.nodes); n++ {
		nd := &p.nodes[n]
		c := float32(1)
		if nd.kind == ir.Test {
			c = comparing(nd)
			if held[n] != nd.e {
				c += t.loading(nd.e)
			}
		}
		run += c * freq[n].sum()
		size += c
	}
	return run + instruction*size
}
