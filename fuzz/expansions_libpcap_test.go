//go:build libpcap && cgo

package fuzz

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"bpfc"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/vm"
)

// What is printed for libpcap's language is a program of the installed libpcap's that keeps the packets that the filter keeps that it was printed
// for: those that were captured as a whole, whose headers are complete, and which have no IPv6 extension headers.
func TestExpansionsAgainstLibpcap(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	g := NewGrammar(r, int(linktype.EN10MB))
	g.Extend()
	b := NewBuilder(r, int(linktype.EN10MB))
	pcap, machine := NewLibpcap(), NewVM()
	options := []bpfc.Option{bpfc.WithExtensions(), bpfc.WithNames(names.Map{}), bpfc.WithNetmask(0xffffff00), bpfc.WithAllowRejectAll()}
	compiled := func(expr string) *vm.VM {
		p, err := bpfc.Compile(expr, options...)
		if err != nil {
			return nil
		}
		m, err := vm.New(p.Instructions())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	headers := compiled("any { ip6.nexthdr in {0, 43, 44, 51, 60} }")
	expanded, pairs, left, matched := 0, 0, 0, 0
	for range battery.Size(400) {
		expr := g.Filter(1 + r.IntN(3))
		if strings.Contains(expr, "multicast") { // which bpfc takes otherwise, see docs/differences.md
			continue
		}
		want := compiled(expr)
		to, err := bpfc.ToLibpcap(expr, options...)
		if want == nil || err != nil || to.Expr == "" || to.Expr == expr {
			continue
		}
		prog, err := pcap.Compile(to.Expr, CompileOptions{LinkType: int(linktype.EN10MB), Snaplen: 262144, Netmask: 0xffffff00})
		if err != nil {
			t.Logf("%s: %s refuses %q: %v", expr, pcap.Name(), to.Expr, err)
			continue
		}
		expanded++
		b.Use(Collect(expr))
		for range 200 {
			p := b.Mutate(b.Packet())
			data := p.Data
			if len(data) < 14 || headers.Run(data, uint32(len(data))) != 0 {
				continue
			}
			pairs++
			keeps := want.Run(data, uint32(len(data))) != 0
			if keeps {
				matched++
			}
			if got := judgeOne(t, machine, prog, whole(data)) != 0; got == keeps {
				continue
			}
			// A header that is cut on the wire is absent for one of them, and rejects for the other.
			longer := slices.Concat(data, make([]byte, 128))
			if want.Run(longer, uint32(len(longer))) != 0 == (judgeOne(t, machine, prog, whole(longer)) != 0) {
				left++
				continue
			}
			t.Errorf("%s, for libpcap %s: %t of %x", expr, to.Expr, keeps, data)
		}
	}
	t.Logf("%d expansions, %d pairs, %d matched, %d left out as a header was cut", expanded, pairs, matched, left)
	if expanded < 20 || left > pairs/20 {
		t.Error("too few expansions, or too many packets left out")
	}
}
