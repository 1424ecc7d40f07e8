// Package optimizer makes decision graphs smaller and faster to run without
// changing a verdict: not on any packet, and not at any captured length.
//
// # The machine
//
// [Optimize] copies the graph into arrays ([program]), runs the passes of the
// list below over them, then the best of the endings, and writes the result
// back. Which ending is best is a matter of cost: the instructions that run on
// the packets that links are guessed to carry ([traffic]), times the length of the
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
	"math"
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
}

// passes in the order in which they run.
var passes = []pass{
	{name: "threading", run: (*program).thread},
	{name: "merging", run: (*program).merge},
	{name: "forwarding", run: (*program).forward, worthwhile: (*program).assigned},
	{name: "threading the merged", run: (*program).thread, worthwhile: (*program).lostTests},
	{name: "merging the threaded", run: (*program).merge, worthwhile: (*program).lostTests},
	{name: "aligning", run: (*program).align, worthwhile: (*program).intertwined},
	{name: "converging", run: (*program).converge, worthwhile: (*program).intertwined},
	{name: "merging the converged", run: (*program).merge, worthwhile: (*program).intertwined},
	{name: "reaching", run: (*program).reach},
	{name: "sets", run: (*program).sets, worthwhile: (*program).scattered},
	{name: "sets within", run: (*program).sets, worthwhile: (*program).parted},
	{name: "switches beside the sets", run: (*program).switches, worthwhile: (*program).searched},
	{name: "threading the sets", run: (*program).thread, worthwhile: (*program).searched},
	{name: "merging the sets", run: (*program).merge, worthwhile: (*program).searched},
	{name: "switches", run: (*program).switches},
	{name: "bisecting", run: (*program).bisect},
}

// orders are the ways to go on from there. They depend on whether tests are put
// in order, and on whether before or after fields become words. Each is tried
// with rejoining and without, unless the first passes do not change the order.
var orders = []struct{ first, rest []pass }{
	{[]pass{wordsPass}, []pass{orderPass, guardsPass, frontsPass, zerosPass}},
	{[]pass{wordsPass, likelyPass}, []pass{orderPass, guardsPass, frontsPass, zerosPass}},
	{[]pass{likelyPass}, []pass{orderPass, wordsPass, guardsPass, frontsPass, zerosPass}},
}

var (
	wordsPass  = pass{name: "words", run: (*program).words}
	likelyPass = pass{name: "likely first", run: (*program).likely}
	orderPass  = pass{name: "ordering", run: (*program).order}
	guardsPass = pass{name: "guards", run: (*program).guards}
	frontsPass = pass{name: "fronts", run: (*program).fronts}
	zerosPass  = pass{name: "zeros", run: (*program).zeros}
	rejoinPass = pass{name: "rejoining", run: (*program).rejoin}
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
	p.longList, p.size = o.LongList, o.Size
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
	if o.Trace == nil {
		p.try()
		return
	}
	start := p.save()
	better := p.try()
	p.restore(start)
	p.runAll(better, o)
}

// try runs the endings that may be the best and returns the one that made the
// program that it leaves.
func (p *program) try() []pass {
	few, many := len(p.nodes) > tinyTried && len(p.nodes) <= fewTried, len(p.nodes) > manyTried
	if few || many {
		l := p.likelihood()
		l.find()
		if l.gain < worthOrdering {
			return p.only(0)
		}
	}
	if many {
		return p.only(1)
	}
	c := contest{p: p}
	start := p.save()
	var tried []saved // before sharing
	for i, order := range orders {
		if i > 0 {
			p.restore(start)
		}
		if p.runAll(order.first, Options{}); i > 0 && !p.did.moved {
			continue // as the first
		}
		if p.runAll(order.rest, Options{}); slices.ContainsFunc(tried, p.is) {
			continue
		}
		moved := p.save()
		tried = append(tried, moved)
		p.runAll([]pass{sharePass}, Options{})
		c.enter(slices.Concat(order.first, order.rest, []pass{sharePass}))
		if few || len(moved.nodes) > mostRejoined {
			continue
		}
		p.restore(moved)
		if p.runAll([]pass{rejoinPass}, Options{}); p.did.joined {
			p.runAll([]pass{sharePass}, Options{})
			c.enter(slices.Concat(order.first, order.rest, []pass{rejoinPass, sharePass}))
		}
	}
	return c.best()
}

// only runs the one ending that comes into question.
func (p *program) only(order int) []pass {
	list := slices.Concat(orders[order].first, orders[order].rest, []pass{sharePass})
	p.runAll(list, Options{})
	return list
}

// contest holds the programs that endings make.
type contest struct {
	p       *program
	entries []entry
}

type entry struct {
	passes []pass
	made   saved
}

// enter adds the program as it is, made by some passes, unless it is there.
func (c *contest) enter(passes []pass) {
	if !slices.ContainsFunc(c.entries, func(e entry) bool { return c.p.is(e.made) }) {
		c.entries = append(c.entries, entry{passes, c.p.save()})
	}
}

// best leaves the program that costs least and returns the passes that made it.
func (c *contest) best() []pass {
	best, least := 0, float32(math.Inf(1))
	for i, e := range c.entries {
		if len(c.entries) == 1 {
			break
		}
		c.p.restore(e.made)
		if cost := c.p.cost(); cost < least {
			best, least = i, cost
		}
	}
	c.p.restore(c.entries[best].made)
	return c.entries[best].passes
}

// A program of more than tinyTried and at most fewTried nodes is not put in
// order unless that saves worthOrdering instructions per packet: finding out
// which ending is best takes as long as the rest of its compilation. One of more
// than manyTried nodes goes to one end, too.
const (
	tinyTried     = 6
	fewTried      = 12
	manyTried     = 300
	worthOrdering = 0.65
)

// saved is a program set aside.
type saved struct {
	nodes   []node
	compact bool
	root    ref
	vars    int
	did     done
}

func (p *program) save() saved {
	return saved{slices.Clone(p.nodes), p.compact, p.root, p.g.Vars, p.did}
}

// is tells whether the program is the one set aside.
func (p *program) is(s saved) bool {
	return p.root == s.root && p.g.Vars == s.vars && slices.Equal(p.nodes, s.nodes)
}

func (p *program) restore(s saved) {
	p.nodes = append(p.nodes[:0], s.nodes...)
	p.root, p.g.Vars, p.did = s.root, s.vars, s.did
	p.changed()
	p.compact = s.compact
}
