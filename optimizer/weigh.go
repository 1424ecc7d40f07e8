// Law: what a pass did is right, kept or not; it is kept if the program is guessed to cost less.

package optimizer

import "slices"

// weigh runs a pass that may pay or not, and takes back what it did unless the program costs less than s.pays times as
// much as before.
func (p *program) weigh(s *pass, o Options) {
	room := len(p.memory.saved)
	defer func() { p.memory.saved = p.memory.saved[:room] }()
	before := p.save()
	s.run(p)
	if p.version == before.version {
		return
	}
	if o.Tried != nil {
		p.g.Root = p.store()
		o.Tried(s.name, p.g)
	}
	after := p.save()
	p.runAll(s.then, Options{})
	costs := p.cost()
	p.restore(before)
	p.runAll(s.then, Options{})
	most := s.pays * p.cost()
	p.restore(before)
	if costs < most {
		p.restore(after)
	}
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
