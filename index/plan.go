package index

import (
	"context"
	"math"
	"os"
	"sync"

	"bpfc"
	"bpfc/capture"
	"bpfc/prove"
	"bpfc/scan"
)

// Planner tells what of the files of an archive need not be read for a filter. It is safe for concurrent use.
type Planner struct {
	compile      func(scan.Target) (*bpfc.Program, error)
	since, until int64
	rooms        sync.Pool // of *room

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
	return &Planner{compile: compile, since: since, until: until, rooms: sync.Pool{New: func() any { return &room{} }},
		filters: map[scan.Target]*prove.Filter{}}
}

// Plan tells what of a file to read: all, where it has no sidecar that is right. It fits [scan.Archive].
func (p *Planner) Plan(_ context.Context, path string) scan.Plan {
	in := p.rooms.Get().(*room)
	defer p.rooms.Put(in)
	s, err := openSidecar(path, in)
	if err != nil {
		return scan.Plan{}
	}
	defer s.close()
	filters := make([]*prove.Filter, len(s.targets))
	for i, t := range s.targets {
		if filters[i] = p.filter(t); filters[i] == nil { // a filter that cannot be compiled is told when the file is read
			return scan.Plan{}
		}
	}
	plan := scan.Plan{Skip: len(s.targets) > 0, Packets: s.packets, Targets: s.targets}
	over := runs{toEnd: s.whole}
	for {
		b, err := s.next()
		if err != nil {
			return scan.Plan{}
		}
		if b == nil {
			break
		}
		matches := b.odd || p.mayMatch(b, filters)
		plan.Skip = plan.Skip && !matches
		over.add(b, !matches && !b.stays)
	}
	if plan.Over = over.spans(); !s.right(path, &over) {
		return scan.Plan{}
	}
	if plan.Skip {
		plan.Interfaces = s.ifaces
	}
	return plan
}

// mayMatch tells whether a packet of a block may match.
func (p *Planner) mayMatch(b *block, filters []*prove.Filter) bool {
	for _, g := range b.groups {
		if g.max >= p.since && g.min < p.until && filters[g.target].CanAccept(g.may) {
			return true
		}
	}
	return false
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

// runs are the blocks to be passed over, those together that follow one another.
type runs struct {
	list    []run
	toEnd   bool // nothing is behind the last block
	passing bool // the last block that was added is in the list
}

type run struct {
	capture.Span
	first, last uint32 // marks of its ends
}

func (r *runs) add(b *block, passes bool) {
	if r.passing = passes; !passes {
		return
	}
	if n := len(r.list); n > 0 && r.list[n-1].To == b.from {
		last := &r.list[n-1]
		last.To, last.last = b.to, b.marks[1]
		last.Packets += uint64(b.packets)
		return
	}
	r.list = append(r.list, run{capture.Span{From: b.from, To: b.to, Packets: uint64(b.packets)}, b.marks[0], b.marks[1]})
}

// spans gives them as a reader takes them.
func (r *runs) spans() (list []capture.Span) {
	for i, run := range r.list {
		if r.passing && r.toEnd && i == len(r.list)-1 {
			run.To = capture.ToTheEnd
		}
		list = append(list, run.Span)
	}
	return list
}

// right tells whether what is to be passed over begins and ends in the capture as it did when it was read. Of a compressed one
// that is not looked at.
func (s *sidecar) right(path string, over *runs) bool {
	if !s.plain || len(over.list) == 0 {
		return true
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }() // only read from: nothing can be lost
	for i := range over.list {
		r := &over.list[i]
		first, last, err := marksAt(file, r.From, r.To)
		if err != nil || first != r.first || last != r.last {
			return false
		}
	}
	return true
}
