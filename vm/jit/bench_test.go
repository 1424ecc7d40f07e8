package jit

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"bpfc/internal/randprog"
	"bpfc/vm"
)

// tcpPort80 is "tcp port 80" on Ethernet as libpcap compiles it.
var tcpPort80 = program{
	{Op: 0x28, K: 12}, {Op: 0x15, Jf: 6, K: 0x86dd}, {Op: 0x30, K: 20}, {Op: 0x15, Jf: 15, K: 6},
	{Op: 0x28, K: 54}, {Op: 0x15, Jt: 12, K: 80}, {Op: 0x28, K: 56}, {Op: 0x15, Jt: 10, Jf: 11, K: 80},
	{Op: 0x15, Jf: 10, K: 0x800}, {Op: 0x30, K: 23}, {Op: 0x15, Jf: 8, K: 6},
	{Op: 0x28, K: 20}, {Op: 0x45, Jt: 6, K: 0x1fff}, {Op: 0xb1, K: 14},
	{Op: 0x48, K: 14}, {Op: 0x15, Jt: 2, K: 80}, {Op: 0x48, K: 16}, {Op: 0x15, Jf: 1, K: 80},
	{Op: 6, K: 262144}, {Op: 6},
}

// benchBuffer reads the little-endian pcap file that BPFC_BENCH_PCAP names, or
// makes packets up.
func benchBuffer(b *testing.B) (buf []byte, spans []vm.Span) {
	path := os.Getenv("BPFC_BENCH_PCAP")
	if path == "" {
		r := rand.New(rand.NewPCG(1, 1))
		for range 5000 {
			pkt := randprog.Packet(r, make([]byte, 100))
			spans = append(spans, vm.Span{Off: uint32(len(buf)), CapLen: uint32(len(pkt)), WireLen: 100})
			buf = append(buf, pkt...)
		}
		return buf, spans
	}
	buf, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for off := uint32(24); int(off)+16 <= len(buf); {
		caplen := binary.LittleEndian.Uint32(buf[off+8:])
		spans = append(spans, vm.Span{Off: off + 16, CapLen: caplen, WireLen: binary.LittleEndian.Uint32(buf[off+12:])})
		off += 16 + caplen
	}
	return buf, spans
}

func BenchmarkMatch(b *testing.B) {
	needNative(b)
	buf, spans := benchBuffer(b)
	pkts, wireLens := make([][]byte, len(spans)), make([]uint32, len(spans))
	for i, s := range spans {
		pkts[i], wireLens[i] = buf[s.Off:s.Off+s.CapLen], s.WireLen
	}
	verdicts := make([]uint32, len(spans))
	for _, engine := range []struct {
		name string
		opts []Option
	}{{"jit", nil}, {"interp", []Option{WithInterpreter()}}} {
		m, err := New(tcpPort80, engine.opts...)
		if err != nil {
			b.Fatal(err)
		}
		defer m.Close()
		for _, form := range []struct {
			name string
			run  func()
		}{
			{"one by one", func() {
				for i, pkt := range pkts {
					verdicts[i] = m.Match(pkt, wireLens[i])
				}
			}},
			{"batch", func() { m.MatchBatch(pkts, wireLens, verdicts) }},
			{"buffer", func() { m.MatchBuffer(buf, spans, verdicts) }},
		} {
			b.Run(engine.name+"/"+form.name, func(b *testing.B) {
				best := time.Duration(math.MaxInt64) // the machine may be busy with other things
				for b.Loop() {
					start := time.Now()
					form.run()
					best = min(best, time.Since(start))
				}
				b.ReportMetric(float64(best.Nanoseconds())/float64(len(spans)), "best-ns/packet")
			})
		}
	}
}

// BenchmarkNew is the whole life of a matcher, memory mapping included.
func BenchmarkNew(b *testing.B) {
	needNative(b)
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		m, err := New(tcpPort80)
		if err != nil {
			b.Fatal(err)
		}
		m.Close()
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(best.Nanoseconds()), "best-ns")
}

// BenchmarkGenerate is the making of the code alone.
func BenchmarkGenerate(b *testing.B) {
	needNative(b)
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		if _, _, err := generate(tcpPort80); err != nil {
			b.Fatal(err)
		}
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(best.Nanoseconds()), "best-ns")
}
