package toebpf_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/net/bpf"

	toebpf "bpfc/ebpf"
	"bpfc/linktype"
)

// BenchmarkAccess tells how long a run of the practical filters takes on packets, on average, in the ways that there are to read
// packets, and how many instructions the programs have. The kernel takes the time; that of a program that does nothing is
// subtracted.
func BenchmarkAccess(b *testing.B) {
	needRoot(b)
	var pkts [][]byte
	for i, p := range packets(b) {
		if i%10 == 0 && len(p) >= 34 && p[12] == 8 && p[13] == 0 { // what test runs take
			pkts = append(pkts, p)
		}
	}
	for _, c := range []struct {
		hook   toebpf.Hook
		link   linktype.Type
		access []toebpf.Access
	}{
		// The kernel runs socket filters behind the Ethernet header.
		{toebpf.SocketFilter, linktype.RAW, []toebpf.Access{toebpf.LdAbs, toebpf.SkbLoad}},
		{toebpf.TC, linktype.EN10MB, []toebpf.Access{toebpf.Direct, toebpf.Linear, toebpf.LdAbs, toebpf.SkbLoad}},
	} {
		var progs [][]bpf.RawInstruction
		for _, e := range practical(b) {
			if prog := compile(e, c.link); prog != nil {
				progs = append(progs, prog)
			}
		}
		for _, access := range c.access {
			b.Run(fmt.Sprint(c.hook, " ", access), func(b *testing.B) {
				var insns int
				var ns float64
				for _, prog := range progs {
					i, d := timed(b, prog, c.hook, access, pkts)
					insns, ns = insns+i, ns+d
				}
				nothing := math.Inf(1)
				for range 20 {
					_, d := timed(b, []bpf.RawInstruction{{Op: 0x06, K: 0}}, c.hook, access, pkts)
					nothing = min(nothing, d)
				}
				b.ReportMetric(ns/float64(len(progs))-nothing, "ns/op")
				b.ReportMetric(float64(insns)/float64(len(progs)), "instructions")
			})
		}
	}
}

// timed runs a program b.N times on each packet, and that five times, of which the fastest counts. It returns its length, and the
// mean time of a run.
func timed(b *testing.B, prog []bpf.RawInstruction, hook toebpf.Hook, access toebpf.Access, pkts [][]byte) (insns int, ns float64) {
	b.Helper()
	s, err := toebpf.Spec("", prog, hook, toebpf.Options{Access: access, Rounds: rounds})
	if err != nil {
		b.Fatal(err)
	}
	p, err := ebpf.NewProgram(s)
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	for _, pkt := range pkts {
		best := math.Inf(1)
		for range 5 {
			_, d, err := p.Benchmark(pkt, b.N, nil)
			if err != nil {
				b.Fatal(err)
			}
			best = min(best, float64(d.Nanoseconds()))
		}
		ns += best / float64(len(pkts))
	}
	return len(s.Instructions), ns
}
