package capture

import (
	"testing"

	"golang.org/x/net/bpf"
)

func TestForKernel(t *testing.T) {
	tests := []struct {
		name     string
		linktype uint32
		cooked   bool
		in, want bpf.RawInstruction
		bad      bool
	}{
		{"return cut to the snapshot length", 1, false, bpf.RawInstruction{Op: 0x06, K: 262144}, bpf.RawInstruction{Op: 0x06, K: 96}, false},
		{"shorter return", 1, false, bpf.RawInstruction{Op: 0x06, K: 5}, bpf.RawInstruction{Op: 0x06, K: 5}, false},
		{"return A", 1, false, bpf.RawInstruction{Op: 0x16, K: 500}, bpf.RawInstruction{Op: 0x16, K: 500}, false},
		{"own header stays", 1, false, bpf.RawInstruction{Op: 0x28, K: 12}, bpf.RawInstruction{Op: 0x28, K: 12}, false},
		{"SLL protocol", 113, true, bpf.RawInstruction{Op: 0x28, K: 14}, bpf.RawInstruction{Op: 0x28, K: 0xfffff000}, false},
		{"SLL packet type", 113, true, bpf.RawInstruction{Op: 0x28, K: 0}, bpf.RawInstruction{Op: 0x28, K: 0xfffff004}, false},
		{"SLL half of a field", 113, true, bpf.RawInstruction{Op: 0x30, K: 14}, bpf.RawInstruction{}, true},
		{"SLL address", 113, true, bpf.RawInstruction{Op: 0x20, K: 6}, bpf.RawInstruction{}, true},
		{"SLL payload", 113, true, bpf.RawInstruction{Op: 0x30, K: 25}, bpf.RawInstruction{Op: 0x30, K: 9}, false},
		{"SLL2 interface", 276, true, bpf.RawInstruction{Op: 0x20, K: 4}, bpf.RawInstruction{Op: 0x20, K: 0xfffff008}, false},
		{"SLL2 indirect", 276, true, bpf.RawInstruction{Op: 0x48, K: 22}, bpf.RawInstruction{Op: 0x48, K: 2}, false},
		{"SLL2 indirect into the header", 276, true, bpf.RawInstruction{Op: 0x48, K: 0}, bpf.RawInstruction{}, true},
		{"SLL2 header length", 276, true, bpf.RawInstruction{Op: 0xb1, K: 20}, bpf.RawInstruction{Op: 0xb1, K: 0}, false},
		{"metadata", 276, true, bpf.RawInstruction{Op: 0x20, K: 0xfffff030}, bpf.RawInstruction{Op: 0x20, K: 0xfffff030}, false},
		{"length", 276, true, bpf.RawInstruction{Op: 0x80}, bpf.RawInstruction{Op: 0x80}, false},
		{"constant", 276, true, bpf.RawInstruction{Op: 0x00, K: 14}, bpf.RawInstruction{Op: 0x00, K: 14}, false},
		{"scratch memory", 276, true, bpf.RawInstruction{Op: 0x60, K: 1}, bpf.RawInstruction{Op: 0x60, K: 1}, false},
	}
	for _, tt := range tests {
		got, err := forKernel([]bpf.RawInstruction{tt.in}, tt.linktype, tt.cooked, 96)
		if (err != nil) != tt.bad {
			t.Errorf("%s: %v", tt.name, err)
		} else if err == nil && got[0] != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got[0], tt.want)
		}
	}
}
