package fuzz

import (
	"bytes"
	"errors"
	"testing"

	"golang.org/x/net/bpf"
)

func whole(data []byte) Packet { return Packet{Data: data, WireLen: uint32(len(data))} }

func TestEnginesAgreeOnIP(t *testing.T) {
	ip := append(make([]byte, 12), 8, 0)
	packets := []struct {
		name string
		p    Packet
		want uint32
	}{
		{"empty", whole(nil), 0},
		{"one byte short", whole(ip[:13]), 0},
		{"IPv4", whole(ip), 96},
		{"long IPv4", whole(append(bytes.Clone(ip), make([]byte, 200)...)), 96},
		{"ARP", whole(append(make([]byte, 12), 8, 6)), 0},
	}
	for _, e := range Engines() {
		t.Run(e.Name(), func(t *testing.T) {
			need(t, e.Available())
			defer func() { _ = e.Close() }()
			for _, c := range packets {
				if got := judgeOne(t, e, ipProgram, c.p); !sameVerdict(got, c.want, len(c.p.Data)) {
					t.Errorf("%s: %d, want %d", c.name, got, c.want)
				}
			}
		})
	}
}

// An empty packet that is kept, and packets that are cut, are where a socket shows least.
func TestKernelVerdicts(t *testing.T) {
	k := kernel(t)
	ret := func(n uint32) []bpf.RawInstruction { return []bpf.RawInstruction{{Op: 0x06, K: n}} }
	cases := []struct {
		keep uint32
		len  int
		want uint32
	}{{0, 0, 0}, {1, 0, KeptAll}, {1, 1, KeptAll}, {1, 2, 1}, {5, 9, 5}, {9, 9, KeptAll}, {262144, 1500, KeptAll}, {0, 1500, 0}, {65000, 65001, 65000}}
	for _, c := range cases {
		if got := judgeOne(t, k, ret(c.keep), whole(make([]byte, c.len))); got != c.want {
			t.Errorf("ret #%d on %d bytes: %d, want %d", c.keep, c.len, got, c.want)
		}
	}
}

// Whatever the batch holds (equal packets, prefixes of each other, cut ones), its verdicts are those of single packets.
func TestKernelBatches(t *testing.T) {
	k := kernel(t)
	r := random(1)
	progs := [][]bpf.RawInstruction{
		{{Op: 0x30, K: 0}, {Op: 0x45, Jf: 1, K: 1}, {Op: 0x06, K: 262144}, {Op: 0x06}},
		{{Op: 0x30, K: 0}, {Op: 0x45, Jf: 1, K: 1}, {Op: 0x06, K: 2}, {Op: 0x06}},
		{{Op: 0x80}, {Op: 0x35, Jf: 1, K: 3}, {Op: 0x06, K: 262144}, {Op: 0x06}},
	}
	for round := range 200 {
		pkts := make([]Packet, r.IntN(100))
		for i := range pkts {
			data := make([]byte, r.IntN(5))
			for j := range data {
				data[j] = byte(r.IntN(3))
			}
			pkts[i] = whole(data)
		}
		prog := progs[round%len(progs)]
		j, err := k.Load(prog)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]uint32, len(pkts))
		if err := j.Judge(pkts, got); err != nil {
			t.Fatal(err)
		}
		for i, p := range pkts {
			if want, _ := Trace(prog, p); !sameVerdict(got[i], want, len(p.Data)) {
				t.Fatalf("round %d, packet %d %x: %d, want %d", round, i, p.Data, got[i], want)
			}
		}
	}
}

func TestKernelRefusals(t *testing.T) {
	k := kernel(t)
	long := make([]bpf.RawInstruction, 4097)
	for i := range long {
		long[i] = bpf.RawInstruction{Op: 0x06}
	}
	for name, prog := range map[string][]bpf.RawInstruction{
		"empty": {}, "too long": long, "loop": {{Op: 0x05, K: 0xffffffff}, {Op: 0x06}}, "division by zero": {{Op: 0x34}, {Op: 0x06}},
	} {
		if _, err := k.Load(prog); err == nil || errors.Is(err, ErrNoMemory) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	if _, err := k.Load(long[:4096]); err != nil && !errors.Is(err, ErrNoMemory) {
		t.Errorf("4096 instructions: %v", err)
	}
}

func TestXNetSaysWhatItCannot(t *testing.T) {
	for name, prog := range map[string][]bpf.RawInstruction{
		"negation":     {{Op: 0x84}, {Op: 0x16}},
		"ldx len":      {{Op: 0x81}, {Op: 0x87}, {Op: 0x16}},
		"ancillary":    {{Op: 0x28, K: 0xfffff000}, {Op: 0x16}},
		"backward":     {{Op: 0x05, K: 0xfffffffe}, {Op: 0x06}},
		"unknown":      {{Op: 0xffff}, {Op: 0x06}},
		"no return":    {{Op: 0x00}},
		"empty":        {},
		"jump too far": {{Op: 0x15, Jt: 9}, {Op: 0x06}},
	} {
		if _, err := NewXNet().Load(prog); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func TestLibpcapCompiles(t *testing.T) {
	l := libpcap(t)
	prog, err := l.Compile("ip", CompileOptions{LinkType: 1, Snaplen: 96, Optimize: true})
	if err != nil {
		t.Fatal(err)
	}
	if listing(prog) != listing(ipProgram) {
		t.Errorf("ip is %s", listing(prog))
	}
	if _, err := l.Compile("ip proto", CompileOptions{LinkType: 1, Snaplen: 96}); err == nil {
		t.Error("half an expression compiles")
	}
	// 276 does not fit in 8 bits: 20 would be another type.
	wide, err := l.Compile("ip", CompileOptions{LinkType: 276, Snaplen: 96, Optimize: true})
	if err != nil || wide[0].K != 0 {
		t.Errorf("LINUX_SLL2: %s, %v", listing(wide), err)
	}
	broadcast, err := l.Compile("ip broadcast", CompileOptions{LinkType: 12, Snaplen: 96, Netmask: 0xffffff00})
	if err != nil || !bytes.Contains([]byte(listing(broadcast)), []byte(" 255")) {
		t.Errorf("ip broadcast: %s, %v", listing(broadcast), err)
	}
	plain, err := l.Compile("ip or ip", CompileOptions{LinkType: 1, Snaplen: 96})
	if err != nil || len(plain) <= len(ipProgram) {
		t.Errorf("without the optimizer: %s, %v", listing(plain), err)
	}
	file, err := l.Compile("ip6", CompileOptions{LinkType: 0, Snaplen: 96, Savefile: Unswapped, Optimize: true})
	live, err2 := l.Compile("ip6", CompileOptions{LinkType: 0, Snaplen: 96, Optimize: true})
	if err != nil || err2 != nil || len(file) <= len(live) {
		t.Errorf("a savefile has the families of all systems: %s, %v; live %s, %v", listing(file), err, listing(live), err2)
	}
}

// libpcap's program for protochain never ends on a packet whose authentication header leads to itself.
func TestLibpcapIsNotGivenEndlessRuns(t *testing.T) {
	l := libpcap(t)
	prog, err := l.Compile("ip protochain 6", CompileOptions{LinkType: 12, Snaplen: 96})
	if err != nil {
		t.Fatal(err)
	}
	ah := make([]byte, 60)
	ah[0], ah[9], ah[20], ah[21] = 0x45, 51, 51, 3 // (3+2)*4 is where it stands
	if got := judgeOne(t, l, prog, whole(ah)); got != Unjudged {
		t.Errorf("verdict %d", got)
	}
	ah[20] = 6
	if got := judgeOne(t, l, prog, whole(ah)); got != 96 {
		t.Errorf("TCP behind AH: %d", got)
	}
}
