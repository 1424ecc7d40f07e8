package index

import (
	"context"
	"math"
	"sync"

	"bpfc"
	"bpfc/prove"
	"bpfc/scan"
)

// Planner tells which files of an archive need not be read for a filter. It is safe for concurrent use.
type Planner struct {
	compile      func(scan.Target) (*bpfc.Program, error)
	since, until int64

	mu      sync.Mutex
	filters map[scan.Target]*prove.Filter // nil: not known
}

// NewPlanner makes a planner for what compile makes of a filter for each kind of packets. Programs that are not optimized say
// more clearly what they look at: see [bpfc.WithoutOptimizer]. It is called by one goroutine at a time, once for each kind;
// where it fails nothing is left out. The times are those of [scan.Archive].
func NewPlanner(compile func(scan.Target) (*bpfc.Program, error), since, until int64) *Planner {
	if since == 0 {
		since = math.MinInt64
	}
	if until == 0 {
		until = math.MaxInt64
	}
	return &Planner{compile: compile, since: since, until: until, filters: map[scan.Target]*prove.Filter{}}
}

// Plan tells what of a file to read: all, where it has no sidecar that is right. It fits [scan.Archive].
func (p *Planner) Plan(_ context.Context, path string) scan.Plan {
	s, err := load(path)
	if err != nil {
		return scan.Plan{}
	}
	for _, b := range s.blocks {
		if b.max < p.since || b.min >= p.until {
			continue
		}
		f := p.filter(s.targets[b.target])
		if f == nil || f.CanAccept(b.may) {
			return scan.Plan{}
		}
	}
	// A filter that cannot be compiled for the file is told when it is read.
	for _, t := range s.targets {
		if p.filter(t) == nil {
			return scan.Plan{}
		}
	}
	return scan.Plan{Skip: len(s.targets) > 0, Targets: s.targets, Nanosecond: s.nanosecond}
}

// filter takes the filter for a kind of packets apart.
func (p *Planner) filter(t scan.Target) *prove.Filter {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.filters[t]
	if ok {
		return f
	}
	if prog, err := p.compile(t); err == nil {
		f, _ = prove.FromProgram(prog.Instructions()) // nil with an error
	}
	p.filters[t] = f
	return f
}
