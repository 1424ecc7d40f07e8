package bpfc

import (
	"errors"
	"os"
	"strings"
	"testing"

	"bpfc/diag"
	"bpfc/internal/battery"
	"bpfc/linktype"
	"bpfc/prove"
	"bpfc/socket"
)

// The programs of the practical list are proved, on links of several kinds and for sockets.
func TestWithProof(t *testing.T) {
	text, err := os.ReadFile("testdata/practical.txt")
	if err != nil {
		t.Fatal(err)
	}
	var filters []string
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			filters = append(filters, line)
		}
	}
	for _, kind := range []struct {
		name string
		opts []Option
	}{
		{"Ethernet", nil},
		{"without the optimizer", []Option{WithoutOptimizer()}},
		{"cooked", []Option{WithLinkType(linktype.Type(113))}},
		{"a TCP socket", []Option{WithSocket(socket.TCP)}},
		{"a UDP socket", []Option{WithSocket(socket.UDP)}},
		{"a cooked packet socket", []Option{WithSocket(socket.Cooked)}},
		{"a raw IPv6 socket", []Option{WithSocket(socket.RawIPv6)}},
		{"with metadata of Linux", []Option{WithLinuxExtensions()}},
	} {
		proved := 0
		for _, f := range battery.Some(filters) {
			opts := append([]Option{WithAllowRejectAll(), WithNetmask(0xffffff00)}, kind.opts...)
			if _, err := Compile(f, opts...); err != nil {
				continue // not on this link, or not for this socket
			}
			if _, err := Compile(f, append(opts, WithProof())...); err != nil {
				t.Errorf("%s: %q: %v", kind.name, f, err)
				continue
			}
			if proved++; t.Failed() {
				return
			}
		}
		t.Logf("%s: %d of %d proved, the others do not compile", kind.name, proved, len(battery.Some(filters)))
		if proved == 0 {
			t.Errorf("%s: no filter compiles", kind.name)
		}
	}
}

// A program that does something else is an error with a packet.
func TestProofFails(t *testing.T) {
	o := newOptions(nil)
	p, err := Compile("tcp port 80")
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i, in := range p.insns {
		if in.Op != 0x15 {
			continue
		}
		code := p.Instructions()
		code[i].K ^= 1
		g, err := Graph("tcp port 80", WithoutOptimizer())
		if err != nil {
			t.Fatal(err)
		}
		program, err := prove.FromProgram(code)
		if err != nil {
			t.Fatal(err)
		}
		var e *Error
		if err := proveEqual(o, g, program); !errors.As(err, &e) || e.Kind != diag.Internal || !strings.Contains(e.Error(), "a packet that the filter") {
			t.Errorf("with another constant in instruction %d: %v", i, err)
		}
		changed++
	}
	if changed == 0 {
		t.Error("no comparison to change")
	}
}
