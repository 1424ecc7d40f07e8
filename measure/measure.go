// Package measure tells how long programs take in the engines that this build has: native code, the interpreter,
// golang.org/x/net/bpf and, with the build tag libpcap, libpcap's bpf_filter. All run the same bytecode on the same
// memory and write a verdict for every packet.
//
// The package keeps its API compatible within a major version.
package measure

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/net/bpf"

	"bpfc/vm"
)

// Engine is one way to run a program over packets in memory. It is immutable, and so safe for concurrent use.
type Engine struct {
	Name, What string // one word, and what it is
	calls      calls
	// start makes a program ready. The error is ErrNotForEngine if this engine cannot run it on these packets.
	start func(prog []bpf.RawInstruction, p *Packets) (*runner, error)
}

// calls is how an engine is given the packets.
type calls bool

const (
	onePerCall  calls = false // a call for each packet
	manyPerCall calls = true  // one for all
)

// runner is a program in an engine.
type runner struct {
	run  func(*Packets) // judges every packet once and writes the verdicts; what is timed
	stop func() error
}

// ErrNotForEngine says that an engine cannot run a program, though it is a good one.
var ErrNotForEngine = errors.New("not for this engine")

// Packets are packets in one piece of memory, as a reader of files has them. They are not safe for concurrent use.
type Packets struct {
	Buf      []byte
	Spans    []vm.Span // where in Buf each packet lies
	Verdicts []uint32  // what the last run returned; as many as Spans
}

// Result is what was measured of one engine. Times are in nanoseconds.
// It is a value, and so safe for concurrent use.
type Result struct {
	Filter  string  `json:"filter"`
	Engine  string  `json:"engine"`
	Packets int     `json:"packets"`
	PerCall int     `json:"packets_per_call"`
	Matches int     `json:"matches"`
	Least   float64 `json:"ns_per_packet"`
	Median  float64 `json:"median_ns_per_packet"`
}

// Measure times a program over packets: rounds of at least a duration, each of whole passes over the packets. The error is
// [ErrNotForEngine], with the reason, if this engine cannot run the program on these packets.
func (e Engine) Measure(ctx context.Context, prog []bpf.RawInstruction, p *Packets, rounds int, duration time.Duration) (m Result, err error) {
	r, err := e.start(prog, p)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, r.stop()) }()
	r.run(p) // the first pass also warms up
	m = Result{Engine: e.Name, Packets: len(p.Spans), PerCall: 1, Matches: p.Matches()}
	if e.calls == manyPerCall {
		m.PerCall = len(p.Spans)
	}
	passes := 1
	for timed(r.run, p, passes) < duration/8 && passes < 1<<30 {
		passes *= 2
	}
	passes *= 8
	var times []float64
	for range rounds {
		if err := ctx.Err(); err != nil {
			return m, err
		}
		times = append(times, float64(timed(r.run, p, passes).Nanoseconds())/float64(passes)/float64(len(p.Spans)))
	}
	slices.Sort(times)
	m.Least, m.Median = times[0], times[len(times)/2]
	return m, nil
}

// Matches is how many packets the verdicts are not 0 of.
func (p *Packets) Matches() (n int) {
	for _, v := range p.Verdicts {
		if v != 0 {
			n++
		}
	}
	return n
}

func timed(run func(*Packets), p *Packets, passes int) time.Duration {
	start := time.Now()
	for range passes {
		run(p)
	}
	return time.Since(start)
}
