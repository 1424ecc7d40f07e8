package bpfc_test

import (
	"net"
	"os"
	"strings"
	"testing"

	"bpfc"
	"bpfc/capture"
	"bpfc/names"
)

// layerSizes are programs that docs/performance.md has the sizes of: the filter, the tags that it sees through, and the most
// instructions that it may take.
var layerSizes = []struct {
	filter, through string
	most            int
}{
	{"host 10.0.0.1", "vlan", 60},
	{"tcp port 80", "vlan", 90},
	{"host 10.0.0.1", "all", 280},
	{"vlan 5 and tcp port 80", "all", 360},
	{"tcp port 80", "", 400},
	{"tcp.flags & (syn|ack) = syn", "", 400},
	{"vlan 100 { tcp port 80 }", "", 400},
	{"vxlan { host 192.168.1.1 } and host 10.0.0.1", "", 450},
	{"gtp 7 { udp port 53 }", "", 900},
	{"any { host 10.0.0.1 and tcp port 80 }", "", 4096},
	{"any { host 10.0.0.1 and tcp port 80 and not udp port 53 }", "", 4096},
}

// The programs of scopes and of seeing through tags are short enough for the kernel, which takes them.
func TestLayerSizes(t *testing.T) {
	doc, err := os.ReadFile("docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range layerSizes {
		opts := []bpfc.Option{bpfc.WithNames(names.Map{})}
		if tt.through != "" {
			opts = append(opts, bpfc.WithSeeThrough(tt.through))
		} else {
			opts = append(opts, bpfc.WithExtensions())
		}
		prog, err := bpfc.Compile(tt.filter, opts...)
		if err != nil {
			t.Fatalf("%s: %v", tt.filter, err)
		}
		t.Logf("| `%s` | %s | %d |", strings.ReplaceAll(tt.filter, "|", `\|`), tt.through, prog.Len())
		if prog.Len() > tt.most {
			t.Errorf("%s: %d instructions, more than %d", tt.filter, prog.Len(), tt.most)
		}
		if !strings.Contains(string(doc), "| `"+strings.ReplaceAll(tt.filter, "|", `\|`)+"` |") {
			t.Errorf("docs/performance.md has no size of %s", tt.filter)
		}
		if err := prog.KernelProblem(); err != nil {
			t.Errorf("%s: %v", tt.filter, err)
		}
		conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := capture.Attach(conn.(*net.UDPConn), prog.Instructions()); err != nil {
			t.Errorf("%s, %d instructions: the kernel says %v", tt.filter, prog.Len(), err)
		}
		_ = conn.Close()
	}
}
