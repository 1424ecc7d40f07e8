package vm

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"bpfc/internal/randprog"

	"golang.org/x/net/bpf"
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

// benchPackets reads the packets of the little-endian pcap file that
// BPFC_BENCH_PCAP names, or makes some up.
func benchPackets(b *testing.B) (pkts [][]byte, wireLens []uint32) {
	path := os.Getenv("BPFC_BENCH_PCAP")
	if path == "" {
		r := rand.New(rand.NewPCG(1, 1))
		for range 5000 {
			pkts = append(pkts, randprog.Packet(r, make([]byte, 100)))
			wireLens = append(wireLens, 100)
		}
		return pkts, wireLens
	}
	data, err := os.ReadFile(path)
	if err != nil {
		b.Fatal(err)
	}
	for data = data[24:]; len(data) >= 16; {
		caplen := binary.LittleEndian.Uint32(data[8:])
		pkts = append(pkts, data[16:16+caplen:16+caplen])
		wireLens = append(wireLens, binary.LittleEndian.Uint32(data[12:]))
		data = data[16+caplen:]
	}
	return pkts, wireLens
}

// rounds runs f over and over and reports the best time a packet: the machine may
// be busy with other things.
func rounds(b *testing.B, packets int, f func()) {
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	b.ReportMetric(float64(best.Nanoseconds())/float64(packets), "best-ns/packet")
}

func BenchmarkMatch(b *testing.B) {
	pkts, wireLens := benchPackets(b)
	m, err := New(tcpPort80)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("one by one", func(b *testing.B) {
		rounds(b, len(pkts), func() {
			for i, pkt := range pkts {
				m.Run(pkt, wireLens[i])
			}
		})
	})
	verdicts := make([]uint32, len(pkts))
	b.Run("batch", func(b *testing.B) {
		rounds(b, len(pkts), func() { m.MatchBatch(pkts, wireLens, verdicts) })
	})
	b.Run("xnet", func(b *testing.B) {
		ins, _ := bpf.Disassemble(tcpPort80)
		x, err := bpf.NewVM(ins)
		if err != nil {
			b.Fatal(err)
		}
		rounds(b, len(pkts), func() {
			for _, pkt := range pkts {
				x.Run(pkt)
			}
		})
	})
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(tcpPort80); err != nil {
			b.Fatal(err)
		}
	}
}
