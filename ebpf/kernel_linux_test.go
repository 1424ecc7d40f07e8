package toebpf

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"bpfc"
	"bpfc/capture"
	"bpfc/vm"
)

func practical(t *testing.T) []string {
	b, err := os.ReadFile("../testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range strings.Split(string(b), "\n") {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			out = append(out, l)
		}
	}
	return out
}

func packets(t *testing.T) [][]byte {
	r, err := capture.Open("../testdata/packets.pcap")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out [][]byte
	for {
		p, err := r.Next()
		if err != nil {
			break
		}
		out = append(out, bytes.Clone(p.Data))
	}
	return out
}

func TestPracticalFilters(t *testing.T) {
	pkts := packets(t)
	t.Logf("%d packets", len(pkts))
	exprs := append(practical(t), "ip6 protochain 17", "ip protochain 6 or vlan and ip6 protochain 58")
	for _, c := range []struct {
		hook Hook
		o    Options
	}{
		{XDP, Options{}}, {XDP, Options{Access: XDPLoad}}, {XDP, Options{MultiBuffer: true}}, {TC, Options{}}, {TC, Options{Access: SkbLoad}}, {TC, Options{Access: Direct}}, {TC, Options{Access: LdAbs}},
		{XDP, Options{Rounds: 16}}, {TC, Options{Access: SkbLoad, Rounds: 20}},
	} {
		c.o.Verdicts = &Verdicts{1, 0}
		insns, failed, pairs, differ := 0, 0, 0, 0
		for _, e := range exprs {
			p, err := bpfc.Compile(e)
			if err != nil {
				continue
			}
			spec, err := Spec("", p.Instructions(), c.hook, c.o)
			if err != nil {
				t.Logf("%v %v: %s: %v", c.hook, c.o.Access, e, err)
				failed++
				continue
			}
			insns += len(spec.Instructions)
			prog, err := ebpf.NewProgram(spec)
			if err != nil {
				var ve *ebpf.VerifierError
				if errors.As(err, &ve) {
					t.Errorf("%v %v: %s\n%v\n%+v", c.hook, c.o.Access, e, spec.Instructions, ve)
				} else {
					t.Errorf("%v %v: %s: %v", c.hook, c.o.Access, e, err)
				}
				failed++
				if failed > 1 {
					return
				}
				continue
			}
			m, err := vm.New(p.Instructions())
			if err != nil {
				t.Fatal(err)
			}
			for _, pkt := range pkts {
				if len(pkt) < 14 || len(pkt) > 3500 {
					continue
				}
				for _, n := range []int{len(pkt), min(len(pkt), 34), 14 + (len(pkt)*7)%40} {
					n = min(n, len(pkt))
					want := uint32(oneIf(m.Run(pkt[:n], uint32(n)) != 0))
					got, err := prog.Run(&ebpf.RunOptions{Data: pkt[:n]})
					if err != nil {
						continue
					}
					pairs++
					if got != want {
						if differ++; differ < 3 {
							t.Errorf("%v %v: %s: len %d: got %d, want %d\n%x\n%v", c.hook, c.o.Access, e, n, got, want, pkt[:n], spec.Instructions)
						}
					}
				}
			}
			prog.Close()
		}
		t.Logf("%v %+v: %d instructions, %d failed, %d pairs, %d differ", c.hook, c.o, insns, failed, pairs, differ)
	}
}
