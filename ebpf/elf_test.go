package toebpf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"

	"github.com/cilium/ebpf"
)

// TestObjectReadsBack reads object files with the readers of other libraries.
func TestObjectReadsBack(t *testing.T) {
	types := map[Hook]ebpf.ProgramType{SocketFilter: ebpf.SocketFilter, XDP: ebpf.XDP, TC: ebpf.SchedCLS, CGroupSKB: ebpf.CGroupSKB}
	for hook, typ := range types {
		for _, order := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
			for _, text := range []string{plainFilter, loopFilter} {
				b, err := Object(classic(t, text), hook, ObjectOptions{Options: Options{ByteOrder: order}, Name: "only_web"})
				if err != nil {
					t.Fatal(err)
				}
				spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(b))
				if err != nil {
					t.Fatalf("%v: %v", hook, err)
				}
				got := spec.Programs["only_web"]
				if len(spec.Programs) != 1 || got == nil || got.Type != typ || got.License != license || got.ByteOrder != order {
					t.Fatalf("%v: read back as %+v", hook, got)
				}
				want, err := Program(classic(t, text), hook, Options{ByteOrder: order, Rounds: DefaultRounds})
				if err != nil {
					t.Fatal(err)
				}
				if len(got.Instructions) != len(want) {
					t.Errorf("%v: %d instructions, %d read back", hook, len(want), len(got.Instructions))
				}
				for i := range min(len(want), len(got.Instructions)) {
					if a, b := got.Instructions[i], want[i]; a.OpCode != b.OpCode || a.Dst != b.Dst || a.Src != b.Src || a.Constant != b.Constant && b.Reference() == "" {
						t.Errorf("%v: instruction %d: %v, read back as %v", hook, i, b, a)
					}
				}
			}
		}
	}
}

// TestObjectSections looks at what loaders look for.
func TestObjectSections(t *testing.T) {
	for _, c := range []struct {
		hook                   Hook
		o                      ObjectOptions
		section, name, license string
	}{
		{SocketFilter, ObjectOptions{}, "socket", "filter", "BSD-3-Clause"},
		{XDP, ObjectOptions{}, "xdp", "filter", "BSD-3-Clause"},
		{XDP, ObjectOptions{Options: Options{MultiBuffer: true}}, "xdp.frags", "filter", "BSD-3-Clause"},
		{TC, ObjectOptions{License: "GPL"}, "classifier", "filter", "GPL"},
		{CGroupSKB, ObjectOptions{Name: "a"}, "cgroup_skb/ingress", "a", "BSD-3-Clause"},
		{XDP, ObjectOptions{Section: "prog/two", Name: "two"}, "prog/two", "two", "BSD-3-Clause"},
	} {
		b, err := Object(classic(t, plainFilter), c.hook, c.o)
		if err != nil {
			t.Fatal(err)
		}
		f, err := elf.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if f.Machine != elf.EM_BPF || f.Type != elf.ET_REL || f.Class != elf.ELFCLASS64 {
			t.Errorf("%v, %v, %v", f.Machine, f.Type, f.Class)
		}
		text := f.Section(c.section)
		if text == nil || text.Flags != elf.SHF_ALLOC|elf.SHF_EXECINSTR || text.Size == 0 || text.Size%8 != 0 {
			t.Fatalf("%v: section %s: %+v", c.hook, c.section, text)
		}
		if data, err := f.Section("license").Data(); err != nil || string(data) != c.license+"\x00" {
			t.Errorf("%v: license %q, %v", c.hook, data, err)
		}
		symbols, err := f.Symbols()
		if err != nil || len(symbols) != 2 {
			t.Fatalf("%v: %v, %v", c.hook, symbols, err)
		}
		if s := symbols[0]; s.Name != c.name || elf.ST_TYPE(s.Info) != elf.STT_FUNC || elf.ST_BIND(s.Info) != elf.STB_GLOBAL || s.Size != text.Size || f.Sections[s.Section] != text {
			t.Errorf("%v: function %+v", c.hook, s)
		}
	}
}
