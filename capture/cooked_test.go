package capture

import (
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/net/bpf"

	"bpfc/linktype"
)

func TestForKernel(t *testing.T) {
	tests := []struct {
		name     string
		linktype linktype.Type
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

// A tag that is left before the protocol told is told from an IP header that looks like one.
func TestTagLeft(t *testing.T) {
	ipv4 := "4500080045004000 4011ddd9 0102030405060708" // a right checksum, and a length of 2,048
	tests := []struct {
		name     string
		protocol uint16
		packet   string
		want     bool
	}{
		{"a tag", 0x0800, "2009 0800 4500", true},
		{"a tag that begins like IPv4", 0x0800, "4500 0800 4500 001c 0000 0000 4011 0000 01020304 05060708", true},
		{"IPv4", 0x0800, "4500 001c 0000 0000 4011 0000 01020304 05060708", false},
		{"IPv4 of 2,048 bytes", 0x0800, ipv4, false},
		{"IPv4 of 2,048 bytes, damaged", 0x0800, "4500 0800 1234 4000 4011 0000 01020304 05060708", false},
		{"a tag before it", 0x0800, "4500 0800" + ipv4, true},
		{"a tag that begins like IPv6", 0x86dd, "6001 86dd 6000 0000 0000 3b40", true},
		{"IPv6 with such a flow label", 0x86dd, "6001 86dd 0014 3b40", false},
		{"two tags", 0x86dd, "6001 8100 400a 86dd 6000", true},
		{"two tags, cut", 0x86dd, "6001 8100 400a", false},
		{"other tags", 0x0800, "6001 9100 400a 0800 4500", false},
		{"a protocol of its own", 0x88b5, "2009 88b5 00", true},
		{"a tag told", 0x8100, "2009 8100 2009 0800", false},
		{"nothing", 0x0800, "", false},
		{"tags without end", 0x0800, strings.Repeat("2009 8100", 20) + "2009 0800", false},
	}
	for _, tt := range tests {
		packet, err := hex.DecodeString(strings.ReplaceAll(tt.packet, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := tagLeft(tt.protocol, packet); got != tt.want {
			t.Errorf("%s: %t", tt.name, got)
		}
	}
}
