package bpfc_test

import (
	"slices"
	"strings"
	"testing"

	"bpfc"
	"bpfc/linktype"
	"bpfc/names"
)

// A compiler does what Compile does with the names that it was given, knows no others, and takes more options for each filter.
func TestCompiler(t *testing.T) {
	c := bpfc.NewCompiler(names.Map{Protocols: map[string]int{"bpfc": 99}}, bpfc.WithSnapLen(96))
	for _, tt := range []struct {
		expr string
		opts []bpfc.Option
	}{
		{"tcp port 80", nil},
		{"ip proto \\bpfc", nil},
		{"ip proto \\bpfc", []bpfc.Option{bpfc.WithLinkType(linktype.RAW), nil, bpfc.WithSnapLen(7)}},
	} {
		got, err := c.Compile(tt.expr, tt.opts...)
		if err != nil {
			t.Fatal(err)
		}
		opts := append([]bpfc.Option{bpfc.WithNames(names.Map{Protocols: map[string]int{"bpfc": 99}}), bpfc.WithSnapLen(96)}, tt.opts...)
		want, err := bpfc.Compile(tt.expr, opts...)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Instructions(), want.Instructions()) || got.LinkType() != want.LinkType() || got.SnapLen() != want.SnapLen() {
			t.Errorf("%s: %v, want %v", tt.expr, got.Instructions(), want.Instructions())
		}
		g, err := c.Graph(tt.expr, tt.opts...)
		if err != nil || g.Root == nil {
			t.Errorf("%s: no graph: %v", tt.expr, err)
		}
	}
	for _, none := range []*bpfc.Compiler{c, bpfc.NewCompiler(nil), bpfc.NewCompiler(names.Map{}, bpfc.WithNames(nil))} {
		if _, err := none.Compile("host localhost"); err == nil || !strings.Contains(err.Error(), "unknown host") {
			t.Errorf("a name that was not given: %v", err)
		}
	}
}
