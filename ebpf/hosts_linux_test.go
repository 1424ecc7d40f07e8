package toebpf_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf"

	"bpfc"
	toebpf "bpfc/ebpf"
	"bpfc/internal/battery"
	"bpfc/vm"
)

// notThese is a filter for all but n hosts.
func notThese(t testing.TB, n int) *vm.VM {
	t.Helper()
	var hosts []string
	for i := range n {
		hosts = append(hosts, host(i))
	}
	p, err := bpfc.Compile("not (host " + strings.Join(hosts, " or ") + ")")
	if err != nil {
		t.Fatal(err)
	}
	m, err := vm.New(p.Instructions())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func host(i int) string { return fmt.Sprintf("10.%d.%d.%d", i*7%251, i*13/251%256, i*31%256) }

// fromHost is a packet from a host, and to none of the list.
func fromHost(i int) []byte {
	pkt := append(make([]byte, 12), 8, 0, 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 253, 0, 0)
	return append(pkt, 10, byte(i*7%251), byte(i*13/251%256), byte(i*31%256), 192, 0, 2, 1)
}

// TestLongLists loads and runs filters of many hosts, whose jumps reach further than one instruction can say.
func TestLongLists(t *testing.T) {
	needRoot(t)
	for _, n := range battery.Some([]int{1000, 10000}) {
		m := notThese(t, n)
		classic := m.Program()
		for _, c := range []struct {
			hook toebpf.Hook
			o    toebpf.Options
		}{{toebpf.SocketFilter, toebpf.Options{Access: toebpf.LdAbs}}, {toebpf.SocketFilter, toebpf.Options{Access: toebpf.SkbLoad}}, {toebpf.XDP, toebpf.Options{}}, {toebpf.TC, toebpf.Options{}}} {
			spec, err := toebpf.Spec("", classic, c.hook, c.o)
			if err != nil {
				t.Fatal(err)
			}
			prog, err := ebpf.NewProgram(spec)
			if err != nil {
				t.Errorf("%d hosts, %v %v: %d classic instructions, %d: %.300v", n, c.hook, c.o.Access, len(classic), len(spec.Instructions), err)
				continue
			}
			match := map[toebpf.Hook]uint32{toebpf.XDP: toebpf.XDPDrop, toebpf.TC: toebpf.TCShot, toebpf.SocketFilter: 262144}[c.hook]
			for i := 0; i < n+n/10; i += n / 50 { // in the list, and behind its end
				pkt := fromHost(i)
				data := pkt
				if c.hook == toebpf.SocketFilter { // is run for a test behind the link-layer header
					data = append(ethernet[:14:14], pkt...)
				}
				got, err := prog.Run(&ebpf.RunOptions{Data: data})
				if err != nil {
					t.Fatal(err)
				}
				if want := m.Run(pkt, uint32(len(pkt))) != 0; (got == match) != want {
					t.Errorf("%d hosts, %v %v: from %s: %d, which is to match: %v", n, c.hook, c.o.Access, host(i), got, want)
				}
			}
			verified := uint32(0)
			if i, err := prog.Info(); err == nil {
				verified, _ = i.VerifiedInstructions()
			}
			t.Logf("%d hosts, %v %v: %d classic instructions, %d, of which the verifier processed %d", n, c.hook, c.o.Access, len(classic), len(spec.Instructions), verified)
			prog.Close()
		}
	}
}
