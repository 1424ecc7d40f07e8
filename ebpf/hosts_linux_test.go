package toebpf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"bpfc"
)

// TestLongLists loads filters of many hosts, whose jumps reach further than one instruction can say.
func TestLongLists(t *testing.T) {
	for _, n := range []int{1000, 10000} {
		var hosts []string
		for i := range n {
			hosts = append(hosts, fmt.Sprintf("10.%d.%d.%d", i*7%251, i*13/251%256, i*31%256))
		}
		p, err := bpfc.Compile("not (host " + strings.Join(hosts, " or ") + ")")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			hook Hook
			o    Options
		}{{SocketFilter, Options{}}, {SocketFilter, Options{Access: SkbLoad}}, {XDP, Options{}}, {TC, Options{}}} {
			spec, err := Spec("", p.Instructions(), c.hook, c.o)
			if err != nil {
				t.Fatal(err)
			}
			prog, err := ebpf.NewProgram(spec)
			if err != nil {
				t.Errorf("%d hosts, %v %v: %d classic instructions, %d: %.300v", n, c.hook, c.o.Access, len(p.Instructions()), len(spec.Instructions), err)
				continue
			}
			i, _ := prog.Info()
			v, _ := i.VerifiedInstructions()
			t.Logf("%d hosts, %v %v: %d classic instructions, %d, of which the verifier processed %d", n, c.hook, c.o.Access, len(p.Instructions()), len(spec.Instructions), v)
			prog.Close()
		}
	}
}
