package bpfc_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"bpfc"
	"bpfc/names"
)

// BenchmarkCompile is the time from text to bytecode.
func BenchmarkCompile(b *testing.B) {
	for _, expr := range []string{"ip", "tcp port 80", "host 192.0.2.1 and (port 80 or 443) and not tcp[13] & 4 != 0"} {
		b.Run(expr, func(b *testing.B) {
			b.ReportAllocs()
			r := names.System()
			for b.Loop() {
				if _, err := bpfc.Compile(expr, bpfc.WithNames(r)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// members are the kinds of large filter whose compile time has to grow
// linearly.
var members = map[string]func(r *rand.Rand) string{
	"hosts":    func(r *rand.Rand) string { return "host " + ip4(r) },
	"ports":    func(r *rand.Rand) string { return fmt.Sprintf("port %d", r.IntN(65536)) },
	"prefixes": func(r *rand.Rand) string { n := 8 + r.IntN(25); return prefix4(r, n) },
	"hosts6": func(r *rand.Rand) string {
		return fmt.Sprintf("host 2001:db8:%x:%x::%x", r.IntN(65536), r.IntN(65536), r.IntN(65536))
	},
	"macs": func(r *rand.Rand) string {
		return fmt.Sprintf("ether host 02:%02x:%02x:%02x:%02x:%02x", r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256), r.IntN(256))
	},
	"pairs": func(r *rand.Rand) string { return fmt.Sprintf("(host %s and port %d)", ip4(r), r.IntN(65536)) },
}

func ip4(r *rand.Rand) string {
	v := r.Uint32()
	return fmt.Sprintf("%d.%d.%d.%d", v>>24, v>>16&255, v>>8&255, v&255)
}

func prefix4(r *rand.Rand, n int) string {
	v := r.Uint32() & (0xffffffff << (32 - n))
	return fmt.Sprintf("net %d.%d.%d.%d/%d", v>>24, v>>16&255, v>>8&255, v&255, n)
}

// large joins n members of a kind with or.
func large(kind string, n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	list := make([]string, n)
	for i := range list {
		list[i] = members[kind](r)
	}
	return strings.Join(list, " or ")
}

func BenchmarkCompileLarge(b *testing.B) {
	sizes := map[string][]int{"hosts": {1000, 2000, 4000, 8000, 10000, 16000, 32000}, "pairs": {300}}
	for _, kind := range []string{"hosts", "ports", "prefixes", "hosts6", "macs", "pairs"} {
		list := sizes[kind]
		if list == nil {
			list = []int{1000}
		}
		for _, n := range list {
			expr := "not (" + large(kind, n) + ")"
			b.Run(fmt.Sprintf("%s-%d", kind, n), func(b *testing.B) {
				b.ReportAllocs()
				size := 0
				for b.Loop() {
					p, err := bpfc.Compile(expr)
					if err != nil {
						b.Fatal(err)
					}
					size = p.Len()
				}
				b.ReportMetric(float64(size), "insns")
			})
		}
	}
}
