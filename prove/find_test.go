package prove_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/bpf"

	"bpfc"
	"bpfc/prove"
)

func TestFind(t *testing.T) {
	ctx := context.Background()
	tcp, port := graph(t, "tcp"), graph(t, "port 80")
	p, err := prove.Find(ctx, prove.And(tcp, port), graph(t, "ip6"), prove.Options{})
	if err != nil || p == nil || !tcp.Run(*p) || !port.Run(*p) || p.Data[12] != 8 {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err := prove.Find(ctx, prove.And(tcp, graph(t, "udp", bpfc.WithAllowRejectAll())), nil, prove.Options{}); p != nil || err != nil {
		t.Errorf("both TCP and UDP: %+v, %v", p, err)
	}
	if p, err := prove.Find(ctx, prove.All(), nil, prove.Options{}); err != nil || len(p.Data) != 0 {
		t.Errorf("any packet: %+v, %v", p, err)
	}
	if p, err := prove.Find(ctx, prove.None(), nil, prove.Options{}); p != nil || err != nil {
		t.Errorf("no packet: %+v, %v", p, err)
	}
}

func TestShortest(t *testing.T) {
	for text, want := range map[string][2]int{ // bytes captured, and on the wire
		"":               {0, 0},
		"ip":             {14, 14},
		"tcp":            {21, 21}, // of IPv6, the next header
		"ip and tcp":     {24, 24},
		"len >= 100":     {0, 100},
		"ip and not tcp": {24, 24},
		"ether[200] = 0": {201, 201},
	} {
		a := prove.Compare(context.Background(), graph(t, text), prove.None(), prove.Options{})
		if p := a.OnlyA; p == nil || len(p.Data) != want[0] || int(p.WireLen) != want[1] {
			t.Errorf("%q: %+v, want %d of %d bytes", text, p, want[0], want[1])
		}
	}
}

// On packets of which all was captured, the order of the tests is of no matter.
func TestWhole(t *testing.T) {
	a, b := graph(t, "ether[60] = 1 and ip", bpfc.WithoutOptimizer()), graph(t, "not (not ip or ether[60] != 1)", bpfc.WithoutOptimizer())
	c := graph(t, "not (ip and ether[60] = 1)", bpfc.WithoutOptimizer())
	d := graph(t, "not (ether[60] = 1 and ip)", bpfc.WithoutOptimizer())
	for _, tt := range []struct {
		a, b  *prove.Filter
		whole bool
		want  prove.Relation
	}{
		{a, b, false, prove.Equal}, {a, b, true, prove.Equal}, {c, d, false, prove.BImpliesA}, {c, d, true, prove.Equal},
		{a, c, true, prove.Disjoint},
	} {
		answer := prove.Compare(context.Background(), tt.a, tt.b, prove.Options{Whole: tt.whole})
		if answer.Relation != tt.want {
			t.Errorf("whole %v: %v %s, want %v", tt.whole, answer.Relation, answer.Reason, tt.want)
		}
		check(t, "whole", tt.a, tt.b, answer)
	}
}

// Filters that are made to be hard end in their budgets.
func TestHostile(t *testing.T) {
	nested := "ether[0]"
	for range 1000 {
		nested = "(" + nested + " * ether[1] + 3)"
	}
	product := "ether[0:4] * ether[4:4] = ether[8:4] * ether[12:4] + 1"
	for _, text := range []string{
		nested + " = 5", product, "ether[0:4] * ether[4:4] * ether[8:4] = 77",
		"ether[ether[ether[ether[0:2]:2]:2]:2] = 1", list("hosts", 2000, 1, false),
		strings.Repeat("not ", 1000) + "ip", "ether[0:4] % ether[4:4] = ether[8:4] / 7",
	} {
		t.Run(text[:min(20, len(text))], func(t *testing.T) {
			a := graph(t, text, bpfc.WithoutOptimizer())
			for _, other := range []string{text, "not (" + text + ")"} {
				b := graph(t, other, bpfc.WithoutOptimizer())
				answer := prove.Compare(context.Background(), a, b, prove.Options{Time: time.Second, Nodes: 1 << 18})
				check(t, text[:20], a, b, answer)
				if answer.Relation == prove.Undecided && answer.Reason == "" {
					t.Error("undecided without a reason")
				}
				if answer.Relation == prove.Equal && other != text {
					t.Error("equal to its contrary")
				}
				t.Logf("%v %s", answer.Relation, answer.Reason)
			}
		})
	}
}

// What the machine does in corners: values returned from registers, divisions by 0,
// loads far out, ancillary data, scratch memory that nothing has written.
func TestCorners(t *testing.T) {
	ret := func(k uint32) bpf.RawInstruction { return bpf.RawInstruction{Op: 0x06, K: k} }
	accept, reject := []bpf.RawInstruction{ret(1)}, []bpf.RawInstruction{ret(0)}
	for name, tt := range map[string]struct {
		a, b []bpf.RawInstruction
		want prove.Relation
	}{
		"returns A":     {[]bpf.RawInstruction{{Op: 0x30}, {Op: 0x16}}, []bpf.RawInstruction{{Op: 0x30}, {Op: 0x15, Jt: 1}, ret(7), ret(0)}, prove.Equal},
		"returns X":     {[]bpf.RawInstruction{{Op: 0x01, K: 3}, {Op: 0x0e}}, accept, prove.Equal},
		"A at start":    {[]bpf.RawInstruction{{Op: 0x16}}, reject, prove.Equal},
		"divides by X":  {[]bpf.RawInstruction{{Op: 0x3c}, ret(1)}, reject, prove.Equal},
		"far out":       {[]bpf.RawInstruction{{Op: 0x30, K: 1 << 20}, ret(1)}, reject, prove.Equal},
		"far out by X":  {[]bpf.RawInstruction{{Op: 0x01, K: 0xffffffff}, {Op: 0x50, K: 1}, ret(1)}, reject, prove.Equal},
		"length":        {[]bpf.RawInstruction{{Op: 0x30, K: 9}, {Op: 0x80}, {Op: 0x35, K: 10, Jt: 0, Jf: 1}, ret(1), ret(0)}, []bpf.RawInstruction{{Op: 0x30, K: 9}, ret(1)}, prove.Equal},
		"mark":          {[]bpf.RawInstruction{{Op: 0x20, K: 0xfffff014}, {Op: 0x16}}, reject, prove.BImpliesA},
		"header length": {[]bpf.RawInstruction{{Op: 0xb1}, {Op: 0x87}, {Op: 0x25, K: 60, Jt: 0, Jf: 1}, ret(1), ret(0)}, reject, prove.Equal},
		"scratch":       {[]bpf.RawInstruction{{Op: 0x00, K: 5}, {Op: 0x02, K: 3}, {Op: 0x61, K: 3}, {Op: 0x0e}}, accept, prove.Equal},
		"shift":         {[]bpf.RawInstruction{{Op: 0x30}, {Op: 0x07}, {Op: 0x00, K: 1}, {Op: 0x6c}, {Op: 0x16}}, []bpf.RawInstruction{{Op: 0x30}, {Op: 0x35, K: 32, Jt: 1}, ret(1), ret(0)}, prove.Equal},
		"bytes":         {[]bpf.RawInstruction{{Op: 0x20}, {Op: 0x15, K: 0x01020304, Jf: 1}, ret(1), ret(0)}, []bpf.RawInstruction{{Op: 0x28, K: 2}, {Op: 0x15, K: 0x0304, Jf: 3}, {Op: 0x28}, {Op: 0x15, K: 0x0102, Jf: 1}, ret(1), ret(0)}, prove.Equal},
	} {
		a, b := lift(t, tt.a), lift(t, tt.b)
		answer := prove.Compare(context.Background(), a, b, prove.Options{})
		if answer.Relation != tt.want {
			t.Errorf("%s: %v %s, want %v", name, answer.Relation, answer.Reason, tt.want)
		}
		check(t, name, a, b, answer)
	}
}

// A filter can be compared by many at once.
func TestConcurrent(t *testing.T) {
	a, b := graph(t, "tcp port 80"), graph(t, "tcp port 80", bpfc.WithoutOptimizer())
	done := make(chan prove.Relation)
	for range 8 {
		go func() { done <- prove.Compare(context.Background(), a, b, prove.Options{}).Relation }()
	}
	for range 8 {
		if r := <-done; r != prove.Equal {
			t.Error(r)
		}
	}
}

// What only the other filter needs at an offset that the packet says is decided about too: here a packet of 26 bytes is
// accepted by the one alone whose other byte lies behind its end.
func TestNeedOfTheOther(t *testing.T) {
	program := func(protocol uint32) []bpf.RawInstruction {
		return []bpf.RawInstruction{
			{Op: 40, K: 14}, {Op: 21, Jf: 5, K: 2048}, // IPv4 behind a cooked header
			{Op: 32, K: 22}, {Op: 84, K: 0xff}, {Op: 21, Jf: 2, K: protocol},
			{Op: 177, K: 16}, {Op: 80, K: 24}, // [X + 24] is looked at, whatever it is
			{Op: 6, K: 262144},
		}
	}
	a, b := lift(t, program(6)), lift(t, program(7))
	answer := prove.Compare(context.Background(), a, b, prove.Options{})
	if answer.Relation != prove.Overlap {
		t.Errorf("they are %v", answer.Relation)
	}
	check(t, "need of the other", a, b, answer)
}
