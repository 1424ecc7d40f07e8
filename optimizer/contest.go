// Law: every entry of a contest is right; it is won by the one that is guessed to cost least.

package optimizer

import (
	"slices"
	"strings"
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

// orders differ in whether tests are put in the order that traffic suggests, and
// in whether before or after that fields become words.
var orders = []alternative{
	{wordsPass, orderPass, guardsPass, frontsPass, zerosPass},
	{wordsPass, likelyPass, threadPass, mergePass, orderPass, guardsPass, frontsPass, zerosPass},
	{likelyPass, threadPass, mergePass, orderPass, wordsPass, guardsPass, frontsPass, zerosPass},
}

// wordsFirst is the place in orders of one that differs from the next only if fields
// became words.
const wordsFirst = 1

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

// A program that has more than tinyTried and at most fewTried nodes behind the sets
// is not put in order unless that saves worthOrdering instructions per packet:
// finding out which alternatives are best takes as long as the rest of its
// compilation. One of more than manyTried nodes has no other choice than that.
// For programs that have more than fewestLiftable nodes before the sets, tests are
// made earlier there, too.
const (
	tinyTried      = 6
	fewTried       = 12
	manyTried      = 300
	worthOrdering  = 0.65
	fewestLiftable = 100
)

// hopeless is how many times as much as the best a program may cost by estimates
// alone for its instructions to be counted.
const hopeless = 1.08

// promisingOrder is how many times as much as the best a program may cost for what
// is tried last.
const promisingOrder = 1.1

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
	c := contest{p: p, o: o}
	if n := len(p.nodes); o.Quick || n <= fewestLiftable || n > mostLiftable {
		c.rest(nil)
	} else {
		start := p.save()
		c.rest(nil)
		p.restore(start)
		if lifted := c.run(nil, alternative{liftPass}); lifted != nil {
			c.rest(lifted)
		}
	}
	p.restore(c.best.made)
	return c.best.by.passes()
}

// contest finds the alternatives that make the program that costs least. It decides
// about one thing after the other: what order the tests have, and then, for the best
// of these, what else may pay.
type contest struct {
	p     *program
	o     Options
	best  entry
	least float32 // what best costs, 0 if that is not known
	sets  []saved // the programs behind the sets from which alternatives were tried
	// ordered are the programs with their tests in some order, before parts of them
	// were shared. Each costs what that which came of it did.
	ordered []*entry
}

// entry is a program that alternatives made.
type entry struct {
	by   *made
	made saved
	// ordered is what it was before parts of it were shared.
	ordered *entry
	rough   float32     // what it costs by estimates alone
	least   float32     // what the best costs that was made of an ordered one, 0 if not known
	order   alternative // that the tests were put in, of an ordered one
}

// made is how a program was made: by the passes of one alternative after another.
type made struct {
	before *made
	by     alternative
}

func (m *made) passes() (all []pass) {
	if m == nil {
		return nil
	}
	return append(m.before.passes(), m.by...)
}

// run runs an alternative on the program as it is, which some passes made. It
// returns nil if it is none: if a pass that must change something did not.
func (c *contest) run(by *made, a alternative) *made {
	for i, s := range a {
		before := c.p.version
		if c.p.runAll(a[i:i+1], Options{}); s.must && c.p.version == before {
			return nil
		}
	}
	return &made{by, a}
}

// rest runs the set passes and tries what may come behind them.
func (c *contest) rest(by *made) {
	p := c.p
	by = c.run(by, setPasses)
	if slices.ContainsFunc(c.sets, p.is) {
		return
	}
	c.sets = append(c.sets, p.save())
	n := len(p.nodes)
	few, many := n <= fewTried, n > manyTried
	switch {
	case c.o.Quick:
		c.only(by, orders[0])
	case (many || few && n > tinyTried) && !p.worthOrdering():
		c.only(by, orders[0])
	case many:
		c.only(by, orders[1])
	case few:
		c.orders(by)
	default:
		c.all(by)
	}
}

// only makes a program that has no choice, but for what is tried last if it is long.
func (c *contest) only(by *made, order alternative) {
	for _, a := range []alternative{{bisectPass}, order, {masksPass, sharePass}} {
		c.p.runAll(a, Options{})
		by = &made{by, a}
	}
	c.enter(by, nil)
	if len(c.p.nodes) <= manyTried {
		return
	}
	before := c.p.roughly()
	if m := c.run(by, alternative{indexPass}); m != nil && c.p.roughly() < before {
		c.enter(m, nil)
	}
}

// all tries all alternatives.
func (c *contest) all(by *made) {
	p := c.p
	start := p.save()
	if bisected := c.run(by, alternative{bisectPass}); bisected != nil {
		c.orders(bisected)
		p.restore(start)
		c.order(by, c.best.ordered.order)
	} else {
		c.orders(by)
	}
	c.finer()
	p.restore(start)
	if lifted := c.run(by, alternative{liftPass}); lifted != nil {
		best := c.best.by
		c.orders(c.maybe(lifted, bisectPass))
		if c.best.by != best {
			c.finer()
		}
	}
}

// maybe runs a pass, whether it changes something or not.
func (c *contest) maybe(by *made, s pass) *made {
	if m := c.run(by, alternative{s}); m != nil {
		return m
	}
	return by
}

// orders tries the orders of tests for the program as it is.
func (c *contest) orders(by *made) {
	start := c.p.save()
	c.ordered = c.ordered[:0]
	for i, a := range orders {
		if i == wordsFirst && !c.p.did.words {
			continue // than this one, the next finds more
		}
		c.p.restore(start)
		c.order(by, a)
	}
}

// order puts tests in an order and tries it with masks if there are any to put on.
func (c *contest) order(by *made, a alternative) {
	m := c.run(by, a)
	if m == nil {
		return
	}
	plain := &entry{by: m, made: c.p.save()}
	masked := c.run(m, alternative{masksPass})
	if masked != nil {
		m = masked
	}
	if slices.ContainsFunc(c.ordered, func(e *entry) bool { return c.p.is(e.made) }) {
		return
	}
	e := c.share(m)
	e.order = a
	c.ordered = append(c.ordered, e)
	if masked != nil && c.best.ordered == e {
		c.p.restore(plain.made)
		c.share(plain.by).order = a
	}
}

// share shares parts of the program as it is and enters it.
func (c *contest) share(by *made) (ordered *entry) {
	ordered = &entry{by: by, made: c.p.save()}
	shared := c.maybe(by, sharePass)
	c.enter(shared, ordered)
	if !c.p.shares.spared {
		return ordered
	}
	c.p.restore(ordered.made)
	if m := c.run(by, alternative{shareMorePass}); m != nil {
		c.enter(m, ordered)
	}
	return ordered
}

// finer tries for the best program so far what may pay or not.
func (c *contest) finer() {
	for _, e := range c.ordered {
		if e.least > c.least*promisingOrder {
			continue
		}
		for _, s := range [2]pass{trailPass, rejoinPass} {
			c.p.restore(e.made)
			if m := c.run(e.by, alternative{s}); m != nil {
				c.share(m)
			}
		}
	}
	best := c.best
	c.p.restore(best.made)
	if m := c.run(best.by, alternative{indexPass}); m != nil {
		c.enter(m, best.ordered)
	}
}

// enter enters the program as it is and keeps it if it costs less than others. What
// the first one costs is of interest only if there is another.
func (c *contest) enter(by *made, ordered *entry) {
	if c.o.Tried != nil {
		c.show(by)
	}
	e := entry{by: by, made: c.p.save(), ordered: ordered, rough: c.p.roughly()}
	if c.best.by != nil && e.rough > hopeless*c.best.rough {
		ordered.costs(e.rough / c.best.rough * c.least)
		return
	}
	if c.best.by == nil {
		c.best = e
		return
	}
	if c.least == 0 {
		c.p.restore(c.best.made)
		c.least = c.p.cost()
		c.best.ordered.costs(c.least)
		c.p.restore(e.made)
	}
	cost := c.p.cost()
	ordered.costs(cost)
	if cost < c.least {
		c.best, c.least = e, cost
	}
}

// costs notes what a program costs that was made of an ordered one.
func (e *entry) costs(cost float32) {
	if e != nil && (e.least == 0 || cost < e.least) {
		e.least = cost
	}
}

// show shows the program as it is.
func (c *contest) show(by *made) {
	var names []string
	for _, s := range by.passes() {
		names = append(names, s.name)
	}
	c.p.g.Root = c.p.store()
	c.o.Tried(strings.Join(names, ", "), c.p.g)
}

// worthOrdering tells whether putting tests in order saves enough.
func (p *program) worthOrdering() bool {
	return p.planned().gain >= worthOrdering
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
