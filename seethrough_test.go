package bpfc_test

import (
	"context"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bpfc"
	"bpfc/ast"
	"bpfc/codegen"
	"bpfc/diag"
	"bpfc/fuzz"
	"bpfc/internal/battery"
	"bpfc/ir"
	"bpfc/linktype"
	"bpfc/names"
	"bpfc/parser"
	"bpfc/prove"
	"bpfc/vm"
)

// expanded is an expression in which each primitive P of the network layer and above is (P or vlan { P } or vlan {
// vlan { P } } …), which is what seeing through tags of VLANs means.
func expanded(e ast.Expr) ast.Expr {
	switch e := e.(type) {
	case *ast.Logic:
		l := *e
		l.Operands = nil
		for _, o := range e.Operands {
			l.Operands = append(l.Operands, expanded(o))
		}
		return &l
	case *ast.Not:
		return &ast.Not{Span: e.Span, X: expanded(e.X)}
	}
	if !looksBehindTags(e) {
		return e
	}
	var list []ast.Expr
	first := 0
	inside := e
	if t, ok := e.(*ast.Test); ok && t.Kind == ast.VLAN {
		// The tag is there, whatever is in it; or it is in the packet in a tag.
		inside = &ast.Scope{Span: t.Span, Head: t, X: &ast.Test{Span: t.Span, Kind: ast.Greater, Args: []ast.Arg{{}}}}
		first = 1
	}
	for depth := first; depth <= codegen.MaxTags; depth++ {
		at := inside
		for range depth - first {
			at = &ast.Scope{Span: e.Range(), Head: &ast.Test{Span: e.Range(), Kind: ast.VLAN}, X: at}
		}
		list = append(list, at)
	}
	inTags := &ast.Logic{Span: e.Range(), Op: ast.Or, Operands: list}
	if first == 0 {
		return inTags
	}
	// A packet too short to say whether it is tagged is rejected, as it is in libpcap's language.
	types := &ast.Logic{Span: e.Range(), Op: ast.Or}
	for _, n := range []uint32{0x8100, 0x88a8, 0x9100} {
		types.Operands = append(types.Operands, &ast.Qualified{Span: e.Range(), Proto: ast.Link, Type: ast.ProtoType, ID: &ast.Number{Span: e.Range(), Value: n}})
	}
	return &ast.Logic{Span: e.Range(), Op: ast.And, Operands: []ast.Expr{types, inTags}}
}

// looksBehindTags tells whether a primitive is of the network layer or above.
func looksBehindTags(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Qualified:
		return e.Proto != ast.Link || e.Type == ast.ProtoType
	case *ast.Protocol:
		return true
	case *ast.Test:
		switch e.Kind {
		case ast.Broadcast, ast.Multicast:
			return e.Proto == ast.IP || e.Proto == ast.IP6
		case ast.VLAN, ast.PPPoED:
			return true
		}
	case *ast.Relation:
		network := false
		ast.Walk(e, func(n ast.Node) bool {
			if l, ok := n.(*ast.Load); ok && l.Proto != ast.Link {
				network = true
			}
			return true
		})
		return network
	}
	return false
}

// moves tells whether a tree holds what moves headers.
func moves(e ast.Expr) bool {
	found := false
	ast.Walk(e, func(n ast.Node) bool {
		if t, ok := n.(*ast.Test); ok {
			switch t.Kind {
			case ast.MPLS, ast.PPPoES, ast.Geneve, ast.VXLAN:
				found = true
			}
		}
		if q, ok := n.(*ast.Qualified); ok {
			// Behind tags, "ether proto" is never the type of a tag, unless there are too many.
			number, ok := q.ID.(*ast.Number)
			ofTag := ok && (number.Value == 0x8100 || number.Value == 0x88a8 || number.Value == 0x9100)
			if q.Type == ast.ProtoChain || q.Type == ast.Gateway || ofTag {
				found = true
			}
		}
		return true
	})
	return found
}

// Seeing through tags is proved equal to its expansion, for practical filters and for random ones, on packets whose headers
// are complete. On packets that were too short on the wire both are run.
func TestSeeThroughIsItsExpansion(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := fuzz.NewGrammar(r, int(linktype.EN10MB))
	list := battery.Some(practicalFilters(t))
	practical := len(list)
	for range battery.Size(200) {
		list = append(list, random.Filter(r.IntN(4)))
	}
	builder := fuzz.NewBuilder(r, int(linktype.EN10MB))
	opts := codegen.Options{LinkType: linktype.EN10MB, Netmask: 0xffffff00, Names: names.Dir("testdata/etc"), Unoptimized: true}
	through, scopes := codegen.NewLayers(codegen.VLANTags, false), codegen.NewLayers(0, false)
	proved, undecided, ran := 0, 0, 0
	for i, text := range list {
		tree, err := parser.Parse(text)
		if err != nil || tree == nil || moves(tree) {
			continue
		}
		opts.Layers = through
		if _, err := codegen.Generate(context.Background(), tree, opts); err != nil {
			if i < practical {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		answer := prove.Compare(context.Background(), lifted(t, text, tree, opts, through.Complete()),
			lifted(t, text, expanded(tree), opts, scopes.Complete()), prove.Options{Whole: true, Time: 3 * time.Second})
		switch answer.Relation {
		case prove.Equal:
			proved++
		case prove.Undecided:
			undecided++
			t.Logf("%s: undecided: %s", text, answer.Reason)
		default:
			t.Errorf("%s: %v %+v %+v", text, answer.Relation, answer.OnlyA, answer.OnlyB)
		}
		a, b := generated(t, text, tree, opts, through), generated(t, text, expanded(tree), opts, scopes)
		builder.Use(fuzz.Collect(text))
		for range 6 {
			data := tagged(r, builder.Packet().Data)
			for n := range data {
				ran++
				if got, want := ir.Run(a, data[:n], n, nil), ir.Run(b, data[:n], n, nil); got != want {
					t.Fatalf("%s: %t, expanded %t: %x of %d bytes on the wire", text, got, want, data[:n], n)
				}
			}
		}
	}
	t.Logf("%d proved, %d undecided, %d packets run", proved, undecided, ran)
	if undecided > proved/20 {
		t.Errorf("%d proved, %d undecided", proved, undecided)
	}
}

// tagged puts tags into a packet.
func tagged(r *rand.Rand, data []byte) []byte {
	if len(data) < 14 {
		return data
	}
	var tags []byte
	for range r.IntN(6) {
		tags = append(tags, [][]byte{{0x81, 0}, {0x88, 0xa8}, {0x91, 0}}[r.IntN(3)]...)
		tags = append(tags, 0, byte(r.IntN(200)))
	}
	return slices.Concat(data[:12], tags, data[12:min(len(data), 90)])
}

func generated(t *testing.T, text string, tree ast.Expr, o codegen.Options, l *codegen.Layers) *ir.Graph {
	t.Helper()
	o.Layers = l
	g, err := codegen.Generate(context.Background(), tree, o)
	if err != nil {
		t.Errorf("%s: %v", text, err)
		return nil
	}
	if err := ir.Verify(g); err != nil {
		t.Errorf("%s: %v", text, err)
		return nil
	}
	return g
}

func lifted(t *testing.T, text string, tree ast.Expr, o codegen.Options, l *codegen.Layers) *prove.Filter {
	t.Helper()
	f, err := prove.FromGraph(generated(t, text, tree, o, l))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return f
}

// What is printed for libpcap's language is proved equal before it is printed; the practical filters, seen through, all are.
func TestToLibpcap(t *testing.T) {
	etc := bpfc.WithNames(names.Dir("testdata/etc"))
	for i, text := range practicalFilters(t) {
		tree, err := parser.Parse(text)
		if err != nil || moves(tree) || i%5 != 0 && testing.Short() || i%2 != 0 && !battery.Long() {
			continue
		}
		to, err := bpfc.ToLibpcap(text, bpfc.WithSeeThrough("vlan"), etc, bpfc.WithNetmask(0xffffff00))
		if e := diag.As(err); e != nil && e.Kind != diag.Limit && e.Kind != diag.RejectsAll {
			t.Errorf("%s: %v\n%s", text, err, to.Expr)
		} else if e != nil {
			t.Logf("%s: %v", text, err)
		}
	}
	for _, tt := range []struct{ expr, want string }{
		{"tcp port in {80, 8000-8100}", "tcp port 80 or tcp portrange 8000-8100"},
		{"host 10.0.0.1 and vxlan 7 { host 192.168.1.1 } and len > 60", "host 10.0.0.1 and len > 60 and (vxlan 7 and host 192.168.1.1)"},
		{"vlan 5 { ip }", "vlan and (link[14:2] & 4095 = 5 and ip)"},
		{"vlan 5 { ip } or arp", "not (link proto 33024 or link proto 34984 or link proto 37120) and arp or (vlan and (link[14:2] & 4095 = 5 and ip))"},
		{"mpls 5 { ip6 }", "mpls 5 and ip6"},
		{"tcp.flags & (syn|ack) = syn", "tcp[13] & (2 | 16) = 2 or (ip6[6] = 6 and ip6[53] & (2 | 16) = 2)"},
		{"not udp[tcp[0]] = 5 and ip[8] + udp[4] = 5", "not udp[tcp[0]] = 5 and ip[8] + udp[4] = 5"},
		{"vlan 5 { udp[udp[4]:2] > 7 }", "vlan and (link[14:2] & 4095 = 5 and (udp[udp[4]:2] > 7 or (ip6[6] = 17 and ip6[40 + ip6[44]:2] > 7)))"},
		{"tcp # a comment\nport in {80}", "tcp port 80"},
	} {
		to, err := bpfc.ToLibpcap(tt.expr, bpfc.WithExtensions(), etc)
		if err != nil || to.Expr != tt.want {
			t.Errorf("%s: %q, %v, want %q", tt.expr, to.Expr, err, tt.want)
		}
	}
	for _, expr := range []string{"gre { ip }", "ipip { ip }", "gtp { ip }", "any { ip }", "vxlan port 8472 { ip }", "mpls { ip }", "vlan.id = 5",
		"mpls 5 { ip } or pppoes { ip }", "vlan 5 { mpls 7 { ip } }"} {
		to, err := bpfc.ToLibpcap(expr, bpfc.WithExtensions(), etc)
		if e := diag.As(err); e == nil || e.Kind != diag.Unsupported || !strings.Contains(e.Msg, "libpcap's language has no expression for") {
			t.Errorf("%s: %q, %v", expr, to.Expr, err)
		}
	}
}

// The rule for cut packets, as docs/language.md has it: an untagged packet is judged as without the option, however short it was cut;
// and a cut packet that is kept is kept whole.
func TestSeeThroughOfCutPackets(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	builder := fuzz.NewBuilder(r, int(linktype.EN10MB))
	options := []bpfc.Option{bpfc.WithNames(names.Dir("testdata/etc")), bpfc.WithNetmask(0xffffff00), bpfc.WithAllowRejectAll()}
	compiled := func(text string, more ...bpfc.Option) *vm.VM {
		prog, err := bpfc.Compile(text, append(more, options...)...)
		if err != nil {
			return nil
		}
		m, err := vm.New(prog.Instructions())
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	anyTag := compiled("ether[12:2] = 0x8100 or ether[12:2] = 0x88a8 or ether[12:2] = 0x9100 or ether[12:2] = 0x8864 or ether[12:2] = 0x8847")
	asked := regexp.MustCompile(`vlan|mpls|pppoe|geneve|vxlan|protochain`)
	untagged, kept := 0, 0
	for i, text := range practicalFilters(t) {
		if asked.MatchString(text) || i%6 != 0 && !battery.Long() {
			continue
		}
		plain, through := compiled(text), compiled(text, bpfc.WithSeeThrough("all"))
		if plain == nil || through == nil {
			continue
		}
		builder.Use(fuzz.Collect(text))
		for k := range 8 {
			data := builder.Packet().Data
			if k%2 == 1 {
				data = tagged(r, data)
			}
			wire := uint32(len(data))
			without := anyTag.Run(data, wire) == 0
			whole := through.Run(data, wire) != 0
			for n := range len(data) + 1 {
				got := through.Run(data[:n], wire) != 0
				if got && !whole {
					t.Fatalf("%s: %d bytes of %x are kept, and not all", text, n, data)
				}
				if got {
					kept++
				}
				if !without {
					continue
				}
				untagged++
				if want := plain.Run(data[:n], wire) != 0; got != want {
					t.Fatalf("%s: %d bytes of %x, which has no tag: %t, without the option %t", text, n, data, got, want)
				}
			}
		}
	}
	t.Logf("%d cuts of untagged packets, %d cut packets kept", untagged, kept)
	if untagged < 1000 || kept < 1000 {
		t.Error("too few")
	}
}
