package codegen_test

import (
	"context"
	"net/netip"
	"testing"

	"bpfc/codegen"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
)

// testNames is what the names in the filters of these tests stand for.
var testNames = names.Map{
	Hosts: map[string][]netip.Addr{
		"router": {netip.MustParseAddr("10.0.0.1")},
		"server": {netip.MustParseAddr("10.0.0.9"), netip.MustParseAddr("2001:db8::9"), netip.MustParseAddr("10.0.0.5"), netip.MustParseAddr("2001:db8::5")},
		"six":    {netip.MustParseAddr("2001:db8::6")},
	},
	Ports: map[string][]names.PortEntry{
		"both":     {{Port: 53, Proto: "tcp"}, {Port: 53, Proto: "udp"}},
		"stream":   {{Port: 25, Proto: "tcp"}},
		"datagram": {{Port: 69, Proto: "udp"}},
		"apart":    {{Port: 514, Proto: "udp"}, {Port: 515, Proto: "tcp"}},
		"neither":  {{Port: 9, Proto: "dccp"}},
	},
	Protocols: map[string]int{"tcp": 6, "ospf": 89, "too-big": 300},
	Networks:  map[string]uint32{"lan": 0x0a0100, "loopback": 127, "default": 0},
	Ethers:    map[string][6]byte{"router": {2, 0, 0, 0, 0, 1}},
}

// options are those of most tests, changed by some.
func options(change ...func(*codegen.Options)) codegen.Options {
	o := codegen.Options{LinkType: linktype.EN10MB, Netmask: codegen.NetmaskUnknown, Names: testNames}
	for _, f := range change {
		f(&o)
	}
	return o
}

func on(l linktype.Type) func(*codegen.Options) { return func(o *codegen.Options) { o.LinkType = l } }

func netmask(m uint32) func(*codegen.Options) { return func(o *codegen.Options) { o.Netmask = m } }

func savefile(s codegen.Savefile) func(*codegen.Options) {
	return func(o *codegen.Options) { o.Savefile = s }
}

func extensions(o *codegen.Options) { o.LinuxExtensions = true }

// generate parses and generates a filter; an error may be the parser's. The
// graph is verified.
func generate(t testing.TB, filter string, o codegen.Options) (*ir.Graph, error) {
	t.Helper()
	tree, err := parser.Parse(filter)
	if err != nil {
		return nil, err
	}
	g, err := codegen.Generate(context.Background(), tree, o)
	if err != nil {
		return nil, err
	}
	if err := ir.Verify(g); err != nil {
		t.Errorf("%q on %s: %v\n%s", filter, o.LinkType, err, g)
	}
	return g, nil
}

func mustGenerate(t testing.TB, filter string, o codegen.Options) *ir.Graph {
	t.Helper()
	g, err := generate(t, filter, o)
	if err != nil {
		t.Fatalf("%q on %s: %v", filter, o.LinkType, err)
	}
	return g
}
