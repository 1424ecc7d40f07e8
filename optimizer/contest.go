// Law: every entry of a contest is right; it is won by the one that is guessed to cost least.

package optimizer

import (
	"math"
	"slices"
	"strings"

	"bpfc/ir"
)

// alternative is passes that may come next, none if things may stay as they are.
type alternative []pass

// setPasses come first. In a long list they find more where tests that all its
// members make were made before.
var setPasses = alternative{
	{name: "sets", run: (*program).sets, worthwhile: (*program).scattered},
	{name: "sets within", run: (*program).sets, worthwhile: (*program).parted},
	{name: "switches beside the sets", run: (*program).switches, worthwhile: (*program).searched},
	{name: "threading the sets", run: (*program).thread, worthwhile: (*program).searched},
	{name: "merging the sets", run: (*program).merge, worthwhile: (*program).searched},
	{name: "switches", run: (*program).switches},
}

// stages are what comes after the sets. Each has alternatives, which are all tried
// with those of the other stages.
var stages = [][]alternative{
	{nil, {liftPass}},
	{nil, {bisectPass}},
	orders,
	{nil, {masksPass}},
	{nil, {trailPass}, {rejoinPass}},
	{{sharePass}, {shareMorePass}},
	{nil, {indexPass}},
}

// orders differ in whether tests are put in the order that traffic suggests, and
// in whether before or after that fields become words.
var orders = []alternative{
	{wordsPass, orderPass, guardsPass, frontsPass, zerosPass},
	{wordsPass, likelyPass, threadPass, mergePass, orderPass, guardsPass, frontsPass, zerosPass},
	{likelyPass, threadPass, mergePass, orderPass, wordsPass, guardsPass, frontsPass, zerosPass},
}

var (
	liftPass      = pass{name: "lifting", run: (*program).lift, must: true}
	bisectPass    = pass{name: "bisecting", run: (*program).bisect, must: true}
	wordsPass     = pass{name: "words", run: (*program).words}
	likelyPass    = pass{name: "likely first", run: (*program).likely, must: true}
	threadPass    = pass{name: "threading the ordered", run: (*program).thread}
	mergePass     = pass{name: "merging the ordered", run: (*program).merge}
	orderPass     = pass{name: "ordering", run: (*program).order}
	guardsPass    = pass{name: "guards", run: (*program).guards}
	frontsPass    = pass{name: "fronts", run: (*program).fronts}
	zerosPass     = pass{name: "zeros", run: (*program).zeros}
	masksPass     = pass{name: "masks", run: (*program).masks, must: true}
	trailPass     = pass{name: "trailing", run: (*program).trail, must: true}
	rejoinPass    = pass{name: "rejoining", run: (*program).rejoin, must: true}
	sharePass     = pass{name: "sharing", run: (*program).share}
	shareMorePass = pass{name: "sharing more", run: (*program).shareMore, must: true}
	indexPass     = pass{name: "indexing", run: (*program).index, must: true}
)

// inOrder and likelyOrder are for programs that have no choice.
var (
	inOrder     = whatever(alternative{bisectPass}, orders[0], alternative{masksPass, sharePass})
	likelyOrder = whatever(alternative{bisectPass}, orders[1], alternative{masksPass, sharePass})
)

// whatever is some passes, whether they change anything or not.
func whatever(list ...alternative) alternative {
	all := slices.Concat(list...)
	for i := range all {
		all[i].must = false
	}
	return all
}

// fewStages are those for small programs.
var fewStages = [][]alternative{orders, {nil, {masksPass}}, {{sharePass}}}

// A program that has more than tinyTried and at most fewTried nodes behind the sets
// is not put in order unless that saves worthOrdering instructions per packet:
// finding out which alternatives are best takes as long as the rest of its
// compilation. One of more than manyTried nodes has no other choice than that.
// The others have all alternatives until those tried had mostWork nodes together;
// then the first that comes has to do. For programs that have more than
// fewestLiftable nodes before the sets, tests are made earlier there, too.
const (
	tinyTried      = 6
	fewTried       = 12
	manyTried      = 300
	worthOrdering  = 0.65
	mostWork       = 3000
	fewestLiftable = 100
)

// end runs the alternatives that win the contest.
func (p *program) end(o Options) {
	start := p.save()
	better := p.try(o)
	if o.Trace != nil {
		p.restore(start)
		p.runAll(better, o)
	}
}

// try tries the alternatives that may be the best and returns the passes that
// made the program that it leaves.
func (p *program) try(o Options) []pass {
	c := contest{p: p}
	if n := len(p.nodes); n <= fewestLiftable || n > mostLiftable {
		c.rest(setPasses)
		return c.end(o)
	}
	start := p.save()
	c.rest(setPasses)
	p.restore(start)
	if lift := (alternative{liftPass}); c.run(lift) {
		c.rest(slices.Concat(lift, setPasses))
	}
	return c.end(o)
}

// rest runs the last of the passes that are to be made at first, the set passes,
// and tries what may come behind them.
func (c *contest) rest(made alternative) {
	p := c.p
	p.runAll(setPasses, Options{})
	if slices.ContainsFunc(c.sets, p.is) {
		return
	}
	n := len(p.nodes)
	few, many := n <= fewTried, n > manyTried
	switch {
	case (many || few && n > tinyTried) && !p.worthOrdering():
		c.only(made, inOrder)
		return
	case many:
		c.only(made, likelyOrder)
		return
	case few:
		c.stages = fewStages
	default:
		c.stages = stages
	}
	c.sets = append(c.sets, p.save())
	c.seen = make([][]saved, len(c.stages))
	c.explore(0, made)
}

// only runs the passes of an alternative without others.
func (c *contest) only(made []pass, a alternative) {
	c.p.runAll(a, Options{})
	c.enter(slices.Concat(made, a))
}

// worthOrdering tells whether putting tests in order saves enough.
func (p *program) worthOrdering() bool {
	l := p.likelihood()
	l.find()
	return l.gain >= worthOrdering
}

// end tells of the entries and leaves the best.
func (c *contest) end(o Options) []pass {
	if o.Tried != nil {
		c.show(o.Tried)
	}
	return c.best()
}

// contest holds the programs that alternatives make.
type contest struct {
	p       *program
	sets    []saved // the programs behind the sets from which alternatives were tried
	stages  [][]alternative
	seen    [][]saved // by stage, the programs behind it
	work    int       // nodes of the programs that alternatives were tried for
	entries []entry
}

type entry struct {
	passes []pass
	made   saved
}

// explore tries the alternatives from a stage on for the program as it is, which
// some passes made.
func (c *contest) explore(stage int, made []pass) {
	if stage == len(c.stages) {
		c.enter(made)
		return
	}
	start := c.p.save()
	for i, a := range c.stages[stage] {
		if i > 0 && c.work > mostWork {
			break
		}
		c.work += len(start.nodes)
		if i > 0 {
			c.p.restore(start)
		}
		if !c.run(a) || slices.ContainsFunc(c.seen[stage], c.p.is) {
			continue
		}
		c.seen[stage] = append(c.seen[stage], c.p.save())
		c.explore(stage+1, slices.Concat(made, a))
	}
}

// enter enters the program as it is, which some passes made.
func (c *contest) enter(made []pass) {
	c.entries = append(c.entries, entry{made, c.p.save()})
}

// run runs an alternative and tells whether it is one: whether the passes that
// must change something did.
func (c *contest) run(a alternative) bool {
	for i, s := range a {
		if !s.must {
			c.p.runAll(a[i:i+1], Options{})
			continue
		}
		before := c.p.version
		if c.p.runAll(a[i:i+1], Options{}); c.p.version == before {
			return false
		}
	}
	return true
}

// show shows all entries.
func (c *contest) show(tried func(passes string, g *ir.Graph)) {
	for _, e := range c.entries {
		names := make([]string, len(e.passes))
		for i, s := range e.passes {
			names[i] = s.name
		}
		c.p.restore(e.made)
		c.p.g.Root = c.p.store()
		tried(strings.Join(names, ", "), c.p.g)
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

// saved is a program set aside.
type saved struct {
	nodes   []node
	compact bool
	root    ref
	vars    int
	zero    []bool // Graph.ZeroVars
	did     done
	version int
}

func (p *program) save() saved {
	m := &p.memory.saved
	*m = append(*m, p.nodes...)
	all := len(*m)
	return saved{(*m)[all-len(p.nodes) : all : all], p.compact, p.root, p.g.Vars, slices.Clone(p.g.ZeroVars), p.did, p.version}
}

// is tells whether the program is the one set aside.
func (p *program) is(s saved) bool {
	return p.version == s.version || p.root == s.root && p.g.Vars == s.vars && slices.Equal(p.nodes, s.nodes)
}

func (p *program) restore(s saved) {
	p.g.Vars, p.did = s.vars, s.did
	p.g.ZeroVars = append(p.g.ZeroVars[:0], s.zero...)
	if p.version == s.version {
		return
	}
	p.nodes = append(p.nodes[:0], s.nodes...)
	p.root = s.root
	p.changed()
	p.compact, p.version = s.compact, s.version
}
