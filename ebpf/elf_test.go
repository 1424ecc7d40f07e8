package toebpf

import (
	"bytes"
	"encoding/binary"
	"os"
	"testing"

	"github.com/cilium/ebpf"

	"bpfc"
)

// TestObjectReadsBack reads object files with another library's reader.
func TestObjectReadsBack(t *testing.T) {
	p, err := bpfc.Compile("tcp port 80 or ip6 protochain 17")
	if err != nil {
		t.Fatal(err)
	}
	types := map[Hook]ebpf.ProgramType{SocketFilter: ebpf.SocketFilter, XDP: ebpf.XDP, TC: ebpf.SchedCLS, CGroupSKB: ebpf.CGroupSKB}
	for hook, typ := range types {
		for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
			b, err := Object(p.Instructions(), hook, ObjectOptions{Options: Options{ByteOrder: order}, Name: "only_web"})
			if err != nil {
				t.Fatal(err)
			}
			spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(b))
			if err != nil {
				t.Fatalf("%v: %v", hook, err)
			}
			got := spec.Programs["only_web"]
			if got == nil || got.Type != typ || got.License != license || got.ByteOrder != order {
				t.Errorf("%v: read back as %+v", hook, got)
			}
			if os.Getenv("KEEP") != "" {
				os.WriteFile("/tmp/eb/"+hook.String()+".o", b, 0o644)
			}
		}
	}
}
