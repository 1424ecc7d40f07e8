package bpfc_test

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"bpfc"
	"bpfc/names"
	"bpfc/vm"
)

// Expressions of the extended language keep the packets that a reader of the documentation expects.
func TestExtendedPackets(t *testing.T) {
	text, err := os.ReadFile("testdata/extended.txt")
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	packets := map[string][]byte{}
	expressions := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		if name, ok := strings.CutPrefix(line, "packet "); ok {
			name, digits, _ := strings.Cut(name, " ")
			if packets[name], err = hex.DecodeString(digits); err != nil {
				t.Fatal(err)
			}
			order = append(order, name)
			continue
		}
		expr, list, ok := strings.Cut(line, " =>")
		if !ok {
			t.Fatalf("%q is neither a packet nor an expression", line)
		}
		expressions++
		expected := map[string]bool{}
		for name := range strings.FieldsSeq(list) {
			expected[name] = true
		}
		for _, opts := range [][]bpfc.Option{nil, {bpfc.WithoutOptimizer()}} {
			prog, err := bpfc.Compile(expr, append(opts, bpfc.WithExtensions(), bpfc.WithNames(names.Map{}), bpfc.WithAllowRejectAll())...)
			if err != nil {
				t.Errorf("%s: %v", expr, err)
				break
			}
			m, err := vm.New(prog.Instructions())
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range order {
				if got := m.Run(packets[name], uint32(len(packets[name]))) != 0; got != expected[name] {
					t.Errorf("%s: %t of %s, expected %t", expr, got, name, expected[name])
				}
			}
		}
	}
	if expressions < 100 || len(order) < 40 {
		t.Errorf("only %d expressions and %d packets", expressions, len(order))
	}
}
